//! SQL of tax forms.

use payout_core::tax::form::{Form, Kind};
use shared::{
    id::{AffiliateId, FileId, TaxFormId},
    text_enum,
    timestamp::Timestamp,
};
use time::Date;
use uuid::Uuid;

use kit::db::TenantTx;

text_enum! {
    /// The status of a form.
    Status {
        /// It waits for review by the brand.
        Submitted,
        Valid,
        Rejected,
        /// A later form replaced it.
        Replaced,
        Expired,
    }
}

text_enum! {
    /// How the form was submitted.
    Source { Guided, Uploaded }
}

/// A stored form; its content is encrypted.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: TaxFormId,
    pub affiliate: AffiliateId,
    /// The affiliate's name and email, as the brand knows them.
    pub name: String,
    pub email: String,
    pub kind: Kind,
    pub source: Source,
    pub status: Status,
    /// `None` once its retention period is over.
    pub sealed_form: Option<String>,
    pub tin_hint: String,
    pub country: String,
    pub corporation: bool,
    pub subject_to_withholding: bool,
    pub signed_on: Date,
    pub expires_on: Option<Date>,
    pub file: Option<FileId>,
    pub submitted_at: Timestamp,
    pub decided_at: Option<Timestamp>,
    pub decided_by: Option<String>,
    pub reason: Option<String>,
    pub ended_at: Option<Timestamp>,
    pub keep_until: Option<Date>,
}

/// A query for forms by a condition, followed by its parameters.
macro_rules! forms {
    ($condition:literal, $($parameter:expr),* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"select f.id as "id: TaxFormId", f.affiliate_id as "affiliate: AffiliateId", a.name, a.email,
                      f.kind as "kind: Kind", f.source as "source: Source", f.status as "status: Status", f.sealed_form,
                      f.tin_hint, f.country, f.corporation, f.subject_to_withholding, f.signed_on, f.expires_on,
                      f.file_id as "file: FileId", f.submitted_at, f.decided_at, f.decided_by, f.reason, f.ended_at,
                      f.keep_until
               from tax_forms f
               join affiliates a on a.organization_id = f.organization_id and a.id = f.affiliate_id
               where f.organization_id = $1 and "# + $condition,
            $($parameter),*
        )
    };
}

/// The list's filters.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub id: Option<TaxFormId>,
    pub affiliate: Option<AffiliateId>,
    pub kind: Option<&'static str>,
    pub status: Option<&'static str>,
    /// The last ID of the previous page.
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// Lists forms, newest first.
pub async fn list(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<Row>, sqlx::Error> {
    forms!(
        "($2::uuid is null or f.id = $2) and ($3::uuid is null or f.affiliate_id = $3)
           and ($4::text is null or f.kind = $4) and ($5::text is null or f.status = $5)
           and ($6::uuid is null or f.id < $6)
         order by f.id desc limit $7",
        tx.organization().uuid(),
        filter.id.map(|id| id.uuid()),
        filter.affiliate.map(|id| id.uuid()),
        filter.kind,
        filter.status,
        filter.after,
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// Loads these forms, in no particular order.
pub async fn of(tx: &mut TenantTx, ids: &[TaxFormId]) -> Result<Vec<Row>, sqlx::Error> {
    forms!("f.id = any ($2)", tx.organization().uuid(), &ids.iter().map(|id| id.uuid()).collect::<Vec<_>>(),)
        .fetch_all(tx.conn())
        .await
}

pub async fn read(tx: &mut TenantTx, id: TaxFormId) -> Result<Option<Row>, sqlx::Error> {
    Ok(list(tx, &Filter { id: Some(id), limit: 1, ..Filter::default() }).await?.pop())
}

/// Locks an affiliate's row, so that two forms of theirs are handled one after the other. False if there is no such
/// affiliate.
pub async fn hold(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select 1 as one from affiliates where organization_id = $1 and id = $2 for no key update",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.is_some())
}

/// A new form.
#[derive(Debug)]
pub struct New<'a> {
    pub id: TaxFormId,
    pub affiliate: AffiliateId,
    pub form: &'a Form,
    pub sealed: &'a str,
    pub source: Source,
    pub status: Status,
    pub file: Option<FileId>,
}

/// Stores a form. One that is valid from the start is recorded as decided by `system`.
pub async fn insert(tx: &mut TenantTx, new: &New<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    let valid = new.status == Status::Valid;
    sqlx::query!(
        "insert into tax_forms (organization_id, id, affiliate_id, kind, source, status, sealed_form, tin_hint, country,
                                corporation, subject_to_withholding, signed_on, expires_on, file_id, submitted_at, decided_at,
                                decided_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        tx.organization().uuid(),
        new.id.uuid(),
        new.affiliate.uuid(),
        new.form.kind().as_str(),
        new.source.as_str(),
        new.status.as_str(),
        new.sealed,
        new.form.tin_hint(),
        new.form.country(),
        new.form.is_corporation(),
        new.form.is_subject_to_withholding(),
        new.form.signed_on(),
        new.form.expires_on(),
        new.file.map(|id| id.uuid()),
        now,
        valid.then(|| now),
        valid.then_some("system"),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Changes a form from Submitted to Valid.
pub async fn accept(tx: &mut TenantTx, id: TaxFormId, by: &str, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update tax_forms set status = 'Valid', decided_at = $3, decided_by = $4
         where organization_id = $1 and id = $2 and status = 'Submitted'",
        tx.organization().uuid(),
        id.uuid(),
        now,
        by,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// How a form ends.
#[derive(Debug)]
pub struct End<'a> {
    pub status: Status,
    /// The person who ended it, if any.
    pub by: Option<&'a str>,
    pub reason: Option<&'a str>,
    pub keep_until: Date,
}

/// Ends a form that waits or counts. One that counted keeps the time since which it did: the payments until now rely on it.
pub async fn end(tx: &mut TenantTx, id: TaxFormId, end: &End<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update tax_forms set status = $3, ended_at = $4, keep_until = $5, reason = $6,
                decided_at = case when $7::text is null or status = 'Valid' then decided_at else $4 end, decided_by = coalesce($7, decided_by)
         where organization_id = $1 and id = $2 and status in ('Submitted', 'Valid')",
        tx.organization().uuid(),
        id.uuid(),
        end.status.as_str(),
        now,
        end.keep_until,
        end.reason,
        end.by,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// When the affiliate was last paid since the form counted; `None` if no payment relied on it.
pub async fn last_relied(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    since: Timestamp,
) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query_scalar!(
        "select max(sent_at) from payouts where organization_id = $1 and affiliate_id = $2 and sent_at >= $3",
        tx.organization().uuid(),
        affiliate.uuid(),
        since,
    )
    .fetch_one(tx.conn())
    .await
}

/// The last payment that relied on a form that counted from `since` until `ended`: it was made in this time, or later
/// if its payout was created in this time. It may have been recorded after the form ended.
pub async fn last_relied_until(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    (since, ended): (Timestamp, Timestamp),
) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query_scalar!(
        "select max(sent_at) from payouts
         where organization_id = $1 and affiliate_id = $2 and sent_at >= $3 and least(sent_at, created_at) < $4",
        tx.organization().uuid(),
        affiliate.uuid(),
        since,
        ended,
    )
    .fetch_one(tx.conn())
    .await
}

/// Returns whether a payout to the affiliate that was created in this time may yet turn out as sent.
pub async fn is_being_paid(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    (from, to): (Timestamp, Timestamp),
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from payouts
                          where organization_id = $1 and affiliate_id = $2 and created_at >= $3 and created_at < $4
                            and status in ('Reserved', 'Sending', 'Unknown')) as "is_being_paid!""#,
        tx.organization().uuid(),
        affiliate.uuid(),
        from,
        to,
    )
    .fetch_one(tx.conn())
    .await
}

/// Sets anew until when an ended form is kept.
pub async fn set_keep_until(tx: &mut TenantTx, id: TaxFormId, until: Date) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update tax_forms set keep_until = $3 where organization_id = $1 and id = $2 and ended_at is not null",
        tx.organization().uuid(),
        id.uuid(),
        until,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes a form's content; the record that it existed stays.
pub async fn empty(tx: &mut TenantTx, id: TaxFormId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update tax_forms set sealed_form = null, tin_hint = '', reason = null where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
