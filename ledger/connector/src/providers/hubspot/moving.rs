//! Gives a contact a new email address: `email` is a property like any other, and unique
//! (developers.hubspot.com, "Contacts").

use serde_json::json;

use crate::{Answer, Fault, Request, StepContext, moving::Mover, read::text};

use super::{HOST, HubSpot, path};

impl Mover for HubSpot {
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        with_token(ctx, Request::get(&HOST, path(email)).query("idProperty", "email").query("properties", "email"))
    }

    fn found(&self, _: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        if answer.status == 404 {
            return Ok(None);
        }
        let body = answer.json()?;
        // A merged contact is also found by its other addresses.
        let is = text(&body, "/properties/email").is_some_and(|own| own.to_lowercase() == email);
        Ok(text(&body, "/id").filter(|_| is))
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        with_token(ctx, Request::patch(&HOST, path(id)).json(json!({"properties": {"email": email}})))
    }
}

fn with_token(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    Ok(request.header("Authorization", format!("Bearer {}", ctx.account.get("accessToken")?)))
}
