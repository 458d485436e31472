//! Gives a subscriber another address: `email` of an update that keeps whatever it doesn't name, lists too
//! (knadh/listmonk, `cmd/subscribers.go`, `PatchSubscriber`).

use serde_json::{Value, json};

use crate::{Answer, Fault, Request, StepContext, encode::segment, moving::Mover, read::text};

use super::{Listmonk, RESULTS, host, pattern, read};

impl Mover for Listmonk {
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        let request = Request::get(&host(ctx)?, "/api/subscribers").query("search", pattern(email));
        with_token(ctx, request.query("per_page", RESULTS))
    }

    fn found(&self, ctx: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        let body = read(ctx, answer)?;
        let results = body.pointer("/data/results").and_then(Value::as_array);
        let results = results.ok_or_else(|| Fault::unreadable("no results in it"))?;
        let is = |row: &&Value| text(row, "/email").is_some_and(|own| own.to_lowercase() == email);
        Ok(results.iter().find(is).and_then(|row| text(row, "/id")))
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        let request = Request::patch(&host(ctx)?, format!("/api/subscribers/{}", segment(id)));
        with_token(ctx, request.json(json!({"email": email})))
    }

    /// Versions before 6.1 don't have this call.
    fn changed(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<bool, Fault> {
        if matches!(answer.status, 400 | 404 | 405 | 409) {
            return Ok(false);
        }
        read(ctx, answer).map(|_| true)
    }
}

fn with_token(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    let token = format!("token {}:{}", ctx.account.get("apiUser")?, ctx.account.get("accessToken")?);
    Ok(request.header("Authorization", token))
}
