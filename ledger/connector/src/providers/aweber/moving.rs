//! Gives a subscriber another address: `email` of an update, on each list (api.aweber.com, "Update Subscriber").

use serde_json::json;

use crate::{
    Account, Answer, Fault, Person, Request, StepContext,
    moving::{Mover, lists},
    read::text,
};

use super::{AWeber, HOST, entry, fault, login, member, members};

impl Mover for AWeber {
    fn places(&self, _: &Account, person: &Person) -> Vec<String> {
        lists(person)
    }

    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        let request = Request::get(&HOST, members(ctx, &ctx.step.about)?).query("ws.op", "find");
        with_login(ctx, request.query("email", email))
    }

    fn found(&self, ctx: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        // The list is gone.
        if answer.status == 404 {
            return Ok(None);
        }
        fault(ctx, answer)?;
        Ok(entry(email, &answer.json()?)?.and_then(|entry| text(entry, "/id")))
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        let request = Request::patch(&HOST, member(ctx, &ctx.step.about, id)?);
        with_login(ctx, request.json(json!({"email": email})))
    }

    fn changed(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<bool, Fault> {
        fault(ctx, answer)?;
        if matches!(answer.status, 400 | 404 | 409) {
            return Ok(false);
        }
        answer.json_or_nothing().map(|_| true)
    }
}

fn with_login(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    Ok(request.header("Accept", "application/json").login(login(ctx.account)?))
}
