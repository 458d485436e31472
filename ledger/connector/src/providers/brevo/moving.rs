//! Gives a contact a new email address: the attribute `EMAIL` of an update (developers.brevo.com, "Update a contact").
//! It would resubscribe a blocklisted contact (`@getbrevo/brevo`, `UpdateContactRequest`), so the call says that they
//! stay blocklisted.

use serde_json::{Value, json};

use crate::{Answer, Fault, Known, Request, StepContext, encode::segment, moving::Mover, read::text};

use super::{Brevo, HOST};

/// Known: the contact unsubscribed from all email.
const BLOCKED: &str = "move_blocked";

impl Mover for Brevo {
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        let path = format!("/v3/contacts/{}", segment(email));
        with_key(ctx, Request::get(&HOST, path).query("identifierType", "email_id"))
    }

    fn found(&self, _: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        if answer.status == 404 {
            return Ok(None);
        }
        let body = answer.json()?;
        Ok(text(&body, "/id").filter(|_| text(&body, "/email").is_some_and(|own| own.to_lowercase() == email)))
    }

    fn noted(&self, answer: &Answer) -> Known {
        let is_blocked = answer.any_json().get("emailBlacklisted").and_then(Value::as_bool).unwrap_or_default();
        Known::new().with(BLOCKED, is_blocked)
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        let request =
            Request::put(&HOST, format!("/v3/contacts/{}", segment(id))).query("identifierType", "contact_id");
        let mut body = json!({"attributes": {"EMAIL": email}});
        if ctx.known.flag(BLOCKED) {
            body["emailBlacklisted"] = json!(true);
        }
        with_key(ctx, request.json(body))
    }
}

fn with_key(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    Ok(request.header("api-key", ctx.account.get("apiKey")?))
}
