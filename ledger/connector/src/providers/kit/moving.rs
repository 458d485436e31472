//! Gives a subscriber a new email address (developers.kit.com, "Update a subscriber").

use serde_json::json;

use crate::{
    Answer, Fault, Request, StepContext,
    encode::segment,
    moving::Mover,
    read::{rows, text},
};

use super::{HOST, Kit, get};

impl Mover for Kit {
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        with_key(ctx, get("/subscribers").query("email_address", email).query("status", "all"))
    }

    fn found(&self, _: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        let body = answer.json()?;
        let is = |row: &&serde_json::Value| text(row, "/email_address").is_some_and(|own| own.to_lowercase() == email);
        Ok(rows(&body, "/subscribers").find(is).and_then(|row| text(row, "/id")))
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        let request = Request::put(&HOST, format!("/v4/subscribers/{}", segment(id)));
        with_key(ctx, request.json(json!({"email_address": email})))
    }
}

fn with_key(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    Ok(request.header("X-Kit-Api-Key", ctx.account.get("apiKey")?))
}
