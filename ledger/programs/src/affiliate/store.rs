//! SQL for affiliates.

use shared::{
    id::{AffiliateId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::{
    api::view::Affiliate,
    compiled_once,
    db::{TenantTx, plan_store},
};
use rules::customer::mailbox::email_key;

/// An affiliate about to be created.
#[derive(Debug)]
pub struct NewAffiliate {
    pub id: AffiliateId,
    pub slug: String,
    /// In lower case.
    pub email: String,
    pub name: String,
    pub status: &'static str,
    pub application: Option<serde_json::Value>,
    pub notes: Option<String>,
    /// When they joined on the platform that they are imported from.
    pub joined_at: Option<Timestamp>,
}

/// Filters of the list.
#[derive(Debug, Default)]
pub struct Filter {
    pub id: Option<AffiliateId>,
    pub status: Option<&'static str>,
    pub slug: Option<String>,
    pub email: Option<String>,
    pub email_confirmed: Option<bool>,
    pub segment: Option<String>,
    /// Has a link of this program.
    pub program: Option<ProgramId>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub after: Option<Uuid>,
    pub oldest: bool,
    pub limit: i64,
}

impl Filter {
    pub fn one(id: AffiliateId) -> Self {
        Self { id: Some(id), limit: 1, ..Self::default() }
    }
}

/// Finds an affiliate by an email in lower case.
pub async fn with_email(tx: &mut TenantTx, email: &str, now: Timestamp) -> Result<Option<Affiliate>, sqlx::Error> {
    let filter = Filter { email: Some(email.to_owned()), limit: 1, ..Filter::default() };
    Ok(list(tx, &filter, now).await?.pop())
}

/// Finds someone who was banned or rejected, and whose address leads to this mailbox ([`email_key`]) in any spelling.
/// Returns that address.
///
/// However a provider interprets an address, it contains the mailbox's name. The database searches only for that name.
pub async fn refused_email(tx: &mut TenantTx, mailbox: &str) -> Result<Option<String>, sqlx::Error> {
    email_of(tx, mailbox, &["Banned", "Rejected"]).await
}

/// As [`refused_email`], but only finds someone who was banned.
pub async fn banned_email(tx: &mut TenantTx, mailbox: &str) -> Result<Option<String>, sqlx::Error> {
    email_of(tx, mailbox, &["Banned"]).await
}

async fn email_of(tx: &mut TenantTx, mailbox: &str, statuses: &[&str]) -> Result<Option<String>, sqlx::Error> {
    let name = mailbox.split('@').next().unwrap_or(mailbox).replace(['.', '-', '_'], "");
    let found = sqlx::query_scalar!(
        "select email from affiliates
         where organization_id = $1 and status = any ($3)
           and strpos(translate(email, '.-_', ''), $2) > 0
         order by id",
        tx.organization().uuid(),
        name,
        &statuses.iter().map(|status| (*status).to_owned()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(found.into_iter().find(|email| email_key(email) == mailbox))
}

/// Lists affiliates with their segments at `now`.
#[compiled_once]
pub async fn list(tx: &mut TenantTx, filter: &Filter, now: Timestamp) -> Result<Vec<Affiliate>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let rows = sqlx::query!(
        r#"select a.id, a.slug, a.email, a.name, a.status, t.reason as "reason?", s.segment as "segment?", a.application,
                  a.notes, a.created_at, coalesce(a.joined_at, a.created_at) as "joined_at!",
                  a.proved_at is not null as "email_confirmed!"
           from affiliates a
           left join lateral (
               select segment from affiliate_segments s
               where s.organization_id = $1 and s.affiliate_id = a.id and s.effective_at <= $7
               order by s.effective_at desc limit 1) s on true
           left join lateral (
               select reason from affiliate_statuses t
               where t.organization_id = $1 and t.affiliate_id = a.id
               order by t.effective_at desc limit 1) t on true
           where a.organization_id = $1 and ($2::uuid is null or a.id = $2) and ($3::text is null or a.status = $3)
             and ($4::text is null or a.slug_key = lower($4)) and ($8::text is null or a.email = lower($8))
             and ($9::text is null or s.segment = $9)
             and ($10::uuid is null or exists (select from links l where l.organization_id = $1
                                               and l.affiliate_id = a.id and l.program_id = $10))
             and ($11::timestamptz is null or a.created_at >= $11) and ($12::timestamptz is null or a.created_at < $12)
             and ($14::boolean is null or $14 = (a.proved_at is not null))
             and ($5::uuid is null or (not $13 and a.id < $5) or ($13 and a.id > $5))
           order by case when $13 then a.id end, case when not $13::boolean then a.id end desc limit $6"#,
        tx.organization().uuid(),
        filter.id.map(AffiliateId::uuid),
        filter.status,
        filter.slug,
        filter.after,
        filter.limit,
        now,
        filter.email,
        filter.segment,
        filter.program.map(ProgramId::uuid),
        filter.from,
        filter.to,
        filter.oldest,
        filter.email_confirmed,
    )
    .fetch_all(tx.conn())
    .await?;
    let view = rows.into_iter().map(|row| Affiliate {
        id: AffiliateId::new(row.id),
        slug: row.slug,
        email: row.email,
        email_confirmed: row.email_confirmed,
        name: row.name,
        status: row.status,
        status_reason: row.reason,
        segment: row.segment,
        application: row.application,
        notes: row.notes,
        created_at: row.created_at,
        joined_at: row.joined_at,
    });
    Ok(view.collect())
}

/// Creates affiliates. For one that isn't approved from the beginning, also stores that status.
///
/// # Errors
/// Constraint `affiliates_organization_id_email_key` if another affiliate has the email.
pub async fn insert(tx: &mut TenantTx, affiliates: &[&NewAffiliate], now: Timestamp) -> Result<(), sqlx::Error> {
    let texts = |of: fn(&NewAffiliate) -> &str| affiliates.iter().map(|new| of(new).to_owned()).collect::<Vec<_>>();
    sqlx::query!(
        "with made as (
             insert into affiliates (organization_id, id, slug, email, name, status, application, notes, joined_at, created_at)
             select $1, n.*, $9 from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::text[],
                                            $11::timestamptz[]) n
             returning id, status)
         insert into affiliate_statuses (organization_id, affiliate_id, effective_at, status, created_at)
         select $1, id, $10, status, $9 from made where status <> 'Approved'
         returning 1 as one",
        tx.organization().uuid(),
        &affiliates.iter().map(|new| new.id.uuid()).collect::<Vec<_>>(),
        &texts(|new| &new.slug),
        &texts(|new| &new.email),
        &texts(|new| &new.name),
        &texts(|new| new.status),
        &affiliates.iter().map(|new| new.application.clone()).collect::<Vec<_>>() as &[Option<serde_json::Value>],
        &affiliates.iter().map(|new| new.notes.clone()).collect::<Vec<_>>() as &[Option<String>],
        now,
        Timestamp::EPOCH,
        &affiliates.iter().map(|new| new.joined_at).collect::<Vec<_>>() as &[Option<Timestamp>],
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}

/// A status with its effective time and reason.
#[derive(Debug, Clone, Copy)]
pub struct StatusChange<'a> {
    pub status: &'a str,
    pub reason: Option<&'a str>,
    pub effective_at: Timestamp,
}

async fn insert_status(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    change: StatusChange<'_>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into affiliate_statuses (organization_id, affiliate_id, effective_at, status, reason, created_at)
         values ($1, $2, $3, $4, $5, $6)",
        tx.organization().uuid(),
        affiliate.uuid(),
        change.effective_at,
        change.status,
        change.reason,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Sets the status from a date on. The first change also stores that the affiliate was approved until then.
pub async fn change_status(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    change: StatusChange<'_>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let known = last_change(tx, affiliate, "status").await?;
    if known.is_none() {
        let always = StatusChange { status: "Approved", reason: None, effective_at: Timestamp::EPOCH };
        insert_status(tx, affiliate, always, now).await?;
    }
    insert_status(tx, affiliate, change, now).await?;
    sqlx::query!(
        "update affiliates set status = $3 where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        affiliate.uuid(),
        change.status,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Whether the affiliate's status changed to or from Approved before. Someone who has always been approved has no changes.
pub async fn was_approved(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from affiliate_statuses
                          where organization_id = $1 and affiliate_id = $2 and status = 'Approved') as "was_approved!""#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// When the affiliate's `status` or `email` changed last.
pub async fn last_change(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    what: &str,
) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query_scalar!(
        "select case when $3 = 'status'
                then (select max(effective_at) from affiliate_statuses where organization_id = $1 and affiliate_id = $2)
                else (select max(effective_at) from affiliate_emails where organization_id = $1 and affiliate_id = $2)
                end",
        tx.organization().uuid(),
        affiliate.uuid(),
        what,
    )
    .fetch_one(tx.conn())
    .await
}

/// A given value replaces the current one.
#[derive(Debug, Default)]
pub struct Changes {
    pub name: Option<String>,
    pub email: Option<String>,
    pub slug: Option<String>,
    pub notes: Option<Option<String>>,
    pub application: Option<Option<serde_json::Value>>,
}

/// # Errors
/// Constraint `affiliates_organization_id_email_key` if another affiliate has the email.
pub async fn update(tx: &mut TenantTx, affiliate: AffiliateId, changes: &Changes) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update affiliates
         set name = coalesce($3, name), email = coalesce($4, email), slug = coalesce($5, slug),
             notes = case when $6 then $7 else notes end, application = case when $8 then $9 else application end
         where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        affiliate.uuid(),
        changes.name,
        changes.email,
        changes.slug,
        changes.notes.is_some(),
        changes.notes.as_ref().and_then(Option::as_deref),
        changes.application.is_some(),
        changes.application.as_ref().and_then(Option::as_ref),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Stores the email's normalized key from a date on.
pub async fn insert_email(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    email_key: &str,
    effective_at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into affiliate_emails (organization_id, affiliate_id, effective_at, email_key) values ($1, $2, $3, $4)",
        tx.organization().uuid(),
        affiliate.uuid(),
        effective_at,
        email_key,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Host and path of the affiliate's active links, oldest first; at most twenty.
pub async fn link_places(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select l.host || '/' || l.slug as "place!" from links l
           join programs p on p.organization_id = l.organization_id and p.id = l.program_id
           where l.organization_id = $1 and l.affiliate_id = $2 and l.disabled_at is null and p.archived_at is null
           order by l.id limit 20"#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_all(tx.conn())
    .await
}

/// Those of the given emails, in lower case, that belong to affiliates.
pub async fn known_addresses(tx: &mut TenantTx, emails: &[String]) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select email from affiliates where organization_id = $1 and email = any ($2)",
        tx.organization().uuid(),
        emails,
    )
    .fetch_all(tx.conn())
    .await
}
