//! SQL of affiliates' links and sessions.

use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};

use super::tenant_token::TenantToken;
use crate::db::{TenantTx, at};

/// # Errors
/// Of the database.
pub async fn insert_link(
    tx: &mut TenantTx,
    token: &TenantToken,
    affiliate: AffiliateId,
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into affiliate_links (organization_id, token_hash, affiliate_id, created_at, expires_at)
         values ($1, $2, $3, $4, $5)",
        token.organization.uuid(),
        &token.hash[..],
        affiliate.uuid(),
        at(now),
        at(expires),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// An affiliate as the portal greets them.
#[derive(Debug)]
pub struct Known {
    pub id: AffiliateId,
    pub name: String,
    pub email: String,
    pub organization_name: String,
}

/// Whom a link is for. With `usable`, only one that is neither used nor expired; else any, so that whoever holds an old
/// one can have a new one sent to the affiliate's own address. Only approved
/// affiliates come in, and only while their brand is there.
///
/// # Errors
/// Of the database.
pub async fn holder_of_link(
    tx: &mut TenantTx,
    token: &TenantToken,
    usable: bool,
    now: Timestamp,
) -> Result<Option<Known>, sqlx::Error> {
    let row = sqlx::query!(
        "select a.id, a.name, a.email, o.name as organization_name
         from affiliate_links l
         join affiliates a on a.organization_id = l.organization_id and a.id = l.affiliate_id
         join organizations o on o.organization_id = l.organization_id
         join tenants t on t.id = l.organization_id and t.closed_at is null
         where l.organization_id = $1 and l.token_hash = $2 and a.status = 'Approved'
           and (not $3 or (l.used_at is null and l.expires_at > $4))",
        token.organization.uuid(),
        &token.hash[..],
        usable,
        at(now),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Known {
        id: AffiliateId::new(row.id),
        name: row.name,
        email: row.email,
        organization_name: row.organization_name,
    }))
}

/// Uses the link up; `None` where it was used, has expired, or its affiliate may not come in.
///
/// # Errors
/// Of the database.
pub async fn use_link(
    tx: &mut TenantTx,
    token: &TenantToken,
    now: Timestamp,
) -> Result<Option<AffiliateId>, sqlx::Error> {
    let used = sqlx::query_scalar!(
        "update affiliate_links l set used_at = $3
         from affiliates a
         where l.organization_id = $1 and l.token_hash = $2 and l.used_at is null and l.expires_at > $3
           and a.organization_id = l.organization_id and a.id = l.affiliate_id and a.status = 'Approved'
           and exists (select from tenants t where t.id = l.organization_id and t.closed_at is null)
         returning l.affiliate_id",
        token.organization.uuid(),
        &token.hash[..],
        at(now),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(used.map(AffiliateId::new))
}

/// # Errors
/// Of the database.
pub async fn insert_session(
    tx: &mut TenantTx,
    token: &TenantToken,
    affiliate: AffiliateId,
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into affiliate_sessions (organization_id, token_hash, affiliate_id, created_at, expires_at)
         values ($1, $2, $3, $4, $5)",
        token.organization.uuid(),
        &token.hash[..],
        affiliate.uuid(),
        at(now),
        at(expires),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Whose session it is, if it lives and the affiliate is still one.
///
/// # Errors
/// Of the database.
pub async fn find_session(
    tx: &mut TenantTx,
    token: &TenantToken,
    now: Timestamp,
) -> Result<Option<Known>, sqlx::Error> {
    let row = sqlx::query!(
        "select a.id, a.name, a.email, o.name as organization_name
         from affiliate_sessions s
         join affiliates a on a.organization_id = s.organization_id and a.id = s.affiliate_id
         join organizations o on o.organization_id = s.organization_id
         join tenants t on t.id = s.organization_id and t.closed_at is null
         where s.organization_id = $1 and s.token_hash = $2 and s.expires_at > $3 and a.status = 'Approved'",
        token.organization.uuid(),
        &token.hash[..],
        at(now),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Known {
        id: AffiliateId::new(row.id),
        name: row.name,
        email: row.email,
        organization_name: row.organization_name,
    }))
}

/// # Errors
/// Of the database.
pub async fn delete_session(tx: &mut TenantTx, token: &TenantToken) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from affiliate_sessions where organization_id = $1 and token_hash = $2",
        token.organization.uuid(),
        &token.hash[..],
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Affiliates with that address, of the transaction's organizations.
///
/// # Errors
/// Of the database.
pub async fn approved_with(
    tx: &mut TenantTx,
    email: &str,
    limit: i64,
) -> Result<Vec<(OrganizationId, Known)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select a.organization_id, a.id, a.name, a.email, o.name as organization_name
         from affiliates a join organizations o using (organization_id)
         where a.email = $1 and a.status = 'Approved' order by a.organization_id limit $2",
        email,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let known = rows.into_iter().map(|row| {
        let affiliate = Known {
            id: AffiliateId::new(row.id),
            name: row.name,
            email: row.email,
            organization_name: row.organization_name,
        };
        (OrganizationId::new(row.organization_id), affiliate)
    });
    Ok(known.collect())
}

/// The affiliate's active links, by campaign: what they promote.
///
/// # Errors
/// Of the database.
pub async fn own_links(
    tx: &mut TenantTx,
    organization: OrganizationId,
    affiliate: AffiliateId,
) -> Result<Vec<(String, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select p.name, l.host, l.slug from links l
         join programs p on p.organization_id = l.organization_id and p.id = l.program_id
         where l.organization_id = $1 and l.affiliate_id = $2 order by p.name, l.id limit 100",
        organization.uuid(),
        affiliate.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.name, format!("{}/{}", row.host, row.slug))).collect())
}

/// # Errors
/// Of the database.
pub async fn forget_old(tx: &mut TenantTx, now: Timestamp) -> Result<(), sqlx::Error> {
    // An old link still earns a new one for a month.
    sqlx::query!("delete from affiliate_links where expires_at < $1::timestamptz - interval '30 days'", at(now))
        .execute(tx.conn())
        .await?;
    sqlx::query!("delete from affiliate_sessions where expires_at <= $1", at(now)).execute(tx.conn()).await.map(drop)
}
