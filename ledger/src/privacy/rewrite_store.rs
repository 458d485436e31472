//! SQL of erasure: finds the rows that name a person, and rewrites them.

use sha2::{Digest, Sha256};
use shared::{
    id::{AffiliateId, EventId},
    timestamp::Timestamp,
};
use url::form_urlencoded;
use uuid::Uuid;

use kit::db::TenantTx;
use rules::customer::mailbox::email_key;

/// An event's id and JSON.
pub type StoredEvent = (Uuid, String);

/// Sets a claim's buyer address to the one in the redacted event.
pub async fn rewrite_claim(tx: &mut TenantTx, event: EventId, email_key: Option<&str>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update conversions set claimed_email_key = $3 where organization_id = $1 and event_id = $2 and not verified",
        tx.organization().uuid(),
        event.uuid(),
        email_key,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Events booked since then whose text matches the pattern.
pub async fn events_naming(
    tx: &mut TenantTx,
    pattern: &str,
    since: Timestamp,
) -> Result<Vec<StoredEvent>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, body from events where organization_id = $1 and booked_at >= $3 and body ~* $2 order by id",
        tx.organization().uuid(),
        pattern,
        since,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.body)).collect())
}

pub async fn events_with(tx: &mut TenantTx, ids: &[Uuid]) -> Result<Vec<StoredEvent>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, body from events where organization_id = $1 and id = any ($2) order by id",
        tx.organization().uuid(),
        ids,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.body)).collect())
}

/// Events that reported something about these customers, even if they don't name them.
pub async fn events_about(tx: &mut TenantTx, customers: &[Uuid]) -> Result<Vec<StoredEvent>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, body from events where organization_id = $1 and id in (
             select event_id from conversions where organization_id = $1 and customer_id = any ($2)
             union select event_id from touches where organization_id = $1 and customer_id = any ($2)
             union select r.event_id from repeated_reports r
                   join conversions c on c.organization_id = r.organization_id and c.external_id = r.external_id
                   where r.organization_id = $1 and c.customer_id = any ($2)
             union select event_id from repeated_reports where organization_id = $1 and customer_id = any ($2)
             union select r.event_id from refunds r
                   join conversions c on c.organization_id = r.organization_id and c.external_id = r.refund_of
                   where r.organization_id = $1 and c.customer_id = any ($2))
         order by id",
        tx.organization().uuid(),
        customers,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.body)).collect())
}

pub async fn rewrite_event(tx: &mut TenantTx, id: Uuid, body: &str, digest: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query!("select rekomi_redact_event($1, $2, $3, $4)", tx.organization().uuid(), id, body, digest)
        .execute(tx.conn())
        .await
        .map(drop)
}

/// Open and resolved quarantine entries whose text matches the pattern.
pub async fn suspects_naming(tx: &mut TenantTx, pattern: &str) -> Result<Vec<StoredEvent>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, body from quarantine where organization_id = $1 and body ~* $2 order by id",
        tx.organization().uuid(),
        pattern,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.body)).collect())
}

/// Rewrites an entry; one that becomes identical to another is kept once.
pub async fn rewrite_suspect(tx: &mut TenantTx, id: Uuid, body: &str) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let digest: [u8; 32] = Sha256::digest(body.as_bytes()).into();
    sqlx::query!(
        "delete from quarantine where organization_id = $1 and digest = $3 and id <> $2",
        organization.uuid(),
        id,
        &digest[..],
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "update quarantine set body = $3, digest = $4 where organization_id = $1 and id = $2",
        organization.uuid(),
        id,
        body,
        &digest[..],
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Removes the person from an affiliate's row.
pub async fn empty_affiliate(
    tx: &mut TenantTx,
    id: AffiliateId,
    email: &str,
    name: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update affiliates set email = $3, name = $4, erased_at = $5, application = null, notes = null, language = null
         where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        email,
        name,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes an affiliate's access (sessions, sign-in links, their invitation), their emails, their page of links, and their
/// notification settings.
pub async fn lock_out(tx: &mut TenantTx, id: AffiliateId) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    empty_counted_emails(tx, Some(id), &[], None).await?;
    for statement in [
        "delete from affiliate_sessions where organization_id = $1 and affiliate_id = $2",
        "delete from affiliate_links where organization_id = $1 and affiliate_id = $2",
        "delete from affiliate_notifications where organization_id = $1 and affiliate_id = $2",
        "delete from bio_pages where organization_id = $1 and affiliate_id = $2",
        "delete from invites where organization_id = $1 and affiliate_id = $2",
        "delete from import_tokens where organization_id = $1 and affiliate_id = $2",
        "delete from mails where tenant = $1 and affiliate = $2",
    ] {
        sqlx::query(statement).bind(organization).bind(id).execute(tx.conn()).await?;
    }
    Ok(())
}

/// Empties import rows that contain one of these names, or a text that matches the pattern: their result stays, their
/// content is deleted. In a heading, which is a person's row if the file has no heading, only the cell is emptied.
pub async fn empty_import_rows(tx: &mut TenantTx, names: &[String], pattern: &str) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    sqlx::query!(
        "update import_rows set cells = null, message = null
         where organization_id = $1 and cells is not null
           and exists (select from jsonb_array_elements_text(cells) c where lower(btrim(c)) = any ($2) or c ~* $3)",
        organization.uuid(),
        names,
        pattern,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "update imports
         set head = (select jsonb_agg(case when lower(btrim(c)) = any ($2) or c ~* $3 then '' else c end order by place)
                     from jsonb_array_elements_text(head) with ordinality h (c, place))
         where organization_id = $1
           and exists (select from jsonb_array_elements_text(head) c where lower(btrim(c)) = any ($2) or c ~* $3)",
        organization.uuid(),
        names,
        pattern,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes the organization's emails to these addresses (see `customer::mailbox::email_key`), whatever their state, and
/// older ones without a known organization. Emails to users are kept, unless the subject matches the pattern.
pub async fn delete_emails(tx: &mut TenantTx, keys: &[String], subject: &str) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let known = sqlx::query_scalar!(
        "select distinct recipient from mails m
         where (tenant = $1 or tenant is null) and not exists (select from users u where u.email = lower(m.recipient))",
        organization.uuid(),
    )
    .fetch_all(&mut *tx.conn())
    .await?;
    let theirs: Vec<String> = known.into_iter().filter(|address| keys.contains(&email_key(address))).collect();
    empty_counted_emails(tx, None, &theirs, Some(subject)).await?;
    sqlx::query!(
        "delete from mails
         where (tenant = $1 and subject ~* $3) or ((tenant = $1 or tenant is null) and recipient = any ($2))",
        organization.uuid(),
        &theirs,
        subject,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Takes the person out of emails that count towards today's limit of unsolicited ones, and leaves their rows: an
/// erasure allows no further emails. One that waits isn't sent any more.
async fn empty_counted_emails(
    tx: &mut TenantTx,
    affiliate: Option<AffiliateId>,
    recipients: &[String],
    subject: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update mails
         set recipient = 'erased@erased.invalid', subject = '(deleted)', affiliate = null, sender_name = null,
             reply_to = null, sealed_body = null, last_error = null, ended_at = coalesce(ended_at, now()),
             status = case when status = 'waiting' then 'given_up' else status end
         where tenant = $1 and is_first and created_at > now() - interval '1 day'
           and (affiliate = $2 or recipient = any ($3) or subject ~* $4)",
        tx.organization().uuid(),
        affiliate.map(|affiliate| affiliate.uuid()),
        recipients,
        subject,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes saved views whose filters match the pattern. They are encoded as in a URL, which [`rewrite_texts`] can't read.
pub async fn delete_views(tx: &mut TenantTx, pattern: &str) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let views = sqlx::query!("select id, query from saved_views where organization_id = $1", organization.uuid())
        .fetch_all(&mut *tx.conn())
        .await?;
    let values = |query: &str| -> String {
        let values = form_urlencoded::parse(query.as_bytes()).map(|(_, value)| value.into_owned());
        values.collect::<Vec<_>>().join("\n")
    };
    let (ids, texts): (Vec<Uuid>, Vec<String>) =
        views.into_iter().map(|view| (view.id.uuid(), values(&view.query))).unzip();
    sqlx::query!(
        "delete from saved_views v using unnest($2::uuid[], $3::text[]) named (id, words)
         where v.organization_id = $1 and v.id = named.id and named.words ~* $4",
        organization.uuid(),
        &ids,
        &texts,
        pattern,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes what AI assistants requested about the person, before [`rewrite_texts`]: with other arguments, it isn't what
/// someone saw and decided about.
pub async fn delete_confirmations(tx: &mut TenantTx, pattern: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from agent_confirmations where organization_id = $1 and (arguments ~* $2 or result_text ~* $2)",
        tx.organization().uuid(),
        pattern,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The purchases of these customers, each with its external id and its details.
pub async fn details_of(
    tx: &mut TenantTx,
    customers: &[Uuid],
) -> Result<Vec<(Uuid, String, serde_json::Value)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, external_id, details as "details!" from conversions
           where organization_id = $1 and customer_id = any ($2) and details is not null"#,
        tx.organization().uuid(),
        customers,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.external_id, row.details)).collect())
}

/// The purchase that only a page reported, by this event.
pub async fn details_of_claim(
    tx: &mut TenantTx,
    event: EventId,
) -> Result<Option<(Uuid, serde_json::Value)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select id, details as "details!" from conversions
           where organization_id = $1 and event_id = $2 and not verified and details is not null"#,
        tx.organization().uuid(),
        event.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.id, row.details)))
}

pub async fn rewrite_details(tx: &mut TenantTx, id: Uuid, details: &serde_json::Value) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update conversions set details = $3 where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id,
        details,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Patterns to find in texts, with their replacements.
#[derive(Debug, Default)]
pub struct Words {
    pub patterns: Vec<String>,
    pub replacements: Vec<String>,
}

impl Words {
    pub fn add(&mut self, pattern: String, replacement: impl Into<String>) {
        self.patterns.push(pattern);
        self.replacements.push(replacement.into());
    }
}

/// Where texts match one of the patterns, for [`rewrite_texts`] with the same patterns in this transaction.
pub async fn search_texts(tx: &mut TenantTx, patterns: &[String]) -> Result<String, sqlx::Error> {
    // Citus runs a function where the organization's rows are if it's the whole target, or what is read from.
    sqlx::query_scalar!(
        r#"select found::text as "found!" from rekomi_search_texts($1, $2) found"#,
        tx.organization().uuid(),
        patterns,
    )
    .fetch_one(tx.conn())
    .await
}

/// Rewrites all texts that people or programs write freely, and with `of_facts` also rows that events reported; returns
/// the number of changed rows. With what [`search_texts`] found, it reads only that, and what was written since.
pub async fn rewrite_texts(
    tx: &mut TenantTx,
    words: &Words,
    of_facts: bool,
    found: Option<&str>,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select rekomi_redact_searched_texts($1, $2, $3, $4, $5::text::jsonb) as "changed!""#,
        tx.organization().uuid(),
        &words.patterns,
        &words.replacements,
        of_facts,
        found,
    )
    .fetch_one(tx.conn())
    .await
}
