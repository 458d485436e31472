//! Gives a person another address: `email_addresses` of an update that overwrites what has several values
//! (docs.attio.com, "Update a record (overwrite multiselect values)"). So only someone with a single address is moved.

use serde_json::{Value, json};

use crate::{
    Answer, Fault, Request, StepContext,
    encode::segment,
    moving::Mover,
    read::{rows, text},
};

use super::{Attio, HOST, explained};

impl Mover for Attio {
    fn find(&self, ctx: &StepContext<'_>, email: &str) -> Result<Request, Fault> {
        let filter = json!({"email_addresses": {"email_address": {"$eq": email}}});
        let request = Request::post(&HOST, "/v2/objects/people/records/query");
        with_token(ctx, request.json(json!({"filter": filter, "limit": 1})))
    }

    fn found(&self, ctx: &StepContext<'_>, answer: &Answer, email: &str) -> Result<Option<String>, Fault> {
        let body = answer.json().map_err(|fault| explained(ctx, answer, fault))?;
        if !body.get("data").is_some_and(Value::is_array) {
            return Err(Fault::unreadable("no data in it"));
        }
        Ok(owner(&body, email).and_then(|row| text(row, "/id/record_id")))
    }

    fn may_change(&self, answer: &Answer, email: &str) -> bool {
        owner(&answer.any_json(), email).is_some_and(|row| rows(row, "/values/email_addresses").count() == 1)
    }

    fn change(&self, ctx: &StepContext<'_>, id: &str, email: &str) -> Result<Request, Fault> {
        let request = Request::put(&HOST, format!("/v2/objects/people/records/{}", segment(id)));
        with_token(ctx, request.json(json!({"data": {"values": {"email_addresses": [email]}}})))
    }

    /// Another write, or a large merge, is under way: the same call may succeed later.
    fn changed(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<bool, Fault> {
        let code = text(&answer.any_json(), "/code").unwrap_or_default().to_lowercase();
        match answer.status {
            404 | 409 if matches!(code.as_str(), "merge_in_progress" | "concurrent_write_conflict") => {
                Err(Fault::passing("conflict", "Attio is changing this person in another way"))
            }
            400 | 404 | 409 | 422 => Ok(false),
            _ => answer.json().map(|_| true).map_err(|fault| explained(ctx, answer, fault)),
        }
    }
}

/// The person with this address, however Attio normalized it.
fn owner<'a>(body: &'a Value, email: &str) -> Option<&'a Value> {
    let is = |one: &Value| {
        let shown = ["/email_address", "/original_email_address"].map(|place| text(one, place));
        shown.into_iter().flatten().any(|own| own.to_lowercase() == email)
    };
    rows(body, "/data").find(|row| rows(row, "/values/email_addresses").any(is))
}

fn with_token(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    Ok(request.header("Authorization", format!("Bearer {}", ctx.account.get("accessToken")?)))
}
