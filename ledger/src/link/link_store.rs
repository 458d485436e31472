//! SQL of making a link.

use shared::{
    id::{AffiliateId, LinkId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};

use crate::db::{TenantTx, at};

/// A link about to be made.
#[derive(Debug)]
pub struct NewRow {
    pub id: LinkId,
    pub program: ProgramId,
    pub affiliate: AffiliateId,
    pub host: String,
    pub slug: String,
    pub destination: String,
}

/// # Errors
/// Constraint `links_slug` where the host has the slug already.
pub async fn insert_link(
    tx: &mut TenantTx,
    organization: OrganizationId,
    row: &NewRow,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into links (organization_id, id, program_id, affiliate_id, host, slug, destination, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        organization.uuid(),
        row.id.uuid(),
        row.program.uuid(),
        row.affiliate.uuid(),
        row.host,
        row.slug,
        row.destination,
        at(now),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// # Errors
/// Of the database.
pub async fn has_program(
    tx: &mut TenantTx,
    organization: OrganizationId,
    program: ProgramId,
) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select id from programs where organization_id = $1 and id = $2",
        organization.uuid(),
        program.uuid(),
    );
    Ok(found.fetch_optional(tx.conn()).await?.is_some())
}

/// `None` where there is no such program.
///
/// # Errors
/// Of the database.
pub async fn program_is_archived(
    tx: &mut TenantTx,
    organization: OrganizationId,
    program: ProgramId,
) -> Result<Option<bool>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select archived_at is not null as "archived!" from programs where organization_id = $1 and id = $2"#,
        organization.uuid(),
        program.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// # Errors
/// Of the database.
pub async fn update_link(
    tx: &mut TenantTx,
    organization: OrganizationId,
    link: LinkId,
    destination: Option<&str>,
    disabled_at: Option<Timestamp>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update links set destination = coalesce($3, destination), disabled_at = $4 where organization_id = $1 and id = $2",
        organization.uuid(),
        link.uuid(),
        destination,
        disabled_at.map(at),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

#[derive(Debug)]
pub struct KnownAffiliate {
    pub slug: String,
    pub status: String,
}

/// # Errors
/// Of the database.
pub async fn affiliate(
    tx: &mut TenantTx,
    organization: OrganizationId,
    affiliate: AffiliateId,
) -> Result<Option<KnownAffiliate>, sqlx::Error> {
    sqlx::query_as!(
        KnownAffiliate,
        "select slug, status from affiliates where organization_id = $1 and id = $2",
        organization.uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// The named host if it is the organization's; without a name its first one.
///
/// # Errors
/// Of the database.
pub async fn link_host(
    tx: &mut TenantTx,
    organization: OrganizationId,
    host: Option<&str>,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select host from link_hosts where organization_id = $1 and ($2::text is null or host = $2)
         order by created_at, host limit 1",
        organization.uuid(),
        host,
    )
    .fetch_optional(tx.conn())
    .await
}

/// The affiliate's own slug where the host has no such link yet, else the slug with a suffix.
///
/// # Errors
/// Of the database.
pub async fn free_slug(
    tx: &mut TenantTx,
    organization: OrganizationId,
    host: &str,
    slug: &str,
    suffix: &str,
) -> Result<String, sqlx::Error> {
    let taken = sqlx::query_scalar!(
        "select id from links where organization_id = $1 and host = $2 and lower(slug) = lower($3)",
        organization.uuid(),
        host,
        slug,
    )
    .fetch_optional(tx.conn())
    .await?
    .is_some();
    let base = slug.get(..slug.len().min(59)).unwrap_or(slug);
    Ok(if taken { format!("{base}-{suffix}") } else { slug.to_owned() })
}

/// Two requests for the same slug on different hosts: one waits for the other.
///
/// # Errors
/// Of the database.
pub async fn lock_slug(tx: &mut TenantTx, organization: OrganizationId, slug: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($1::text || '/' || lower($2), 0))",
        organization.to_string(),
        slug,
    )
    .fetch_one(tx.conn())
    .await
    .map(drop)
}

/// # Errors
/// Of the database.
pub async fn is_slug_of_another(
    tx: &mut TenantTx,
    organization: OrganizationId,
    slug: &str,
    affiliate: AffiliateId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from links
                          where organization_id = $1 and lower(slug) = lower($2) and affiliate_id <> $3)
               or exists (select from affiliates
                          where organization_id = $1 and lower(slug) = lower($2) and id <> $3) as "taken!""#,
        organization.uuid(),
        slug,
        affiliate.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}
