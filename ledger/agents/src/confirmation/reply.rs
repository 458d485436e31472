//! A call that comes again, with what a person answered in the host's dialog.

use axum::response::IntoResponse;
use serde_json::{Map, Value};

use super::{
    create::{self, Open, address, needs_confirmation},
    digest,
    effect::Effect,
    elicitation::{self, Answer},
    request_state::{self, Refused},
    run,
    status::Status,
    store::{self, Row},
    tool as confirmations,
};
use crate::{
    server::Server,
    tool::{
        answer,
        call::{self, Call},
        request::canonical,
    },
};
use identity::access::actor::RequestId;
use kit::{error::Result, state::AppState};

/// What a call brings besides its arguments.
#[derive(Debug, Clone, Copy)]
pub struct Reply<'m> {
    state: &'m str,
    answer: Answer,
}

impl<'m> Reply<'m> {
    /// `None` for a call that comes for the first time. `params` are those of the message.
    pub fn of(params: &'m Map<String, Value>) -> Option<Self> {
        let state = params.get("requestState")?.as_str().unwrap_or_default();
        Some(Self { state, answer: Answer::of(params.get("inputResponses")) })
    }
}

/// A text that isn't ours, or not for this call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreign;

/// Returns the result of the call. `admitted` is as for every tool.
///
/// # Errors
/// [`Foreign`]; 503 if the database is unavailable.
pub async fn run(
    call: Call<'_>,
    reply: Reply<'_>,
    server: &Server,
    state: &AppState,
    admitted: Result<()>,
) -> Result<std::result::Result<Value, Foreign>> {
    let Call { tool, agent, outer, .. } = call;
    if let Err(refused) = admitted {
        return call::read(refused.into_response(), outer.extensions.get::<RequestId>(), &[]).await.map(Ok);
    }
    let call_digest =
        digest::of_call(agent.connection, tool.entry.name, &canonical(&Value::Object(call.arguments.clone())));
    let now = state.clock.now();
    let id = match request_state::open(&state.config.keys.pages, reply.state, agent, &call_digest, now) {
        Ok(id) => id,
        Err(Refused::Foreign) => return Ok(Err(Foreign)),
        Err(Refused::Expired) => return Ok(Ok(refused("confirmation_expired", Status::Expired))),
    };
    let mut tx = state.db.tenant(agent.organization).await?;
    let row = store::read(&mut tx, id).await?;
    tx.commit().await?;
    let Some(row) = row.filter(|row| row.digest == call_digest) else { return Ok(Err(Foreign)) };
    match (row.status(now), reply.answer) {
        (Status::Open, Answer::Confirmed) if elicitation::may_confirm_in_form(tool, agent) => {
            confirm(call, &row, server, state).await.map(Ok)
        }
        (Status::Open, Answer::Declined) => decline(&call, &row, state).await.map(Ok),
        (Status::Open, _) => {
            let url = address(&state.config.public_url, agent.organization, id);
            Ok(Ok(needs_confirmation(&url, Open { id, expires_at: row.expires_at })))
        }
        (Status::Expired, _) => Ok(Ok(refused("confirmation_expired", Status::Expired))),
        // The person confirmed it on the page, and the host asks whether it is done.
        (_, Answer::Accepted) => Ok(Ok(confirmations::result(&row, now))),
        (status, _) => Ok(Ok(refused("confirmation_used", status))),
    }
}

async fn decline(call: &Call<'_>, row: &Row, state: &AppState) -> Result<Value> {
    let mut tx = state.db.tenant(call.agent.organization).await?;
    let declined = store::decline(&mut tx, row.id, &call.agent.actor.who, state.clock.now()).await?;
    tx.commit().await?;
    Ok(refused(if declined { "declined" } else { "confirmation_used" }, Status::Declined))
}

/// Runs the call as the person whose connection it is, if it would still do what they saw.
async fn confirm(call: Call<'_>, row: &Row, server: &Server, state: &AppState) -> Result<Value> {
    let Call { tool, agent, ref arguments, outer } = call;
    let caller = create::caller(agent, outer, server);
    let effect = Effect::read(tool, arguments, &caller).await?;
    let is_same = effect.is_ok_and(|effect| effect.digest()[..] == row.effect[..]);
    let (who, now) = (&agent.actor.who, state.clock.now());
    let mut tx = state.db.tenant(agent.organization).await?;
    if !is_same {
        let voided = store::void(&mut tx, row.id, who, now).await?;
        tx.commit().await?;
        // The same answer may have come twice at once, and the other one changed it.
        return Ok(if voided { refused("confirmation_void", Status::Void) } else { used() });
    }
    let taken = store::take(&mut tx, row.id, who, now).await?;
    tx.commit().await?;
    if !taken {
        return Ok(used());
    }
    let run = run::run(tool, arguments, row.id, &caller, state).await?;
    let mut tx = state.db.tenant(agent.organization).await?;
    store::finish(&mut tx, row.id, &run.outcome).await?;
    tx.commit().await?;
    Ok(run.result)
}

/// Another answer came first.
fn used() -> Value {
    refused("confirmation_used", Status::Running)
}

fn refused(code: &str, status: Status) -> Value {
    answer::refusal(code, None, status.hint())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_with_a_state_is_a_reply() {
        let reply = |params: Value| {
            let params = params.as_object().unwrap().clone();
            Reply::of(&params).map(|reply| (reply.state.to_owned(), reply.answer))
        };
        let confirmed = json!({"confirm": {"action": "accept", "content": {"confirm": true}}});
        assert_eq!(
            reply(json!({"requestState": "x", "inputResponses": confirmed})),
            Some(("x".to_owned(), Answer::Confirmed))
        );
        assert_eq!(reply(json!({"inputResponses": confirmed})), None, "without a state it asks anew");
        assert_eq!(reply(json!({"requestState": 1})), Some((String::new(), Answer::Missing)));
    }
}
