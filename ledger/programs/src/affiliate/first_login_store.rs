//! SQL for verified emails, for applications that wait for a first login, and for what ends when an email changes.

use shared::{id::AffiliateId, timestamp::Timestamp};

use kit::db::TenantTx;

/// Locks the affiliate and records that the email is theirs; returns false if they have another one.
pub(super) async fn prove(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    address: Option<&str>,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update affiliates set proved_at = case when $3::text is null then proved_at else coalesce(proved_at, $4) end
         where organization_id = $1 and id = $2 and ($3::text is null or email = $3)",
        tx.organization().uuid(),
        affiliate.uuid(),
        address,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether the affiliate hasn't accepted their invitation yet.
pub(super) async fn is_invited(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from affiliates
                          where organization_id = $1 and id = $2 and status = 'Invited') as "exists!""#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Whether the affiliate is an applicant whom the confirmation of their email address approves.
pub(super) async fn is_awaited(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from affiliates a
                          join applications p on p.organization_id = a.organization_id and p.affiliate_id = a.id
                          where a.organization_id = $1 and a.id = $2 and a.status = 'Pending'
                            and p.awaits_entry) as "exists!""#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Marks the email as unverified after a change.
pub(super) async fn unprove(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update affiliates set proved_at = null where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// How an affiliate's email became known.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known {
    /// They signed in by an email to it.
    pub proved: bool,
    /// They entered it themselves, on a program page.
    pub applied: bool,
}

pub(super) async fn known(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Known, sqlx::Error> {
    let found = sqlx::query_as!(
        Known,
        r#"select proved_at is not null as "proved!",
                  exists (select from applications p
                          where p.organization_id = $1 and p.affiliate_id = a.id) as "applied!"
           from affiliates a where organization_id = $1 and id = $2"#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.unwrap_or_default())
}

/// An application that waits for the confirmation of the applicant's email address: their first login.
#[derive(Debug)]
pub(super) struct Awaited {
    pub program: String,
    pub program_slug: String,
    /// The version that they accepted.
    pub terms: Option<i32>,
    pub applied_at: Timestamp,
}

/// Returns an affiliate's waiting applications and marks them as no longer waiting.
pub(super) async fn take_awaiting(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Vec<Awaited>, sqlx::Error> {
    let rows = sqlx::query!(
        "update applications a set awaits_entry = false from programs p
         where a.organization_id = $1 and a.affiliate_id = $2 and a.awaits_entry
           and p.organization_id = a.organization_id and p.id = a.program_id
         returning p.name, p.slug, a.terms_version, a.created_at",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let awaited = rows.into_iter().map(|row| Awaited {
        program: row.name,
        program_slug: row.slug,
        terms: row.terms_version,
        applied_at: row.created_at,
    });
    Ok(awaited.collect())
}

/// Deletes unused sign-in links. This runs before the email changes: a login locks its link first, then the affiliate's
/// row.
pub(super) async fn end_links(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from affiliate_links where organization_id = $1 and affiliate_id = $2 and used_at is null",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub(super) async fn end_sessions(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from affiliate_sessions where organization_id = $1 and affiliate_id = $2",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
