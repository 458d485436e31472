//! What the audit log is told of a connection: what people may see of it, and no credential.

use serde_json::{Value, json};

use super::store::Row;

/// The fields that people change, and those that say why it stands still.
pub(super) fn fields(row: &Row) -> Value {
    json!({
        "type": row.vendor, "status": row.status, "reason": row.paused_reason, "account": row.account,
        "credentials": row.settings, "list": row.list, "tags": row.tags, "segmentTag": row.segment_tag,
        "events": row.events,
    })
}
