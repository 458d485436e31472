//! Gives a contact a new email address (`PUT /contacts/{contactId}` in GoHighLevel/highlevel-api-docs).

use serde_json::json;

use crate::{Answer, Fault, Request, StepContext, encode::segment, moving::Mover, read::text};

use super::{HOST, HighLevel, VERSION};

impl Mover for HighLevel {
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        let location = ctx.account.get("locationId")?;
        let request = Request::get(&HOST, "/contacts/search/duplicate").query("locationId", location);
        with_token(ctx, request.query("email", email))
    }

    fn found(&self, _: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        let body = answer.json()?;
        let is = text(&body, "/contact/email").is_some_and(|own| own.to_lowercase() == email);
        Ok(text(&body, "/contact/id").filter(|_| is))
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        with_token(ctx, Request::put(&HOST, format!("/contacts/{}", segment(id))).json(json!({"email": email})))
    }
}

fn with_token(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    let token = format!("Bearer {}", ctx.account.get("token")?);
    Ok(request.header("Authorization", token).header("Version", VERSION).header("Accept", "application/json"))
}
