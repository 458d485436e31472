//! The fields of a connection for the audit log: what people may see, and no key.

use serde_json::{Value, json};

use super::store::Row;

pub(super) fn fields(row: &Row) -> Value {
    json!({
        "status": row.status, "reason": row.paused_reason, "stripeAccount": row.stripe_account,
        "accountName": row.account_name, "country": row.country, "currency": row.currency, "livemode": row.livemode,
        "apiKey": format!("\u{2026}{}", row.key_hint), "missing": row.missing().into_iter().map(payout_core::stripe::permission::Permission::title).collect::<Vec<_>>(),
        "webhookEndpoints": row.webhook_endpoints,
    })
}
