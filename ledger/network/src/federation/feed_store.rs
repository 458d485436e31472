//! SQL of our own feed. Triggers write `network_feed` with every change of a listing; the policy `public` shows what is
//! listed, so a program without a visible listing is one that is gone.

use kit::db::GlobalTx;
use shared::id::ProgramId;
use sqlx::types::Json;

use super::feed::Listing;

#[derive(Debug)]
pub(super) struct Row {
    pub program: ProgramId,
    pub version: i64,
    /// Its `page` is only the last part of the address.
    pub listing: Option<Json<Listing>>,
}

/// Returns what changed after a version, in the order of the changes.
pub(super) async fn after(tx: &mut GlobalTx, version: i64, limit: i64) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select f.program_id as program, f.version,
                  case when t.id is not null then jsonb_build_object(
                      'brand', l.brand, 'title', l.title, 'summary', l.summary, 'description', l.description,
                      'site', l.site, 'page', l.handle, 'pays', l.pays, 'windowDays', l.window_days,
                      'holdDays', l.hold_days, 'payoutRhythm', l.payout_rhythm, 'currency', l.currency,
                      'topics', l.topics, 'formats', l.formats, 'countries', l.countries, 'languages', l.languages,
                      'channelKinds', l.channel_kinds, 'audienceMin', l.audience_min, 'whoFor', l.who_for,
                      'forbidden', l.forbidden) end as "listing: Json<Listing>"
           from network_feed f
           left join network_listings l on l.program_id = f.program_id and l.status = 'Listed'
           left join tenants t on t.id = l.organization_id and t.closed_at is null
           where f.version > $1 order by f.version limit $2"#,
        version,
        limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// The highest version there is.
pub(super) async fn newest(tx: &mut GlobalTx) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select coalesce(max(version), 0) as "newest!" from network_feed"#).fetch_one(tx.conn()).await
}
