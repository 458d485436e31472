//! Gives a person another address: `emails` of an update, which replaces all addresses (developers.pipedrive.com,
//! API v2, "Update a person"). So only someone with a single address is moved. Its label becomes the default one.

use serde_json::{Value, json};

use crate::{
    Answer, Fault, Request, StepContext,
    moving::Mover,
    read::{rows, text},
};

use super::{HOST, Pipedrive, person_path, read, search};

impl Mover for Pipedrive {
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        with_token(ctx, search(email))
    }

    fn found(&self, ctx: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        let body = read(ctx, answer)?;
        if !body.pointer("/data/items").is_some_and(Value::is_array) {
            return Err(Fault::unreadable("no people in it"));
        }
        Ok(oldest(&body, email).and_then(|row| text(row, "/item/id")))
    }

    fn may_change(&self, answer: &Answer, email: &str) -> bool {
        oldest(&answer.any_json(), email).is_some_and(|row| rows(row, "/item/emails").count() == 1)
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        let emails = json!([{"value": email, "primary": true, "label": "work"}]);
        with_token(ctx, Request::patch(&HOST, person_path(id)).json(json!({"emails": emails})))
    }
}

/// Of several people with exactly this address, the one that syncs use.
fn oldest<'a>(body: &'a Value, email: &str) -> Option<&'a Value> {
    let is = |row: &&Value| rows(row, "/item/emails").filter_map(Value::as_str).any(|own| own.to_lowercase() == email);
    rows(body, "/data/items").filter(is).min_by_key(|row| {
        let id = text(row, "/item/id").unwrap_or_default();
        (id.len(), id)
    })
}

fn with_token(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    Ok(request.header("x-api-token", ctx.account.get("apiToken")?))
}
