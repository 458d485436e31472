//! Tax forms and years as the API shows them, with taxpayer numbers by their last four digits.

use payout_core::tax::{field::written_day, form::Shown};
use serde::Serialize;
use shared::{
    id::{AffiliateId, OrganizationId, TaxFormId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{
    encryption,
    store::Row,
    year::{self, Line, Year},
};
use kit::{config::Keys, error::Result};

/// An affiliate's tax form.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaxForm {
    #[schema(value_type = String, example = "tax_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: TaxFormId,
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    /// `W9`, `W8BEN` or `W8BENE`.
    #[schema(example = "W9")]
    pub kind: &'static str,
    /// `Guided` (filled in on a page) or `Uploaded` (a PDF).
    #[schema(example = "Guided")]
    pub source: &'static str,
    /// `Submitted` (awaiting review), `Valid`, `Rejected`, `Replaced` or `Expired`.
    #[schema(example = "Valid")]
    pub status: &'static str,
    /// The country of the person's or company's tax residence.
    #[schema(example = "US")]
    pub country: String,
    /// The last four characters of the taxpayer number; null if there is none.
    #[schema(required, example = "1234")]
    pub tin_last_four: Option<String>,
    /// W-9 only: whether the payee is a C or S corporation, which needs no Form 1099-NEC.
    #[schema(example = false)]
    pub corporation: bool,
    /// W-9 only: whether the payee states that they are subject to backup withholding.
    #[schema(example = false)]
    pub subject_to_withholding: bool,
    /// The date of the signature.
    #[schema(format = Date, example = "2026-11-20")]
    pub signed_on: String,
    /// W-8 only: the last day on which the form is valid.
    #[schema(format = Date, required, example = json!(null))]
    pub expires_on: Option<String>,
    /// Whether the form has a PDF.
    #[schema(example = true)]
    pub has_file: bool,
    /// When the affiliate submitted the form.
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub submitted_at: Timestamp,
    /// When someone accepted or rejected the form; null until then.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:00Z")]
    pub decided_at: Option<Timestamp>,
    /// Who accepted or rejected the form; `system` for a guided form.
    #[schema(required, example = "system")]
    pub decided_by: Option<String>,
    /// Why the form was rejected.
    #[schema(required, example = json!(null))]
    pub reason: Option<String>,
    /// When the form stopped being in force.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub ended_at: Option<Timestamp>,
    /// The day until which the form's content is kept after that.
    #[schema(format = Date, required, example = json!(null))]
    pub keep_until: Option<String>,
}

impl From<Row> for TaxForm {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            affiliate_id: row.affiliate,
            kind: row.kind.as_str(),
            source: row.source.as_str(),
            status: row.status.as_str(),
            country: row.country,
            tin_last_four: Some(row.tin_hint).filter(|hint| !hint.is_empty()),
            corporation: row.corporation,
            subject_to_withholding: row.subject_to_withholding,
            signed_on: written_day(row.signed_on),
            expires_on: row.expires_on.map(written_day),
            has_file: row.file.is_some() && row.sealed_form.is_some(),
            submitted_at: row.submitted_at,
            decided_at: row.decided_at,
            decided_by: row.decided_by,
            reason: row.reason,
            ended_at: row.ended_at,
            keep_until: row.keep_until.map(written_day),
        }
    }
}

/// A tax form with its content.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WholeTaxForm {
    #[serde(flatten)]
    pub form: TaxForm,
    /// The form's lines; empty once the retention period has ended.
    pub lines: Vec<TaxFormLine>,
}

/// A line of a tax form.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaxFormLine {
    /// The line's number on the form.
    #[schema(example = "3a")]
    pub number: &'static str,
    /// The line's name on the form.
    #[schema(example = "Federal tax classification")]
    pub label: &'static str,
    /// The line's value. Taxpayer numbers show only their last four digits.
    #[schema(example = "C corporation")]
    pub value: String,
}

/// # Errors
/// Fails if the form can't be decrypted.
pub fn lines(keys: &Keys, organization: OrganizationId, row: &Row, shown: Shown) -> Result<Vec<TaxFormLine>> {
    let Some(sealed) = &row.sealed_form else { return Ok(Vec::new()) };
    let form = encryption::open(keys, organization, row.id, sealed)?;
    let lines = form.lines(shown).into_iter();
    Ok(lines.map(|line| TaxFormLine { number: line.number, label: line.label, value: line.value }).collect())
}

/// A link to a form's PDF, valid until `expiresAt`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileLink {
    /// Anyone with this link can download the file until it expires. Keep it secret.
    #[schema(example = "https://rekomi.example.com/files/AQEBk2…")]
    pub url: String,
    /// When the link expires.
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:35:00Z")]
    pub expires_at: Timestamp,
}

/// A calendar year's payments by payee.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaxYear {
    /// The calendar year.
    #[schema(example = 2026)]
    pub year: i32,
    /// The amount from which a Form 1099-NEC is due, in US cents.
    #[schema(example = 200_000)]
    pub threshold_cents: i64,
    /// Always US dollars. Other currencies are converted at the rate of the day on which the payment was sent.
    #[schema(example = "USD")]
    pub currency: &'static str,
    /// The amount paid to all payees, including tax withheld.
    #[schema(example = 412_000)]
    pub paid_cents: i64,
    /// The tax withheld from all payees: the amount to deposit and to report on Form 945.
    #[schema(example = 2_400)]
    pub withheld_cents: i64,
    /// The payees on this page, newest affiliates first.
    pub data: Vec<TaxPayee>,
    /// The cursor of the next page; null on the last page.
    #[schema(required, example = json!(null))]
    pub next_cursor: Option<String>,
}

/// An affiliate's payments and tax form in a year.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaxPayee {
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    #[schema(example = "Lauren Pope")]
    pub name: String,
    #[schema(example = "lauren@example.com")]
    pub email: String,
    /// The amount sent in the year, including tax withheld, minus what came back in the year. Negative if more came
    /// back than was sent.
    #[schema(example = 212_000)]
    pub paid_cents: i64,
    /// The tax withheld in the year, in minor units.
    #[schema(example = 0)]
    pub withheld_cents: i64,
    /// The amount that came back in the year, from payments of this year or an earlier one. `paidCents` is already
    /// reduced by it.
    #[schema(example = 0)]
    pub returned_cents: i64,
    /// Amounts in currencies without an exchange rate for the day, in minor units by currency. They aren't in the
    /// totals.
    #[schema(value_type = Object, example = json!({}))]
    pub unconverted: std::collections::BTreeMap<String, i64>,
    /// `None`, `W9`, `W8BEN` or `W8BENE`.
    #[schema(example = "W9")]
    pub form: &'static str,
    /// The ID of the tax form; null if there is none.
    #[schema(value_type = Option<String>, required, example = "tax_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub form_id: Option<TaxFormId>,
    /// `Valid`, `Missing`, `Rejected`, `Expired` or `SubjectToWithholding`.
    #[schema(example = "Valid")]
    pub form_status: &'static str,
    /// When the tax form was submitted; null if there is none.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:00Z")]
    pub submitted_at: Option<Timestamp>,
    /// The country on the form, or else that of the payout account.
    #[schema(required, example = "US")]
    pub country: Option<String>,
    /// Whether the payments reach the threshold.
    #[schema(example = true)]
    pub threshold_reached: bool,
}

impl From<&Line> for TaxPayee {
    fn from(line: &Line) -> Self {
        Self {
            affiliate_id: line.affiliate,
            name: line.name.clone(),
            email: line.email.clone(),
            paid_cents: line.paid,
            withheld_cents: line.withheld,
            returned_cents: line.returned,
            unconverted: line.unconverted.clone(),
            form: year::form_name(line),
            form_id: line.form.as_ref().map(|form| form.id),
            form_status: line.form_status.as_str(),
            submitted_at: line.form.as_ref().map(|form| form.submitted_at),
            country: line.country.clone(),
            threshold_reached: line.crossed,
        }
    }
}

impl TaxYear {
    pub fn of(year: &Year, data: Vec<TaxPayee>, next_cursor: Option<String>) -> Self {
        Self {
            year: year.year,
            threshold_cents: year.threshold,
            currency: "USD",
            paid_cents: year.paid(),
            withheld_cents: year.withheld(),
            data,
            next_cursor,
        }
    }
}
