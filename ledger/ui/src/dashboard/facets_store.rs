//! SQL of what filters name: the affiliates of a segment, and a link.

use shared::{
    id::{AffiliateId, LinkId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::TenantTx;

/// Affiliates who are in a segment at a time.
pub(super) async fn members(tx: &mut TenantTx, segment: &str, at: Timestamp) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select affiliate_id from (
               select distinct on (affiliate_id) affiliate_id, segment from affiliate_segments
               where organization_id = $1 and effective_at <= $2 order by affiliate_id, effective_at desc) latest
           where segment = $3"#,
        tx.organization().uuid(),
        at,
        segment,
    )
    .fetch_all(tx.conn())
    .await
}

/// A link by its id, or by its name, with or without its host.
pub(super) async fn link(
    tx: &mut TenantTx,
    host: Option<&str>,
    name: &str,
) -> Result<Option<(LinkId, AffiliateId)>, sqlx::Error> {
    let found = sqlx::query!(
        "select id, affiliate_id from links
         where organization_id = $1 and (id = $2 or slug_key = $3) and ($4::text is null or host = $4)
         order by id = $2 desc nulls last, id limit 1",
        tx.organization().uuid(),
        name.parse::<LinkId>().ok().map(LinkId::uuid),
        name.to_lowercase(),
        host,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(|row| (row.id, AffiliateId::new(row.affiliate_id))))
}
