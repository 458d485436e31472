//! The tool with which an assistant learns what became of a confirmation that it requested.

use serde_json::{Map, Value, json};
use shared::{id::AgentConfirmationId, timestamp::Timestamp};

use super::store::{self, Row};
use crate::tool::answer;
use identity::access::agent::Agent;
use kit::{access::role::Right, error::Result, state::AppState};

pub const NAME: &str = "read_confirmation";
const TITLE: &str = "Read a confirmation";
/// Fields whose texts may repeat what others wrote.
const UNTRUSTED: [&str; 1] = ["result.message"];

/// Only who can request a confirmation can read one.
pub const fn is_for(agent: &Agent) -> bool {
    agent.may(Right::Operate)
}

/// The tool as clients see it.
pub fn listed() -> Value {
    let (plain, text) = (json!({"type": "string"}), json!({"type": ["string", "null"]}));
    json!({
        "name": NAME,
        "title": TITLE,
        "description": "Whether a person confirmed a call that needs it (conf_…), and whether it went through: Pending, \
                        Running, Done, Declined, Failed (with the error), Void (it would have done something else), Expired or \
                        Disconnected. Call it when the person says that they confirmed or declined.",
        "inputSchema": {
            "type": "object",
            "properties": {"id": {"type": "string", "description": "The id of needsConfirmation."}},
            "required": ["id"],
            "additionalProperties": false,
        },
        "outputSchema": {"type": "object", "properties": {
            "id": plain, "tool": plain, "state": plain, "hint": plain,
            "createdAt": plain, "expiresAt": plain, "decidedAt": {"type": ["string", "null"]},
            "result": {"type": "object", "properties": {
                "status": {"type": "integer"}, "error": text, "message": text, "id": text,
            }},
            "error": plain, "message": plain, "field": plain,
        }},
        "annotations": {
            "title": TITLE,
            "readOnlyHint": true,
            "destructiveHint": false,
            "idempotentHint": true,
            "openWorldHint": false,
        },
    })
}

/// # Errors
/// 503 if the database is unavailable.
pub async fn run(arguments: &Map<String, Value>, agent: &Agent, state: &AppState) -> Result<Value> {
    if let Some(unknown) = arguments.keys().find(|name| *name != "id") {
        return Ok(answer::mistake(unknown, &format!("This tool has no argument {unknown}.")));
    }
    let id = arguments.get("id").and_then(Value::as_str).and_then(|id| id.parse::<AgentConfirmationId>().ok());
    let Some(id) = id else { return Ok(answer::mistake("id", "id must be the id of a confirmation (conf_…).")) };
    let mut tx = state.db.tenant(agent.organization).await?;
    let found = store::read(&mut tx, id).await?.filter(|row| row.connection == agent.connection);
    tx.commit().await?;
    Ok(match found {
        Some(row) => result(&row, state.clock.now()),
        None => answer::refusal("not_found", Some("id"), "This connection requested no such confirmation."),
    })
}

/// What became of a confirmation.
pub fn result(row: &Row, now: Timestamp) -> Value {
    let status = row.status(now);
    let mut body = json!({
        "id": row.id,
        "tool": row.tool,
        "state": status.as_str(),
        "createdAt": row.created_at,
        "expiresAt": row.expires_at,
        "decidedAt": row.decided_at,
        "hint": status.hint(),
    });
    if let Some(status) = row.result_status {
        body["result"] = json!({
            "status": status, "error": row.result_code, "message": row.result_text, "id": row.result_id,
        });
    }
    answer::success(body, &UNTRUSTED.map(str::to_owned))
}
