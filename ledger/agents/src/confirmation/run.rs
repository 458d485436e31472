//! Runs a confirmed call: the tool's operation, as the person who confirmed it.

use axum::http::{HeaderValue, StatusCode};
use rules::format;
use serde_json::{Map, Value};
use shared::id::AgentConfirmationId;

use super::{
    exchange::{Answered, Caller},
    store::Outcome,
};
use crate::tool::{
    answer,
    catalog::Tool,
    request::{self, Mistake},
};
use kit::{
    error::{Error, Result},
    state::AppState,
};

/// What came of it: what is recorded, and the result for an assistant.
#[derive(Debug)]
pub struct Run {
    pub outcome: Outcome,
    pub result: Value,
    /// The operation's whole answer; null if it wasn't requested.
    pub answered: Value,
}

/// The idempotency key is made of the confirmation: however often it runs, it has one effect.
///
/// # Errors
/// 503 if it isn't known whether the operation had an effect; run it again then.
pub async fn run(
    tool: &Tool,
    arguments: &Map<String, Value>,
    id: AgentConfirmationId,
    caller: &Caller,
    state: &AppState,
) -> Result<Run> {
    let made = request::of(tool, &caller.agent, arguments.clone(), state.clock.now());
    let mut request = match made {
        Ok(request) => request,
        Err(Mistake { field, message }) => {
            let (code, status) = ("validation_failed".to_owned(), StatusCode::BAD_REQUEST.as_u16());
            let result = answer::mistake(&field, &message);
            let outcome = Outcome { is_done: false, status, code: Some(code), text: Some(message), id: None };
            return Ok(Run { outcome, result, answered: Value::Null });
        }
    };
    let key = HeaderValue::from_str(&format!("confirmation-{id}")).map_err(|error| Error::internal(error))?;
    request.headers_mut().insert("idempotency-key", key);
    let answered = caller.send(request).await?.or_unavailable()?;
    tracing::info!(
        event = "assistant.confirmed", tool = tool.entry.name, %id, status = answered.status.as_u16(),
        "a person confirmed a call"
    );
    Ok(Run { outcome: outcome(&answered), result: result(tool, &answered), answered: answered.body })
}

fn result(tool: &Tool, answered: &Answered) -> Value {
    let body = if answered.body.is_null() { Vec::new() } else { answered.body.to_string().into_bytes() };
    let outcome = answer::Outcome { status: answered.status, retry_after_seconds: None, request_id: None, body: &body };
    answer::of(&outcome, &tool.untrusted)
}

fn outcome(answered: &Answered) -> Outcome {
    let own = |name: &str| Some(answered.text(name).to_owned()).filter(|text| !text.is_empty());
    let status = answered.status.as_u16();
    if !answered.status.is_success() {
        return Outcome { is_done: false, status, code: own("error"), text: own("message"), id: None };
    }
    Outcome { is_done: true, status, code: None, text: summary(&answered.body), id: own("id") }
}

/// What the answer says beyond that it is done.
fn summary(body: &Value) -> Option<String> {
    if let (Some(invited), Some(skipped)) = (body["invited"].as_u64(), body["skipped"].as_u64()) {
        return Some(format!("{invited} invited, {skipped} skipped."));
    }
    let (net, currency) = (body["netCents"].as_i64()?, body["currency"].as_str()?);
    let payouts = body["payouts"].as_i64()?;
    let noun = if payouts == 1 { "affiliate" } else { "affiliates" };
    Some(format!("The run is proposed: {} to {payouts} {noun}. It waits for approval.", format::money(net, currency)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(status: u16, body: Value) -> Outcome {
        outcome(&Answered { status: StatusCode::from_u16(status).unwrap(), body })
    }

    #[test]
    fn an_outcome_keeps_what_people_need_and_nothing_personal() {
        let done = of(200, json!({"id": "aff_1", "name": "Mia", "email": "mia@creators.test"}));
        assert_eq!((done.is_done, done.id.as_deref(), done.text), (true, Some("aff_1"), None));
        let invited = of(200, json!({"invited": 2, "skipped": 1, "rows": [{"email": "mia@creators.test"}]}));
        assert_eq!((invited.text.as_deref(), invited.id), (Some("2 invited, 1 skipped."), None));
        let run = of(201, json!({"id": "run_1", "netCents": 5_940, "currency": "USD", "payouts": 1}));
        assert_eq!(run.text.as_deref(), Some("The run is proposed: $59.40 to 1 affiliate. It waits for approval."));
        let failed = of(409, json!({"error": "run_open", "message": "Another run waits."}));
        assert_eq!((failed.is_done, failed.status, failed.code.as_deref()), (false, 409, Some("run_open")));
        assert_eq!(failed.text.as_deref(), Some("Another run waits."));
        let limited = of(429, json!({"error": "too_many_letters", "message": "Continue without emails."}));
        assert_eq!((limited.is_done, limited.code.as_deref()), (false, Some("too_many_letters")));
    }
}
