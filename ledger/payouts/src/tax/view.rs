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

/// A tax form of an affiliate.
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
    /// `Guided`: filled in on a page. `Uploaded`: a PDF.
    #[schema(example = "Guided")]
    pub source: &'static str,
    /// `Submitted` (somebody has to look at it), `Valid`, `Rejected`, `Replaced` or `Expired`.
    #[schema(example = "Valid")]
    pub status: &'static str,
    /// Where the person or company lives, for tax.
    #[schema(example = "US")]
    pub country: String,
    /// The last four characters of the taxpayer number; null where there is none.
    #[schema(required, example = "1234")]
    pub tin_last_four: Option<String>,
    /// Of a W-9: a C or S corporation, which needs no 1099-NEC.
    #[schema(example = false)]
    pub corporation: bool,
    /// Of a W-9: they say that the tax authority wants tax withheld.
    #[schema(example = false)]
    pub subject_to_withholding: bool,
    #[schema(format = Date, example = "2026-11-20")]
    pub signed_on: String,
    /// Of a W-8: the last day on which it counts.
    #[schema(format = Date, required, example = json!(null))]
    pub expires_on: Option<String>,
    /// Whether there is a PDF.
    #[schema(example = true)]
    pub has_file: bool,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub submitted_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:00Z")]
    pub decided_at: Option<Timestamp>,
    /// Who accepted or rejected it; `system` of a guided form.
    #[schema(required, example = "system")]
    pub decided_by: Option<String>,
    /// Why it was rejected.
    #[schema(required, example = json!(null))]
    pub reason: Option<String>,
    /// Since when it isn't in force any more.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub ended_at: Option<Timestamp>,
    /// Until when what it says is kept after that.
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

/// A form with what it says.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WholeTaxForm {
    #[serde(flatten)]
    pub form: TaxForm,
    /// Line by line; empty once its time is over.
    pub lines: Vec<TaxFormLine>,
}

/// A line of a form.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaxFormLine {
    /// As the form numbers it.
    #[schema(example = "3a")]
    pub number: &'static str,
    #[schema(example = "Federal tax classification")]
    pub label: &'static str,
    /// Numbers by their last four.
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

/// Where a form's PDF is, for five minutes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileLink {
    /// Whoever has it can fetch the file until then: keep it to yourself.
    #[schema(example = "https://rekomi.example.com/files/AQEBk2…")]
    pub url: String,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:35:00Z")]
    pub expires_at: Timestamp,
}

/// A calendar year's payments by payee.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaxYear {
    #[schema(example = 2026)]
    pub year: i32,
    /// From how much on a 1099-NEC is due.
    #[schema(example = 200_000)]
    pub threshold_cents: i64,
    /// Always US dollars: other currencies count by the rate of the day on which they were sent.
    #[schema(example = "USD")]
    pub currency: &'static str,
    /// Of all payees, what was withheld included.
    #[schema(example = 412_000)]
    pub paid_cents: i64,
    /// Of all payees: what is deposited, and reported on Form 945.
    #[schema(example = 2_400)]
    pub withheld_cents: i64,
    /// Payees of this page, newest affiliates first.
    pub data: Vec<TaxPayee>,
    /// For the next page; null on the last one.
    #[schema(required, example = json!(null))]
    pub next_cursor: Option<String>,
}

/// An affiliate in a year.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaxPayee {
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    #[schema(example = "Lauren Pope")]
    pub name: String,
    #[schema(example = "lauren@example.com")]
    pub email: String,
    /// Sent in the year, what was withheld included, less what came back in it: less than 0 where more came back.
    #[schema(example = 212_000)]
    pub paid_cents: i64,
    #[schema(example = 0)]
    pub withheld_cents: i64,
    /// What came back in the year, of payments of this year or an earlier one: `paidCents` is less by it.
    #[schema(example = 0)]
    pub returned_cents: i64,
    /// Amounts in currencies without a rate for the day: they aren't in the sums.
    #[schema(value_type = Object, example = json!({}))]
    pub unconverted: std::collections::BTreeMap<String, i64>,
    /// `None`, `W9`, `W8BEN` or `W8BENE`.
    #[schema(example = "W9")]
    pub form: &'static str,
    #[schema(value_type = Option<String>, required, example = "tax_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub form_id: Option<TaxFormId>,
    /// `Valid`, `Missing`, `Rejected`, `Expired` or `SubjectToWithholding`.
    #[schema(example = "Valid")]
    pub form_status: &'static str,
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:00Z")]
    pub submitted_at: Option<Timestamp>,
    /// Of the form, else of the account for payouts.
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
