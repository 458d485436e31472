//! The tool with which an assistant learns what became of a confirmation that it asked for.

use serde_json::{Map, Value, json};
use shared::{id::AgentConfirmationId, timestamp::Timestamp};

use super::{
    standing::Standing,
    store::{self, Row},
};
use crate::tool::answer;
use identity::access::agent::Agent;
use kit::{access::role::Right, error::Result, state::AppState};

pub const NAME: &str = "read_confirmation";
const TITLE: &str = "Read a confirmation";

/// Only who can ask for a confirmation can read one.
pub const fn is_for(agent: &Agent) -> bool {
    agent.may(Right::Operate)
}

/// The tool as clients see it.
pub fn listed() -> Value {
    json!({
        "name": NAME,
        "title": TITLE,
        "description": "What became of something that a person had to confirm (conf_…): Pending, Running, Done, Declined, \
                        Failed (with the error), Expired or Disconnected. Ask when the person says that they decided.",
        "inputSchema": {
            "type": "object",
            "properties": {"id": {"type": "string", "description": "The id of needsConfirmation."}},
            "required": ["id"],
            "additionalProperties": false,
        },
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
        None => answer::refusal("not_found", Some("id"), "This connection didn't ask for such a confirmation."),
    })
}

fn result(row: &Row, now: Timestamp) -> Value {
    let standing = row.standing(now);
    let mut body = json!({
        "id": row.id,
        "tool": row.tool,
        "state": standing.as_str(),
        "createdAt": row.created_at,
        "expiresAt": row.expires_at,
        "decidedAt": row.decided_at,
        "hint": hint(standing),
    });
    if let Some(status) = row.result_status {
        body["result"] = json!({
            "status": status, "error": row.result_code, "message": row.result_text, "id": row.result_id,
        });
    }
    json!({"content": [{"type": "text", "text": body.to_string()}], "structuredContent": body, "isError": false})
}

const fn hint(standing: Standing) -> &'static str {
    match standing {
        Standing::Open => "Nothing has happened yet. The person hasn't decided.",
        Standing::Expired => "Nothing happened: nobody confirmed it in time. If it is still wanted, ask again.",
        Standing::Disconnected => "Nothing happened: the connection that asked has ended.",
        Standing::Running | Standing::Stuck => "The person confirmed it, and it is being carried out.",
        Standing::Done => "The person confirmed it, and it is done.",
        Standing::Declined => "Nothing happened: the person declined. Don't ask for it again unless they say so.",
        Standing::Failed => "The person confirmed it, but it couldn't be done. The result says why.",
    }
}
