//! SQL of the consent log.

use shared::{
    id::{AffiliateId, ConsentId, CustomerId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{Kind, Latest, Subject, view::Consent};
use kit::db::TenantTx;

/// A new decision to insert.
#[derive(Debug)]
pub struct New<'a> {
    pub id: ConsentId,
    pub subject: Subject,
    pub kind: Kind,
    pub version: Option<&'a str>,
    pub granted: bool,
    pub decided_at: Timestamp,
    pub evidence: Option<&'a str>,
    pub actor: &'a str,
}

/// Returns whether the organization has the affiliate.
pub async fn has_affiliate(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from affiliates where organization_id = $1 and id = $2) as "has!""#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

pub async fn insert(tx: &mut TenantTx, new: &New<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into consents (organization_id, id, affiliate_id, customer_id, kind, version, granted, decided_at, evidence,
                               actor, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        tx.organization().uuid(),
        new.id.uuid(),
        new.subject.affiliate().map(|id| id.uuid()),
        new.subject.customer().map(|id| id.uuid()),
        new.kind.name(),
        new.version,
        new.granted,
        new.decided_at,
        new.evidence,
        new.actor,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The subject's latest decision on a kind, by the time at which it was made.
pub async fn latest(tx: &mut TenantTx, subject: Subject, kind: Kind) -> Result<Option<Latest>, sqlx::Error> {
    sqlx::query_as!(
        Latest,
        "select granted, version, decided_at from consents
         where organization_id = $1 and kind = $4 and (affiliate_id = $2 or customer_id = $3)
         order by decided_at desc, id desc limit 1",
        tx.organization().uuid(),
        subject.affiliate().map(|id| id.uuid()),
        subject.customer().map(|id| id.uuid()),
        kind.name(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// Returns whether a customer with that address (see `customer::mailbox::email_key`) withdrew their consent to
/// marketing emails.
pub async fn has_opted_out(tx: &mut TenantTx, email_key: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (
               select from customer_emails e
               join lateral (select granted from consents c
                             where c.organization_id = $1 and c.customer_id = e.customer_id
                               and c.kind = 'marketing_email'
                             order by decided_at desc, id desc limit 1) last on true
               where e.organization_id = $1 and e.email_key = $2 and not last.granted) as "has!""#,
        tx.organization().uuid(),
        email_key,
    )
    .fetch_one(tx.conn())
    .await
}

/// The filters of the list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    pub id: Option<ConsentId>,
    pub affiliate: Option<AffiliateId>,
    pub customer: Option<CustomerId>,
    pub kind: Option<&'static str>,
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// Newest first.
pub async fn list(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<Consent>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, affiliate_id, customer_id, kind, version, granted, decided_at, evidence, actor, created_at from consents
         where organization_id = $1 and ($2::uuid is null or id = $2) and ($3::uuid is null or affiliate_id = $3)
           and ($4::uuid is null or customer_id = $4) and ($5::text is null or kind = $5)
           and ($6::uuid is null or id < $6)
         order by id desc limit $7",
        tx.organization().uuid(),
        filter.id.map(|id| id.uuid()),
        filter.affiliate.map(|id| id.uuid()),
        filter.customer.map(|id| id.uuid()),
        filter.kind,
        filter.after,
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Consent {
            id: row.id,
            affiliate_id: row.affiliate_id,
            customer_id: row.customer_id,
            kind: row.kind,
            version: row.version,
            granted: row.granted,
            at: row.decided_at,
            evidence: row.evidence,
            actor: row.actor,
            created_at: row.created_at,
        })
        .collect())
}

/// Those of these addresses (see `customer::mailbox::email_key`) whose customer withdrew their consent to marketing
/// emails.
pub async fn opted_out(tx: &mut TenantTx, email_keys: &[String]) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select distinct e.email_key from customer_emails e
         join lateral (select granted from consents c
                       where c.organization_id = $1 and c.customer_id = e.customer_id
                         and c.kind = 'marketing_email'
                       order by decided_at desc, id desc limit 1) last on true
         where e.organization_id = $1 and e.email_key = any ($2) and not last.granted",
        tx.organization().uuid(),
        email_keys,
    )
    .fetch_all(tx.conn())
    .await
}
