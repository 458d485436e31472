//! SQL of an affiliate's profile: their language, their email choices, the slug they may change once, and their sessions.

use sha2::{Digest, Sha256};
use shared::{
    id::{AffiliateId, LinkId, ProgramId},
    timestamp::Timestamp,
};

use kit::{
    db::{GlobalTx, Holder, TenantTx, TenantsTx},
    text::Language,
};

/// Returns the kinds of email that the affiliate has ever turned on or off.
pub async fn changed_kinds(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Vec<(String, bool)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select kind, enabled from affiliate_notifications where organization_id = $1 and affiliate_id = $2",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.kind, row.enabled)).collect())
}

pub async fn set_kind(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    (kind, requested): (&str, bool),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into affiliate_notifications (organization_id, affiliate_id, kind, enabled, changed_at)
         select organization_id, id, $3, $4, $5 from affiliates where organization_id = $1 and id = $2
         on conflict (organization_id, affiliate_id, kind) do update
         set enabled = excluded.enabled, changed_at = excluded.changed_at",
        tx.organization().uuid(),
        affiliate.uuid(),
        kind,
        requested,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Returns the language that the affiliate chose.
pub async fn language(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Option<Language>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select language from affiliates where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.flatten().as_deref().and_then(Language::parse))
}

pub async fn set_language(tx: &mut TenantTx, affiliate: AffiliateId, language: Language) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update affiliates set language = $3 where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        affiliate.uuid(),
        language.as_str(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Returns when the affiliate changed their slug, which they may do once.
pub async fn slug_changed_at(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Option<Timestamp>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select slug_changed_at from affiliates where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.flatten())
}

pub async fn slug_was_changed(tx: &mut TenantTx, affiliate: AffiliateId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update affiliates set slug_changed_at = $3 where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        affiliate.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// A link whose slug is, or begins with, the affiliate's slug.
#[derive(Debug)]
pub struct Named {
    pub id: LinkId,
    pub program: ProgramId,
    pub host: String,
    pub slug: String,
}

/// Returns the affiliate's links whose slug is `slug` itself, or begins with it and a hyphen.
pub async fn links_named(tx: &mut TenantTx, affiliate: AffiliateId, slug: &str) -> Result<Vec<Named>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, program_id, host, slug from links
         where organization_id = $1 and affiliate_id = $2
           and (slug_key = lower($3) or starts_with(slug_key, lower($3) || '-')) order by id",
        tx.organization().uuid(),
        affiliate.uuid(),
        slug,
    )
    .fetch_all(tx.conn())
    .await?;
    let named = rows.into_iter().map(|row| Named {
        id: row.id,
        program: ProgramId::new(row.program_id),
        host: row.host,
        slug: row.slug,
    });
    Ok(named.collect())
}

/// # Errors
/// Constraint `links_slug` if the host already has the slug.
pub async fn rename_link(tx: &mut TenantTx, link: LinkId, slug: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update links set slug = $3 where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        link.uuid(),
        slug,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes every session of the affiliates with that address, in all of the transaction's organizations, and their
/// unused sign-in links.
pub async fn sign_out(tx: &mut TenantsTx, address: &str) -> Result<(), sqlx::Error> {
    let tenants = tx.tenant_ids();
    // Deletes links first: a concurrent sign-in holds the lock on its link.
    sqlx::query!(
        "delete from affiliate_links l using affiliates a
         where l.organization_id = any ($1) and l.used_at is null and a.organization_id = l.organization_id
           and a.id = l.affiliate_id and a.email = $2",
        &tenants,
        address,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "delete from affiliate_sessions s using affiliates a
         where s.organization_id = any ($1) and a.organization_id = s.organization_id and a.id = s.affiliate_id
           and a.email = $2",
        &tenants,
        address,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes every session of the creator with that proved address, and their unused sign-in links. Each of their
/// sessions opens portals without another email.
pub async fn sign_out_creator(tx: &mut GlobalTx, address: &str) -> Result<(), sqlx::Error> {
    let hash: [u8; 32] = Sha256::digest(address).into();
    tx.also(Holder::AddressHash(&hash)).await?;
    let creator = sqlx::query_scalar!("select id from creators where address_hash = $1", &hash[..])
        .fetch_optional(tx.conn())
        .await?;
    let Some(creator) = creator else { return Ok(()) };
    tx.also(Holder::Creator(creator)).await?;
    sqlx::query!("delete from creator_links where email = $1 and used_at is null", address).execute(tx.conn()).await?;
    sqlx::query!("delete from creator_sessions where creator_id = $1", creator.uuid())
        .execute(tx.conn())
        .await
        .map(drop)
}
