//! Stores what an assistant asked for, and tells it where a person confirms it.

use axum::{http::request::Parts, response::IntoResponse};
use serde_json::{Map, Value, json};
use shared::{
    id::{AgentConfirmationId, OrganizationId},
    timestamp::Timestamp,
};

use super::{
    check, digest,
    exchange::Caller,
    preview,
    standing::LIFE_MS,
    store::{self, New},
    subject,
};
use crate::tool::{
    answer, call,
    catalog::Tool,
    request::{self, Mistake, canonical},
    server::Server,
    table::Class,
};
use identity::access::{actor::RequestId, agent::Agent};
use kit::{error::Result, state::AppState};

/// Confirmations that a connection may ask for on a day (UTC).
pub const TELLS_PER_DAY_MAX: i32 = 20;
pub const DECISIONS_PER_DAY_MAX: i32 = 5;
/// What the page of one confirmation can show.
const ARGUMENTS_BYTES_MAX: usize = 100_000;

/// A call that a person has to confirm.
#[derive(Debug)]
pub struct Ask<'a> {
    pub tool: &'a Tool,
    pub agent: &'a Agent,
    pub arguments: Map<String, Value>,
    /// The request that made the call.
    pub outer: &'a Parts,
}

/// Returns the result of the call. `admitted` says whether the connection may send another request now.
///
/// # Errors
/// 503 if the database is unavailable.
pub async fn run(ask: Ask<'_>, server: &Server, state: &AppState, admitted: Result<()>) -> Result<Value> {
    let id = ask.outer.extensions.get::<RequestId>();
    if let Err(refused) = admitted {
        return call::read(refused.into_response(), id, &[]).await;
    }
    let caller = Caller { api: server.api.clone(), agent: ask.agent.clone(), request_id: id.cloned() };
    if let Err(Mistake { field, message }) = checked(&ask, &caller, state.clock.now()).await? {
        return Ok(answer::mistake(&field, &message));
    }
    let max = match ask.tool.entry.class {
        Class::Money => DECISIONS_PER_DAY_MAX,
        _ => TELLS_PER_DAY_MAX,
    };
    let Some((id, expires_at)) = stored(&ask, state, max).await? else { return Ok(over_limit(max)) };
    tracing::info!(tool = ask.tool.entry.name, %id, "an assistant asked for a confirmation");
    Ok(needs_confirmation(&address(&state.config.public_url, ask.agent.organization, id), id, expires_at))
}

/// Everything that can be found out without an effect.
async fn checked(ask: &Ask<'_>, caller: &Caller, now: Timestamp) -> Result<std::result::Result<(), Mistake>> {
    let arguments = Value::Object(ask.arguments.clone());
    if canonical(&arguments).len() > ARGUMENTS_BYTES_MAX {
        return Ok(Err(Mistake::new("arguments", "The arguments are too long. Ask for less at once.")));
    }
    if let Err(mistake) = request::of(ask.tool, ask.agent, ask.arguments.clone(), now) {
        return Ok(Err(mistake));
    }
    if let Err(mistake) = check::fits(ask.tool.schema(), &arguments) {
        return Ok(Err(mistake));
    }
    if let Err(mistake) = subject::read(ask.tool, &arguments, caller).await? {
        return Ok(Err(mistake));
    }
    Ok(preview::lines(ask.tool, &arguments, caller).await?.map(drop))
}

/// Stores the call, unless the same is open already. Nothing beyond the limit of the day.
async fn stored(ask: &Ask<'_>, state: &AppState, max: i32) -> Result<Option<(AgentConfirmationId, Timestamp)>> {
    let Ask { tool, agent, arguments, .. } = ask;
    let (now, arguments) = (state.clock.now(), canonical(&Value::Object(arguments.clone())));
    let digest = digest::of_call(agent.connection, tool.entry.name, &arguments);
    let mut tx = state.db.tenant(agent.organization).await?;
    if let Some(open) = store::open(&mut tx, &digest, agent.connection, now).await? {
        return Ok(Some(open));
    }
    if !store::count(&mut tx, agent.connection, now.date(), tool.entry.class, max).await? {
        return Ok(None);
    }
    let (id, expires_at) = (state.new_id(), now.plus_millis(LIFE_MS));
    let new = New {
        id,
        connection: agent.connection,
        requested_by: &agent.actor.who,
        via: agent.actor.via.as_deref(),
        tool: tool.entry.name,
        class: tool.entry.class,
        arguments: &arguments,
        digest: &digest,
        created_at: now,
        expires_at,
    };
    store::insert(&mut tx, &new).await?;
    tx.commit().await?;
    Ok(Some((id, expires_at)))
}

fn address(public_url: &str, organization: OrganizationId, id: AgentConfirmationId) -> String {
    format!("{public_url}/dashboard/confirm/{id}?organization={organization}")
}

fn needs_confirmation(url: &str, id: AgentConfirmationId, expires_at: Timestamp) -> Value {
    let text = format!(
        "Nothing has happened yet. A person has to confirm this: tell them to open {url} before {expires_at} and to check what \
         it says. You can't confirm it yourself. Later, call read_confirmation with the id {id} to learn what became of it."
    );
    let body = json!({"needsConfirmation": {"id": id, "url": url, "expiresAt": expires_at}});
    json!({"content": [{"type": "text", "text": text}], "structuredContent": body, "isError": false})
}

fn over_limit(max: i32) -> Value {
    let message = format!(
        "This connection already asked for {max} confirmations of this kind today, which is the limit. Tell the person; it is \
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
        let result = needs_confirmation(&url, id, Timestamp::EPOCH);
        let text = result["content"][0]["text"].as_str().unwrap();
        assert!(text.starts_with("Nothing has happened yet.") && text.contains(&url), "{text}");
        let body = &result["structuredContent"]["needsConfirmation"];
        assert_eq!((&body["url"], &body["id"]), (&json!(url), &json!(id)));
        assert_eq!((&result["isError"], &body["expiresAt"]), (&json!(false), &json!("1970-01-01T00:00:00Z")));
        assert_eq!(over_limit(5)["structuredContent"]["error"], "daily_limit");
    }
}
