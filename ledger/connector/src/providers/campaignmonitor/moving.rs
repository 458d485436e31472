//! Gives a subscriber another address: `EmailAddress` of an update, which names the former one in its query
//! (campaignmonitor.com/api/v3-3/subscribers, "Updating a subscriber"). Subscribers have no ids, and what an update
//! doesn't name stays.

use serde_json::json;

use crate::{
    Account, Answer, Fault, Person, Request, StepContext,
    encode::basic,
    moving::{Mover, lists},
    read::text,
};

use super::{ABSENT, CampaignMonitor, HOST, INVALID_LIST, code, path, read};

impl Mover for CampaignMonitor {
    fn places(&self, _: &Account, person: &Person) -> Vec<String> {
        lists(person)
    }

    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        with_key(ctx, Request::get(&HOST, path(&ctx.step.about)).query("email", email))
    }

    fn found(&self, ctx: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        if matches!(code(answer), Some(ABSENT | INVALID_LIST)) {
            return Ok(None);
        }
        Ok(text(&read(ctx, answer)?, "/EmailAddress").filter(|own| own.to_lowercase() == email))
    }

    /// A subscriber whom the brand deleted stays deleted, and the new address of one who bounced hasn't bounced.
    fn may_change(&self, answer: &Answer, _: &str) -> bool {
        !matches!(text(&answer.any_json(), "/State").as_deref(), Some("Deleted" | "Bounced"))
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        let body = json!({"EmailAddress": email, "Resubscribe": false, "ConsentToTrack": "Unchanged"});
        with_key(ctx, Request::put(&HOST, path(&ctx.step.about)).query("email", id).json(body))
    }
}

fn with_key(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    Ok(request.header("Authorization", basic(ctx.account.get("apiKey")?, "x")))
}
