//! Gives a member another address: `email_address` of a `PATCH` (mailchimp.com/developer/marketing/api/list-members,
//! "Update list member"). A member is found by the hash of the address, and named by the contact's id, which stays.

use serde_json::json;

use crate::{
    Account, Answer, Fault, Person, Request, StepContext, encode,
    encode::segment,
    moving::{Mover, lists},
    read::text,
};

use super::{Mailchimp, body, host};

impl Mover for Mailchimp {
    fn places(&self, _: &Account, person: &Person) -> Vec<String> {
        lists(person)
    }

    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        let request = Request::get(&host(ctx.account)?, member(ctx, &encode::md5_of_lower(email)));
        with_key(ctx, request.query("fields", "id,contact_id,email_address,status"))
    }

    fn found(&self, _: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        // Not a member, or no such audience.
        if answer.is_no_such_call() {
            return Ok(None);
        }
        let body = body(answer)?;
        let is = text(&body, "/email_address").is_some_and(|own| own.to_lowercase() == email);
        Ok(text(&body, "/contact_id").or_else(|| text(&body, "/id")).filter(|_| is))
    }

    /// An archived member would stay archived under the new address, and one whose old address bounced `cleaned`.
    fn may_change(&self, answer: &Answer, _: &str) -> bool {
        !matches!(text(&answer.any_json(), "/status").as_deref(), Some("archived" | "cleaned"))
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        let request = Request::patch(&host(ctx.account)?, member(ctx, id)).query("skip_merge_validation", "true");
        with_key(ctx, request.json(json!({"email_address": email})))
    }

    fn changed(&self, _: &StepContext<'_>, answer: &Answer) -> Result<bool, Fault> {
        if matches!(answer.status, 400 | 404 | 405) {
            return Ok(false);
        }
        body(answer).map(|_| true)
    }
}

fn member(ctx: &StepContext<'_>, id: &str) -> String {
    format!("/3.0/lists/{}/members/{}", segment(&ctx.step.about), segment(id))
}

fn with_key(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    Ok(request.header("Authorization", encode::basic("rekomi", ctx.account.get("apiKey")?)))
}
