//! Gives a subscriber another address: `new_email` of an update (DripEmail/api-docs, "Create or update a subscriber").

use serde_json::json;

use crate::{Answer, Fault, Request, StepContext, encode, encode::segment, moving::Mover, read::text};

use super::{Drip, HOST, path, post, read};

impl Mover for Drip {
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        with_token(ctx, Request::get(&HOST, path(ctx, &format!("/subscribers/{}", segment(email)))?))
    }

    fn found(&self, ctx: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        if answer.status == 404 {
            return Ok(None);
        }
        let body = read(ctx, answer)?;
        let is = text(&body, "/subscribers/0/email").is_some_and(|own| own.to_lowercase() == email);
        Ok(text(&body, "/subscribers/0/id").filter(|_| is))
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        let body = json!({"subscribers": [{"id": id, "new_email": email}]});
        with_token(ctx, post(ctx, "/subscribers", body)?)
    }
}

fn with_token(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    Ok(request.header("Authorization", encode::basic(ctx.account.get("apiToken")?, "")))
}
