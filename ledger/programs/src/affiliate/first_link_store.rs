//! SQL for the links that an applicant gets on approval.

use shared::id::{AffiliateId, ProgramId};

use crate::link::create::NewLink;
use kit::db::TenantTx;

/// The links that an applicant gets on approval: one for each program that they applied to, if it has a destination and
/// they have no link in it. The oldest application's comes first.
pub async fn first_links(tx: &mut TenantTx, affiliate_id: AffiliateId) -> Result<Vec<NewLink>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select g.id, g.destination as "destination!" from applications a
           join programs g on g.organization_id = a.organization_id and g.id = a.program_id and g.archived_at is null
           where a.organization_id = $1 and a.affiliate_id = $2 and g.destination is not null
             and not exists (select from links l where l.organization_id = $1 and l.affiliate_id = $2 and l.program_id = g.id)
             and exists (select from link_hosts h where h.organization_id = $1 and h.verified_at is not null)
           order by a.created_at, g.id"#,
        tx.organization().uuid(),
        affiliate_id.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let link = |program_id, destination| NewLink { program_id, affiliate_id, host: None, slug: None, destination };
    Ok(rows.into_iter().map(|row| link(row.id, row.destination)).collect())
}

/// A program's link for an affiliate who is admitted to it, if it has a destination and they have no link in it.
pub async fn of_program(
    tx: &mut TenantTx,
    affiliate_id: AffiliateId,
    program_id: ProgramId,
) -> Result<Option<NewLink>, sqlx::Error> {
    let destination = sqlx::query_scalar!(
        r#"select g.destination as "destination!" from programs g
           where g.organization_id = $1 and g.id = $2 and g.archived_at is null and g.destination is not null
             and not exists (select from links l where l.organization_id = $1 and l.affiliate_id = $3 and l.program_id = $2)
             and exists (select from link_hosts h where h.organization_id = $1 and h.verified_at is not null)"#,
        tx.organization().uuid(),
        program_id.uuid(),
        affiliate_id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(destination.map(|destination| NewLink { program_id, affiliate_id, host: None, slug: None, destination }))
}
