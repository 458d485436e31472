//! Records changes of a connection in the audit log: what people may see, and no credentials.

use serde_json::{Value, json};
use shared::id::GatewayConnectionId;

use super::store::Row;
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{db::TenantTx, error::Result, state::AppState};

fn fields(row: &Row) -> Value {
    json!({
        "type": row.gateway.as_str(), "programId": row.program.to_string(), "status": row.status,
        "environment": row.environment, "account": row.account, "credentials": row.hints,
    })
}

/// Records the connection before and after a change; one of the two is missing where it is new or deleted.
pub(super) async fn record(
    tx: &mut TenantTx,
    state: &AppState,
    actor: &Actor,
    action: &'static str,
    (id, before, after): (GatewayConnectionId, Option<&Row>, Option<&Row>),
) -> Result<()> {
    let entry = Entry { action, target: id.to_string(), before: before.map(fields), after: after.map(fields) };
    audit::record(tx, actor, state.clock.now(), entry).await
}
