//! Imports as the API shows them.

use std::collections::BTreeMap;

use serde::Serialize;
use shared::{
    id::{ImportId, ProgramId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{
    row_store::{Counts, Reported},
    store::Import,
};

/// An import.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Import)]
pub struct ImportView {
    #[schema(value_type = String, example = "imp_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: ImportId,
    /// `Affiliates` or `Customers`.
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
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub started_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub finished_at: Option<Timestamp>,
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
    /// `affiliate_gone`, `date_unreadable` or `bound_to_another`; `noted` if the row was imported without part of its
    /// data.
    #[schema(required, example = "email_malformed")]
    pub reason: Option<String>,
    #[schema(required, example = "\"lauren\" isn't a valid email address.")]
    pub message: Option<String>,
    /// The cells as uploaded. Null after 30 days.
    #[schema(required, example = json!(["Lauren", "Vale", "lauren", "lauren"]))]
    pub cells: Option<Vec<String>>,
}

impl ImportView {
    pub fn of(import: Import, counts: Counts) -> Self {
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
