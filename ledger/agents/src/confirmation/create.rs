//! Stores what an assistant requested, and says where a person confirms it: in the host's own dialog, or on our page.

use axum::{http::request::Parts, response::IntoResponse};
use serde_json::{Value, json};
use shared::{
    id::{AgentConfirmationId, OrganizationId},
    timestamp::Timestamp,
};

use super::{
    check, digest,
    effect::Effect,
    elicitation::{self, Dialog, Modes},
    exchange::Caller,
    request_state,
    status::LIFE_MS,
    store::{self, New},
};
use crate::{
    server::Server,
    tool::{
        answer,
        call::{self, Call},
        request::{self, Mistake, canonical},
        table::Class,
    },
};
use identity::access::{actor::RequestId, agent::Agent};
use kit::{
    error::{Error, Result},
    state::AppState,
};

/// Confirmations that a connection may request on a day (UTC).
pub const NOTICES_PER_DAY_MAX: i32 = 20;
pub const MONEY_PER_DAY_MAX: i32 = 5;
/// What the page of one confirmation can show.
const ARGUMENTS_BYTES_MAX: usize = 100_000;

/// The API as the assistant that calls.
pub fn caller(agent: &Agent, outer: &Parts, server: &Server) -> Caller {
    let request_id = outer.extensions.get::<RequestId>().cloned();
    Caller { api: server.api.clone(), agent: agent.clone(), request_id }
}

/// Returns the result of the call, which has no effect yet. `admitted` says whether the connection may send another request
/// now; `modes` what the host can show.
///
/// # Errors
/// 503 if the database is unavailable.
pub async fn run(
    call: Call<'_>,
    server: &Server,
    state: &AppState,
    admitted: Result<()>,
    modes: Modes,
) -> Result<Value> {
    let Call { tool, agent, outer, .. } = call;
    if let Err(refused) = admitted {
        return call::read(refused.into_response(), outer.extensions.get::<RequestId>(), &[]).await;
    }
    let effect = match checked(&call, &caller(agent, outer, server), state.clock.now()).await? {
        Ok(effect) => effect,
        Err(Mistake { field, message }) => return Ok(answer::mistake(&field, &message)),
    };
    let max = match tool.entry.class {
        Class::Money => MONEY_PER_DAY_MAX,
        _ => NOTICES_PER_DAY_MAX,
    };
    let arguments = canonical(&Value::Object(call.arguments));
    let call_digest = digest::of_call(agent.connection, tool.entry.name, &arguments);
    let now = state.clock.now();
    let new = New {
        id: state.new_id(),
        connection: agent.connection,
        requested_by: &agent.actor.who,
        via: agent.actor.via.as_deref(),
        tool: tool.entry.name,
        class: tool.entry.class,
        arguments: &arguments,
        digest: &call_digest,
        effect: effect.digest(),
        created_at: now,
        expires_at: now.plus_millis(LIFE_MS),
    };
    let Some(open) = stored(&new, agent.organization, max, state).await? else {
        return Ok(over_limit(max));
    };
    tracing::info!(
        event = "assistant.confirmation_requested", tool = tool.entry.name, id = %open.id,
        "an assistant requested a confirmation"
    );
    let url = address(&state.config.public_url, agent.organization, open.id);
    let Some(dialog) = Dialog::of(tool, agent, modes, &effect) else { return Ok(needs_confirmation(&url, open)) };
    let sealed = request_state::seal(&state.config.keys.pages, open.id, agent, &call_digest, now)
        .ok_or_else(|| Error::internal("a state that can't be signed"))?;
    let request = match dialog {
        Dialog::Form => elicitation::form(tool, &effect),
        Dialog::Page => elicitation::page(tool, &url),
    };
    Ok(elicitation::input_required(&request, &sealed))
}

/// Everything that can be found out without an effect.
async fn checked(call: &Call<'_>, caller: &Caller, now: Timestamp) -> Result<std::result::Result<Effect, Mistake>> {
    let arguments = Value::Object(call.arguments.clone());
    if canonical(&arguments).len() > ARGUMENTS_BYTES_MAX {
        return Ok(Err(Mistake::new("arguments", "The arguments are too long. Send fewer at once.")));
    }
    if let Err(mistake) = request::of(call.tool, call.agent, call.arguments.clone(), now) {
        return Ok(Err(mistake));
    }
    if let Err(mistake) = check::fits(call.tool.schema(), &arguments) {
        return Ok(Err(mistake));
    }
    Effect::read(call.tool, &call.arguments, caller).await
}

/// A confirmation that a person can give now.
#[derive(Debug, Clone, Copy)]
pub struct Open {
    pub id: AgentConfirmationId,
    pub expires_at: Timestamp,
}

/// Stores the call, unless the same is open already. Nothing beyond the limit of the day.
async fn stored(new: &New<'_>, organization: OrganizationId, max: i32, state: &AppState) -> Result<Option<Open>> {
    let mut tx = state.db.tenant(organization).await?;
    // Counting first makes equal calls at the same time wait for each other. It is undone with the transaction.
    let counted = store::count(&mut tx, new.connection, new.created_at.date(), new.class, max).await?;
    if let Some(open) = store::open(&mut tx, new).await? {
        return Ok(Some(open));
    }
    if !counted {
        return Ok(None);
    }
    store::insert(&mut tx, new).await?;
    tx.commit().await?;
    Ok(Some(Open { id: new.id, expires_at: new.expires_at }))
}

/// The page of a confirmation.
pub fn address(public_url: &str, organization: OrganizationId, id: AgentConfirmationId) -> String {
    format!("{public_url}/dashboard/confirm/{id}?organization={organization}")
}

/// The result that leads to the page.
pub fn needs_confirmation(url: &str, open: Open) -> Value {
    let Open { id, expires_at } = open;
    let message = format!(
        "Nothing has happened yet. A person has to confirm this: ask them to open {url} before {expires_at} and to check what \
         it says. You can't confirm it yourself. Later, call read_confirmation with the id {id} to learn what became of it."
    );
    let body = json!({"needsConfirmation": {"id": id, "url": url, "expiresAt": expires_at}, "message": message});
    answer::success(body, &[])
}

fn over_limit(max: i32) -> Value {
    let message = format!(
        "This connection already requested {max} confirmations of this kind today, which is the limit. Tell the person; it is \
         lifted at midnight UTC, and they can do it in the dashboard."
    );
    answer::refusal("daily_limit", None, &message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_says_that_nothing_happened_and_where_to_go() {
        let id = AgentConfirmationId::v7(1, &[1; 10]);
        let url = address("https://rekomi.acme.test", OrganizationId::v7(1, &[2; 10]), id);
        assert!(
            url.starts_with(&format!("https://rekomi.acme.test/dashboard/confirm/{id}?organization=org_")),
            "{url}"
        );
        let result = needs_confirmation(&url, Open { id, expires_at: Timestamp::EPOCH });
        let body = &result["structuredContent"];
        let message = body["message"].as_str().unwrap();
        assert!(message.starts_with("Nothing has happened yet.") && message.contains(&url), "{message}");
        let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
        assert_eq!(&text, body);
        let needed = &body["needsConfirmation"];
        assert_eq!((&needed["url"], &needed["id"]), (&json!(url), &json!(id)));
        assert_eq!((&result["isError"], &needed["expiresAt"]), (&json!(false), &json!("1970-01-01T00:00:00Z")));
        assert_eq!(over_limit(5)["structuredContent"]["error"], "daily_limit");
    }
}
