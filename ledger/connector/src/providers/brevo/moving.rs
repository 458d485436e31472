//! Gives a contact a new email address: the attribute `EMAIL` of an update (developers.brevo.com, "Update a contact").

use serde_json::json;

use crate::{Answer, Fault, Request, StepContext, encode::segment, moving::Mover, read::text};

use super::{Brevo, HOST};

impl Mover for Brevo {
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        let path = format!("/v3/contacts/{}", segment(email));
        with_key(ctx, Request::get(&HOST, path).query("identifierType", "email_id"))
    }

    fn found(&self, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        if answer.status == 404 {
            return Ok(None);
        }
        let body = answer.json()?;
        Ok(text(&body, "/id").filter(|_| text(&body, "/email").is_some_and(|own| own.to_lowercase() == email)))
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        let request =
            Request::put(&HOST, format!("/v3/contacts/{}", segment(id))).query("identifierType", "contact_id");
        with_key(ctx, request.json(json!({"attributes": {"EMAIL": email}})))
    }
}

fn with_key(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    Ok(request.header("api-key", ctx.account.get("apiKey")?))
}
