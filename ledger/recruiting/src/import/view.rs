//! Imports as the API shows them.

use std::collections::BTreeMap;

use serde::Serialize;
use shared::{
    id::{ImportId, ProgramId},
    money::Currency,
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{
    row_store::{Counts, Reported, Sum},
    sale_row::SaleTerms,
    store::Import,
};

/// An import.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Import)]
pub struct ImportView {
    #[schema(value_type = String, example = "imp_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: ImportId,
    /// `Affiliates`, `Customers`, `Sales`, `Bonuses`, `Payouts` or `Leads`.
    #[schema(example = "Affiliates")]
    pub kind: &'static str,
    /// `Rewardful`, `FirstPromoter`, `Tapfiliate`, `PartnerStack`, `Tolt`, `Dub` or `Csv`.
    #[schema(example = "Rewardful")]
    pub source: &'static str,
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub program_id: ProgramId,
    /// Where the imported links lead.
    #[schema(required, example = "https://acme.test/pricing")]
    pub destination: Option<String>,
    /// `Mapping` (waits for the column mapping), `Checked`, `Running`, `Done` or `Cancelled`.
    #[schema(example = "Checked")]
    pub state: &'static str,
    /// The names in the file's header row.
    #[schema(example = json!(["first_name", "last_name", "email", "token"]))]
    pub columns: Vec<String>,
    /// The column of each field, starting at 0.
    #[schema(example = json!({"Email": 2, "FirstName": 0, "LastName": 1, "Slug": 3}))]
    pub mapping: BTreeMap<String, usize>,
    /// The date format: `Automatic`, `DayFirst`, `MonthFirst` or `YearFirst`.
    #[schema(example = "Automatic")]
    pub date_order: &'static str,
    /// The number of rows in the file.
    #[schema(example = 120)]
    pub rows: i32,
    /// The number of processed rows.
    #[schema(example = 0)]
    pub done: i64,
    /// The number of rows that create something new; before the run, the number expected to.
    #[schema(example = 110)]
    pub new: i64,
    /// The number of rows that update something.
    #[schema(example = 4)]
    pub updated: i64,
    /// The number of rows that change nothing.
    #[schema(example = 3)]
    pub unchanged: i64,
    /// The number of rows with an error.
    #[schema(example = 3)]
    pub refused: i64,
    /// The totals of the rows that book past sales, bonuses or payments, by currency and settlement. Empty for other
    /// imports.
    pub sums: Vec<ImportSum>,
    /// How past sales, bonuses and payments are read and booked. Null for other imports.
    #[schema(required)]
    pub sales: Option<ImportSales>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub started_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub finished_at: Option<Timestamp>,
}

/// The totals of an import's past sales, bonuses or payments in one currency that were settled in one way.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportSum {
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// `Paid` on the other platform; `SettledThere`: left to be paid there; `PaidHere`: becomes payable here.
    #[schema(example = "Paid")]
    pub settlement: &'static str,
    /// The number of rows.
    #[schema(example = 80)]
    pub rows: i64,
    /// The sum of the sales, in minor units; 0 for bonuses and payments.
    #[schema(example = 800_000)]
    pub amount_cents: i64,
    /// The sum of the commissions, bonuses or payments, in minor units.
    #[schema(example = 160_000)]
    pub commission_cents: i64,
}

/// How an import reads and books past sales, bonuses and payments.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportSales {
    /// `SettledThere` or `PaidHere`: what happens to commissions that the other platform hasn't paid.
    #[schema(example = "SettledThere")]
    pub unpaid: &'static str,
    /// Whether the other platform reports its payments to the tax authority.
    #[schema(example = false)]
    pub taxed_there: bool,
    /// The currency of rows that name none.
    #[schema(value_type = Option<String>, required, example = "USD")]
    pub currency: Option<Currency>,
    /// Whether all amounts are in minor units.
    #[schema(example = false)]
    pub in_cents: bool,
}

impl From<SaleTerms> for ImportSales {
    fn from(terms: SaleTerms) -> Self {
        let SaleTerms { unpaid, taxed_there, currency, in_cents } = terms;
        Self { unpaid: unpaid.as_str(), taxed_there, currency, in_cents }
    }
}

impl From<Sum> for ImportSum {
    fn from(sum: Sum) -> Self {
        Self {
            currency: sum.currency,
            settlement: sum.settled.as_str(),
            rows: sum.rows,
            amount_cents: sum.amount,
            commission_cents: sum.earned,
        }
    }
}

/// The outcome of one row.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportRow {
    /// The line in the file. The header row is line 1.
    #[schema(example = 2)]
    pub line: i32,
    /// `New`, `Updated`, `Unchanged` or `Refused`; null before the check.
    #[schema(required, example = "Refused")]
    pub outcome: Option<String>,
    /// A stable code such as `email_malformed`, `duplicate`, `not_active`, `affiliate_unknown`, `affiliate_ambiguous`,
    /// `affiliate_gone`, `date_unreadable`, `bound_to_another`, or for past sales `already_reported`,
    /// `imported_differently`, `voided`, `status_unknown`, `amount_unreadable` or `currency_missing`, or for past
    /// payments `not_sent` or `paid_with_sales`; `noted` if the row was imported without part of its data.
    #[schema(required, example = "email_malformed")]
    pub reason: Option<String>,
    #[schema(required, example = "\"lauren\" isn't a valid email address.")]
    pub message: Option<String>,
    /// The cells as uploaded. Null after 30 days.
    #[schema(required, example = json!(["Lauren", "Vale", "lauren", "lauren"]))]
    pub cells: Option<Vec<String>>,
}

impl ImportView {
    pub fn of(import: Import, counts: Counts, sums: Vec<Sum>) -> Self {
        Self {
            id: import.id,
            kind: import.kind.as_str(),
            source: import.source.as_str(),
            program_id: import.program,
            destination: import.destination,
            state: import.state.as_str(),
            columns: import.head,
            mapping: import.mapping,
            date_order: import.dates.as_str(),
            rows: import.rows,
            done: counts.done,
            new: counts.new,
            updated: counts.updated,
            unchanged: counts.unchanged,
            refused: counts.refused,
            sums: sums.into_iter().map(ImportSum::from).collect(),
            sales: import.kind.has_amounts().then(|| import.terms.into()),
            created_at: import.created_at,
            started_at: import.started_at,
            finished_at: import.finished_at,
        }
    }
}

impl From<Reported> for ImportRow {
    fn from(row: Reported) -> Self {
        Self {
            line: row.line,
            outcome: Some(row.outcome).filter(|outcome| !outcome.is_empty()),
            reason: row.reason,
            message: row.message,
            cells: row.cells,
        }
    }
}
