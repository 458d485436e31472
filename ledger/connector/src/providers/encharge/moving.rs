//! Gives a person another address: an update that names them by their id (docs.encharge.io, "Create/Update People").

use serde_json::{Value, json};

use crate::{
    Answer, Fault, Request, StepContext,
    moving::Mover,
    read::{rows, text},
};

use super::{EMAIL, Encharge, HOST, read};

impl Mover for Encharge {
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        with_key(ctx, Request::get(&HOST, "/v1/people").query(EMAIL, email))
    }

    fn found(&self, ctx: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        if answer.status == 404 {
            return Ok(None);
        }
        let body = read(ctx, answer)?;
        if !body.get("users").is_some_and(Value::is_array) {
            return Err(Fault::unreadable("no people in it"));
        }
        let is = |row: &&Value| text(row, "/email").is_some_and(|own| own.to_lowercase() == email);
        Ok(rows(&body, "/users").find(is).and_then(|row| text(row, "/id")))
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        with_key(ctx, Request::post(&HOST, "/v1/people").json(json!([{"id": id, "email": email}])))
    }
}

fn with_key(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    Ok(request.header("X-Encharge-Token", ctx.account.get("apiKey")?))
}
