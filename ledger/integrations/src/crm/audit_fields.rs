//! The fields of a connection that the audit log records: what people may see, and no credentials.

use serde_json::{Value, json};

use super::store::Row;

/// The fields that people change, and those that explain a pause.
pub(super) fn fields(row: &Row) -> Value {
    json!({
        "type": row.vendor, "status": row.status, "reason": row.paused_reason, "account": row.account,
        "credentials": row.settings, "list": row.list, "tags": row.tags, "segmentTag": row.segment_tag,
        "events": row.events,
    })
}
