//! What a backup contains.

use kit::db::TenantTx;
use shared::timestamp::Timestamp;

/// What there is of one organization.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contents {
    pub(super) events: u64,
    /// When the newest event was booked.
    pub(super) newest: Option<Timestamp>,
    /// Whether the organization's own row is there, which row-level security hides like all others.
    pub(super) is_complete: bool,
}

pub(super) async fn contents(tx: &mut TenantTx) -> Result<Contents, sqlx::Error> {
    let row = sqlx::query!(
        r#"select (select count(*) from events where organization_id = $1) as "events!",
                  (select max(booked_at) from events where organization_id = $1) as "newest?",
                  exists (select from organizations where organization_id = $1) as "is_complete!""#,
        tx.organization().uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(Contents { events: row.events.unsigned_abs(), newest: row.newest, is_complete: row.is_complete })
}
