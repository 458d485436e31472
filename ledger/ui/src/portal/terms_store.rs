//! SQL of the terms that an affiliate has to accept.

use shared::id::AffiliateId;

use kit::db::TenantTx;
use recruiting::program_page::terms::Terms;

/// Loads the latest terms, with the program's slug: of the program that the affiliate applied to, or else of their
/// first link's program.
pub async fn of(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Option<(String, Terms)>, sqlx::Error> {
    let row = sqlx::query!(
        "select g.slug, t.version, t.body, t.since from program_terms t
         join programs g on g.organization_id = t.organization_id and g.id = t.program_id
         where t.organization_id = $1 and t.program_id = coalesce(
             (select a.program_id from applications a where a.organization_id = $1 and a.affiliate_id = $2
              order by a.created_at limit 1),
             (select l.program_id from links l where l.organization_id = $1 and l.affiliate_id = $2
              order by l.created_at, l.id limit 1))
         order by t.version desc limit 1",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.slug, Terms { version: row.version, body: row.body, since: row.since })))
}
