//! SQL of an affiliate's last change, and of what was before it.

use shared::{id::AffiliateId, timestamp::Timestamp};

use kit::db::TenantTx;

/// The last change of a status or segment.
#[derive(Debug)]
pub(super) struct Last {
    pub effective_at: Timestamp,
    pub value: Option<String>,
    /// The value before it.
    pub before: Option<String>,
    /// The reason of the value before it.
    pub reason: Option<String>,
}

/// `None` for someone whose status never changed.
pub(super) async fn status(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Option<Last>, sqlx::Error> {
    sqlx::query_as!(
        Last,
        r#"select effective_at, status as "value?", lead(status) over newest as "before?",
                  lead(reason) over newest as "reason?"
           from affiliate_statuses where organization_id = $1 and affiliate_id = $2
           window newest as (order by effective_at desc) order by effective_at desc limit 1"#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// The same for the segment, without what is planned for after `now`.
pub(super) async fn segment(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    now: Timestamp,
) -> Result<Option<Last>, sqlx::Error> {
    sqlx::query_as!(
        Last,
        r#"select effective_at, segment as "value?", lead(segment) over newest as "before?", null::text as "reason?"
           from affiliate_segments where organization_id = $1 and affiliate_id = $2 and effective_at <= $3
           window newest as (order by effective_at desc) order by effective_at desc limit 1"#,
        tx.organization().uuid(),
        affiliate.uuid(),
        now,
    )
    .fetch_optional(tx.conn())
    .await
}
