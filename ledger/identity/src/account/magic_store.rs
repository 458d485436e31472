//! SQL of affiliates' sign-in links and sessions.

use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};

use uuid::Uuid;

use super::tenant_token::TenantToken;
use kit::{
    db::{GlobalTx, TenantTx, TenantsTx},
    text::Language,
};

/// Stores a link that is emailed to the affiliate. The link keeps the address it was sent to, so that using it verifies
/// that very address. Returns false if the affiliate's address has changed.
pub async fn insert_link(
    tx: &mut TenantsTx,
    token: &TenantToken,
    (affiliate, recipient): (AffiliateId, &str),
    now: Timestamp,
    expires: Timestamp,
) -> Result<bool, sqlx::Error> {
    let made = sqlx::query!(
        "insert into affiliate_links (organization_id, token_hash, affiliate_id, created_at, expires_at, email)
         select organization_id, $2, id, $4, $5, email from affiliates
         where organization_id = $1 and id = $3 and email = $6 for share
         returning 1 as one",
        token.organization.uuid(),
        &token.hash[..],
        affiliate.uuid(),
        now,
        expires,
        recipient,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(made.is_some())
}

/// An affiliate as the portal identifies them.
#[derive(Debug)]
pub struct Known {
    pub id: AffiliateId,
    pub name: String,
    pub email: String,
    pub organization_name: String,
    /// The language that they chose.
    pub language: Option<Language>,
}

/// Finds the affiliate that a link is for. With `usable`, only a link that is neither used nor expired; otherwise any
/// link, so that a person with an old one can have a new one sent to the affiliate's own address. Only approved
/// affiliates may sign in, or those whom it approves: invited ones, and applicants who confirm their email address by
/// it; and only while their brand isn't closed.
pub async fn holder_of_link(
    tx: &mut TenantTx,
    token: &TenantToken,
    usable: bool,
    now: Timestamp,
) -> Result<Option<Known>, sqlx::Error> {
    let row = sqlx::query!(
        "select a.id, a.name, a.email, a.language, o.name as organization_name
         from affiliate_links l
         join affiliates a on a.organization_id = l.organization_id and a.id = l.affiliate_id
         join organizations o on o.organization_id = l.organization_id
         join tenants t on t.id = l.organization_id and t.closed_at is null
         where l.organization_id = $1 and l.token_hash = $2
           and (a.status in ('Invited', 'Approved') or a.status = 'Pending' and exists (
               select from applications p
               where p.organization_id = $1 and p.affiliate_id = a.id and p.awaits_entry))
           and (not $3 or (l.used_at is null and l.expires_at > $4))",
        token.organization.uuid(),
        &token.hash[..],
        usable,
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Known {
        id: AffiliateId::new(row.id),
        name: row.name,
        email: row.email,
        organization_name: row.organization_name,
        language: row.language.as_deref().and_then(Language::parse),
    }))
}

/// Uses up the link and returns the address that it was emailed to; `None` if it was used, has expired, or its
/// affiliate may not sign in.
pub async fn use_link(
    tx: &mut TenantTx,
    token: &TenantToken,
    now: Timestamp,
) -> Result<Option<(AffiliateId, Option<String>)>, sqlx::Error> {
    let used = sqlx::query!(
        "update affiliate_links l set used_at = $3
         from affiliates a
         where l.organization_id = $1 and l.token_hash = $2 and l.used_at is null and l.expires_at > $3
           and a.organization_id = l.organization_id and a.id = l.affiliate_id
           and (a.status in ('Invited', 'Approved') or a.status = 'Pending' and exists (
               select from applications p
               where p.organization_id = $1 and p.affiliate_id = a.id and p.awaits_entry))
           and exists (select from tenants t where t.id = l.organization_id and t.closed_at is null)
         returning l.affiliate_id, l.email",
        token.organization.uuid(),
        &token.hash[..],
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(used.map(|row| (row.affiliate_id, row.email)))
}

/// A session to create.
#[derive(Debug)]
pub struct NewSession<'a> {
    pub affiliate: AffiliateId,
    pub now: Timestamp,
    pub expires: Timestamp,
    /// The email that the affiliate has verified.
    pub email: Option<&'a str>,
    /// Other organizations that have an affiliate with this email.
    pub elsewhere: &'a [Uuid],
}

pub async fn insert_session(
    tx: &mut TenantTx,
    token: &TenantToken,
    session: &NewSession<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into affiliate_sessions (organization_id, token_hash, affiliate_id, created_at, expires_at, email, elsewhere)
         values ($1, $2, $3, $4, $5, $6, $7)",
        token.organization.uuid(),
        &token.hash[..],
        session.affiliate.uuid(),
        session.now,
        session.expires,
        session.email,
        session.elsewhere,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn set_elsewhere(tx: &mut TenantTx, token: &TenantToken, elsewhere: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update affiliate_sessions set elsewhere = $3 where organization_id = $1 and token_hash = $2",
        token.organization.uuid(),
        &token.hash[..],
        elsewhere,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// A session that hasn't expired.
#[derive(Debug)]
pub struct Open {
    pub known: Known,
    /// The brand's color.
    pub color: Option<String>,
    /// Where the brand wants affiliates' replies.
    pub contact_email: Option<String>,
    /// When the brand chose its logo, if it has one.
    pub logo_at: Option<Timestamp>,
    /// The URL of the logo of its oldest published program page, with the picture's version.
    pub logo: Option<String>,
    pub time_zone: String,
    pub expires_at: Timestamp,
    pub proved: Option<String>,
    pub elsewhere: Vec<Uuid>,
}

/// Finds the session's affiliate, if the session hasn't expired and the affiliate is still approved.
pub async fn find_session(tx: &mut TenantTx, token: &TenantToken, now: Timestamp) -> Result<Option<Open>, sqlx::Error> {
    let row = sqlx::query!(
        "select a.id, a.name, a.email, a.language, o.name as organization_name, o.brand_color, o.time_zone, s.expires_at,
                s.email as proved, s.elsewhere, o.contact_email,
                (select updated_at from organization_logos where organization_id = $1) as logo_at,
                (select '/p/' || p.handle || '/logo?v=' || floor(extract(epoch from l.updated_at) * 1000)::bigint
                 from program_logos l join program_pages p using (organization_id, program_id)
                 where l.organization_id = $1 and p.published_at is not null
                 order by p.created_at, p.program_id limit 1) as logo
         from affiliate_sessions s
         join affiliates a on a.organization_id = s.organization_id and a.id = s.affiliate_id
         join organizations o on o.organization_id = s.organization_id
         join tenants t on t.id = s.organization_id and t.closed_at is null
         where s.organization_id = $1 and s.token_hash = $2 and s.expires_at > $3 and a.status = 'Approved'",
        token.organization.uuid(),
        &token.hash[..],
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Open {
        known: Known {
            id: AffiliateId::new(row.id),
            name: row.name,
            email: row.email,
            organization_name: row.organization_name,
            language: row.language.as_deref().and_then(Language::parse),
        },
        color: row.brand_color,
        contact_email: row.contact_email,
        logo_at: row.logo_at,
        logo: row.logo,
        time_zone: row.time_zone,
        expires_at: row.expires_at,
        proved: row.proved,
        elsewhere: row.elsewhere,
    }))
}

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

/// Returns the organizations that have an approved affiliate with the email whose hash the transaction's holder names.
pub async fn with_address(tx: &mut GlobalTx, hash: &[u8; 32], limit: i64) -> Result<Vec<OrganizationId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select d.organization_id from affiliate_addresses d
         join tenants t on t.id = d.organization_id and t.closed_at is null
         where d.address_hash = $1 order by 1 limit $2",
        &hash[..],
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(OrganizationId::new).collect())
}

/// Returns the approved affiliates with that email in the transaction's organizations.
pub async fn approved_with(
    tx: &mut TenantsTx,
    email: &str,
    limit: i64,
) -> Result<Vec<(OrganizationId, Known)>, sqlx::Error> {
    let organizations = tx.tenant_ids();
    let rows = sqlx::query!(
        "select a.organization_id, a.id, a.name, a.email, a.language, o.name as organization_name
         from affiliates a join organizations o using (organization_id)
         join tenants t on t.id = a.organization_id and t.closed_at is null
         where a.organization_id = any ($3) and a.email = $1 and a.status = 'Approved'
         order by a.organization_id limit $2",
        email,
        limit,
        &organizations,
    )
    .fetch_all(tx.conn())
    .await?;
    let known = rows.into_iter().map(|row| {
        let affiliate = Known {
            id: AffiliateId::new(row.id),
            name: row.name,
            email: row.email,
            organization_name: row.organization_name,
            language: row.language.as_deref().and_then(Language::parse),
        };
        (row.organization_id, affiliate)
    });
    Ok(known.collect())
}

pub async fn forget_old(tx: &mut TenantsTx, now: Timestamp) -> Result<(), sqlx::Error> {
    let organizations = tx.tenant_ids();
    // For a month after it expires, an old link can still be exchanged for a new one.
    sqlx::query!(
        "delete from affiliate_links
         where organization_id = any ($1) and expires_at < $2::timestamptz - interval '30 days'",
        &organizations,
        now,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "delete from affiliate_sessions where organization_id = any ($1) and expires_at <= $2",
        &organizations,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
