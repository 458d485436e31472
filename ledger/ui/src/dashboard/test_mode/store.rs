//! SQL of test mode: what it holds, and whose sale a test sale is.

use shared::{
    id::{OrganizationId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::{
    TenantTx,
    names_store::{self, Name},
};

pub(super) async fn has_program(tx: &mut TenantTx) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from programs where organization_id = $1) as "any!""#,
        tx.organization().uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Takes the proof of all hosts from an organization that the transaction reaches, but those of sample data, which can't
/// exist. Returns each with its default destination.
pub(super) async fn give_up_hosts(
    tx: &mut TenantTx,
    old: OrganizationId,
) -> Result<Vec<(String, Option<String>)>, sqlx::Error> {
    let rows = sqlx::query!(
        "update link_hosts set verified_at = null
         where organization_id = $1 and verified_at is not null and host not like '%.invalid'
         returning host, default_destination",
        old.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    for row in &rows {
        names_store::release(tx, old, Name::Host(&row.host)).await?;
    }
    Ok(rows.into_iter().map(|row| (row.host, row.default_destination)).collect())
}

/// Dates sample affiliates and their links back.
pub(super) async fn joined(tx: &mut TenantTx, affiliates: &[Uuid], at: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with aged as (
             update affiliates set created_at = $3 where organization_id = $1 and id = any ($2))
         update links set created_at = $3 where organization_id = $1 and affiliate_id = any ($2)",
        tx.organization().uuid(),
        affiliates,
        at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The program that a test sale is for, and the slug of the affiliate whom it credits.
#[derive(Debug)]
pub(super) struct Seller {
    pub(super) program: ProgramId,
    pub(super) slug: Option<String>,
}

/// Returns the given program or the oldest one in use, with its oldest approved affiliate; one with a link in the
/// program comes first.
pub(super) async fn seller(tx: &mut TenantTx, program: Option<ProgramId>) -> Result<Option<Seller>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select p.id,
                  (select a.slug from affiliates a
                   where a.organization_id = $1 and a.status = 'Approved' and a.erased_at is null
                   order by exists (select from links l
                                    where l.organization_id = $1 and l.affiliate_id = a.id
                                      and l.program_id = p.id) desc, a.id limit 1) as slug
           from programs p
           where p.organization_id = $1 and p.archived_at is null and ($2::uuid is null or p.id = $2)
           order by p.id limit 1"#,
        tx.organization().uuid(),
        program.map(ProgramId::uuid),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Seller { program: row.id, slug: row.slug }))
}
