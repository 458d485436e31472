//! SQL for the email outbox.
//!
//! Attempts are scheduled by the database's clock: several ledgers share the table, and the business clock of
//! development must not delay an email.

use shared::{
    id::{AffiliateId, EmailId, OrganizationId},
    timestamp::Timestamp,
};
use sqlx::PgConnection;

use crate::db::GlobalTx;

/// After this long an email is no longer useful, and its links have expired.
const GIVE_UP_AFTER_HOURS: i32 = 48;
/// Longer for emails that were never tried: they wait for whoever installs the ledger to set the email server.
const GIVE_UP_UNTRIED_AFTER_DAYS: i32 = 7;
const KEEP_ENDED_DAYS: i32 = 30;

#[derive(Debug)]
pub struct New<'a> {
    pub id: EmailId,
    pub kind: &'static str,
    pub recipient: &'a str,
    pub subject: &'a str,
    /// The brand's name, if it is from one, and where replies go then.
    pub sender_name: Option<&'a str>,
    pub reply_to: Option<&'a str>,
    pub sealed_body: &'a str,
    /// The organization that sends it; if `None`, the transaction's only tenant.
    pub organization: Option<OrganizationId>,
    /// The affiliate whom it is to, or about: it is deleted when they are erased.
    pub affiliate: Option<AffiliateId>,
    pub is_first: bool,
    /// Why it can't be sent at all.
    pub unsendable: Option<&'a str>,
}

/// Subjects of emails from a test mode say so. (`bool_or` makes one row, whether the transaction sees an organization or not.)
pub async fn insert(conn: &mut PgConnection, new: &New<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into mails (id, kind, recipient, subject, sealed_body, status, ended_at, last_error, tenant, is_first,
                            affiliate, sender_name, reply_to)
         select $1, $2, $3, case when bool_or(o.mode = 'test') then '[Test] ' else '' end || $4,
                $5, case when $6::text is null then 'waiting' else 'given_up' end,
                case when $6::text is null then null else now() end, $6,
                coalesce($7, case when cardinality(rekomi_tenants()) = 1 then (rekomi_tenants())[1] end), $8, $9,
                $10, $11
         from organizations o
         where o.organization_id = coalesce($7, case when cardinality(rekomi_tenants()) = 1
                                                     then (rekomi_tenants())[1] end)",
        new.id.uuid(),
        new.kind,
        new.recipient,
        new.subject,
        new.sealed_body,
        new.unsendable,
        new.organization.map(|organization| organization.uuid()),
        new.is_first,
        new.affiliate.map(|affiliate| affiliate.uuid()),
        new.sender_name,
        new.reply_to,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// How many emails an organization sent within a day to people who hadn't asked for any.
pub async fn unsolicited_emails(conn: &mut PgConnection, organization: OrganizationId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from mails
           where tenant = $1 and is_first and created_at > now() - interval '1 day'"#,
        organization.uuid(),
    )
    .fetch_one(conn)
    .await
}

/// An email whose attempt is counted and about to be made.
#[derive(Debug)]
pub struct Due {
    pub id: EmailId,
    pub kind: String,
    pub recipient: String,
    pub subject: String,
    pub sender_name: Option<String>,
    pub reply_to: Option<String>,
    pub sealed_body: String,
    pub attempts: i32,
}

/// Takes the due emails and counts the attempt. They are not due again for `lease_seconds`, so that another ledger
/// leaves them alone and a crash only delays them.
pub async fn take_due(tx: &mut GlobalTx, limit: i64, lease_seconds: f64) -> Result<Vec<Due>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with due as materialized (
                 select id from mails where status = 'waiting' and next_attempt_at <= now()
                 order by next_attempt_at limit $1 for update skip locked)
           update mails m
           set attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, now()),
               next_attempt_at = now() + make_interval(secs => $2)
           from due
           where m.id = due.id
           returning m.id, m.kind, m.recipient, m.subject, m.sender_name, m.reply_to,
                     m.sealed_body as "sealed_body!", m.attempts"#,
        limit,
        lease_seconds,
    )
    .fetch_all(tx.conn())
    .await?;
    let due = rows.into_iter().map(|row| Due {
        id: row.id,
        kind: row.kind,
        recipient: row.recipient,
        subject: row.subject,
        sender_name: row.sender_name,
        reply_to: row.reply_to,
        sealed_body: row.sealed_body,
        attempts: row.attempts,
    });
    Ok(due.collect())
}

/// Marks an email as sent; deletes its body unless development keeps it.
pub async fn mark_sent(tx: &mut GlobalTx, id: EmailId, keep_body: bool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update mails set status = 'sent', ended_at = now(), last_error = null,
                sealed_body = case when $2 then sealed_body end
         where id = $1 and status = 'waiting'",
        id.uuid(),
        keep_body,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Gives up an email that can't be sent.
pub async fn give_up(tx: &mut GlobalTx, id: EmailId, reason: &str, keep_body: bool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update mails set status = 'given_up', ended_at = now(), last_error = $2,
                sealed_body = case when $3 then sealed_body end
         where id = $1 and status = 'waiting'",
        id.uuid(),
        reason,
        keep_body,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn try_later(tx: &mut GlobalTx, id: EmailId, reason: &str, delay_seconds: f64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update mails set last_error = $2, next_attempt_at = now() + make_interval(secs => $3)
         where id = $1 and status = 'waiting'",
        id.uuid(),
        reason,
        delay_seconds,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Gives up emails that were tried for two days, or that waited for a week without any attempt. Returns how many there were.
pub async fn give_up_old(tx: &mut GlobalTx, keep_body: bool) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "update mails set status = 'given_up', ended_at = now(),
                last_error = coalesce(last_error, case when first_attempt_at is null
                                                       then 'No email server was set for a week.'
                                                       else 'No attempt came to an end.' end),
                sealed_body = case when $2 then sealed_body end
         where id in (select id from mails
                      where status = 'waiting' and next_attempt_at <= now()
                        and (first_attempt_at <= now() - make_interval(hours => $1)
                             or first_attempt_at is null and created_at <= now() - make_interval(days => $3))
                      for update skip locked)",
        GIVE_UP_AFTER_HOURS,
        keep_body,
        GIVE_UP_UNTRIED_AFTER_DAYS,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// The number of waiting emails.
pub async fn backlog(tx: &mut GlobalTx) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "count!" from mails where status = 'waiting'"#).fetch_one(tx.conn()).await
}

/// Deletes emails that ended a month ago, so that we don't keep longer than needed who was written to.
pub async fn forget_old(tx: &mut GlobalTx) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from mails where status <> 'waiting' and ended_at < now() - make_interval(days => $1)",
        KEEP_ENDED_DAYS,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// An email as the development mailbox shows it.
#[derive(Debug)]
pub struct StoredEmail {
    pub id: EmailId,
    pub kind: String,
    pub recipient: String,
    pub subject: String,
    pub sender_name: Option<String>,
    pub reply_to: Option<String>,
    pub sealed_body: Option<String>,
    pub status: String,
    pub at: Timestamp,
    pub last_error: Option<String>,
}

/// Lists emails, newest first: all, those to one address, or the one with this id.
pub async fn list(
    tx: &mut GlobalTx,
    to: Option<&str>,
    id: Option<EmailId>,
    limit: i64,
) -> Result<Vec<StoredEmail>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, kind, recipient, subject, sender_name, reply_to, sealed_body, status, created_at, last_error
         from mails
         where ($1::text is null or lower(recipient) = lower($1)) and ($2::uuid is null or id = $2)
         order by id desc limit $3",
        to,
        id.map(|id| id.uuid()),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let kept = rows.into_iter().map(|row| StoredEmail {
        id: row.id,
        kind: row.kind,
        recipient: row.recipient,
        subject: row.subject,
        sender_name: row.sender_name,
        reply_to: row.reply_to,
        sealed_body: row.sealed_body,
        status: row.status,
        at: row.created_at,
        last_error: row.last_error,
    });
    Ok(kept.collect())
}
