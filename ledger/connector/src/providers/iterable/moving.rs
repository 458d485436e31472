//! Gives a user another address, in a project that identifies people by email (support.iterable.com, "Updating a User's
//! Email Address or User ID"). Writes are visible up to a minute later. Lists and unsubscriptions belong to the user.

use serde_json::json;

use crate::{Answer, Fault, Request, StepContext, moving::Mover, read::text};

use super::{Iterable, REGION, is_unknown, of_region, read};

impl Mover for Iterable {
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        let host = of_region(ctx.account.found.maybe(REGION).as_deref());
        with_key(ctx, Request::get(&host, "/api/users/getByEmail").query("email", email))
    }

    /// Users are named by their address.
    fn found(&self, ctx: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        if matches!(answer.status, 400 | 404) && is_unknown(answer) {
            return Ok(None);
        }
        let body = read(ctx, answer)?;
        let own = text(&body, "/user/email").or_else(|| text(&body, "/user/dataFields/email"));
        Ok(own.filter(|own| own.to_lowercase() == email))
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        let host = of_region(ctx.account.found.maybe(REGION).as_deref());
        let body = json!({"currentEmail": id, "newEmail": email});
        with_key(ctx, Request::post(&host, "/api/users/updateEmail").json(body))
    }

    fn changed(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<bool, Fault> {
        if matches!(answer.status, 400 | 404 | 409) {
            return Ok(false);
        }
        Ok(text(&read(ctx, answer)?, "/code").as_deref() == Some("Success"))
    }

    fn is_late(&self) -> bool {
        true
    }
}

fn with_key(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    Ok(request.header("Api-Key", ctx.account.get("apiKey")?))
}
