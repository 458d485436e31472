//! Gives a contact another address: `email` of an update (intercom/Intercom-OpenAPI 2.16, "Update a contact"). Whether
//! someone unsubscribed from emails is a field of the contact, and stays.

use serde_json::{Value, json};

use crate::{
    Answer, Fault, Request, StepContext,
    moving::Mover,
    read::{rows, text},
};

use super::{Intercom, VERSION, chosen, contact_path, home, read};

impl Mover for Intercom {
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        let query = json!({"field": "email", "operator": "=", "value": email});
        with_token(ctx, Request::post(&home(ctx)?, "/contacts/search").json(json!({"query": query})))
    }

    fn found(&self, ctx: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        let body = read(ctx, answer)?;
        if !body.get("data").is_some_and(Value::is_array) {
            return Err(Fault::unreadable("no contacts in it"));
        }
        let is = |row: &&Value| text(row, "/email").is_some_and(|own| own.to_lowercase() == email);
        Ok(chosen(&rows(&body, "/data").filter(is).collect::<Vec<_>>()).map(|(id, _)| id))
    }

    /// The new address of someone who bounced hasn't bounced.
    fn may_change(&self, answer: &Answer, email: &str) -> bool {
        let body = answer.any_json();
        let is = |row: &&Value| text(row, "/email").is_some_and(|own| own.to_lowercase() == email);
        !rows(&body, "/data").filter(is).any(|row| row.get("has_hard_bounced") == Some(&Value::Bool(true)))
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        with_token(ctx, Request::put(&home(ctx)?, contact_path(id)).json(json!({"email": email})))
    }
}

fn with_token(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    let token = format!("Bearer {}", ctx.account.get("accessToken")?);
    let request = request.header("Accept", "application/json").header("Intercom-Version", VERSION);
    Ok(request.header("Authorization", token))
}
