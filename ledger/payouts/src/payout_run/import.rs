//! Imports the results of exported payments, and books them payout by payout: paid or failed.
//!
//! Payouts are booked in batches. If the import stops in between, importing the same file again continues where it
//! ended. A file that was imported in full is remembered: importing it again changes nothing.

use axum::http::StatusCode;
use payout_core::rail::import::{self, Problem, Unreadable, date::Order};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use shared::{
    id::{OrganizationId, PayoutId, PayoutRunId},
    money::Currency,
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{
    file_store,
    import_book::Import,
    import_rows::{self, Sorted},
    import_store, read_store,
};
use engine::book;
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
    organization::time_zone,
};
use kit::{
    error::{Code, Error, Result},
    state::AppState,
};

/// Payouts that are booked in one transaction.
const AT_ONCE: usize = 50;

/// The result of an import.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutImport {
    /// The number of payouts recorded as paid.
    #[schema(example = 2)]
    pub sent: u64,
    /// The number of payouts that failed or came back. Their amounts are owed again. If a payout was sent or exported
    /// before, its affiliate is on hold until you release them.
    #[schema(example = 1)]
    pub failed: u64,
    /// The number of rows that match what is already recorded.
    #[schema(example = 0)]
    pub unchanged: u64,
    /// The number of payments that are still in transit.
    #[schema(example = 0)]
    pub pending: u64,
    /// The number of rows about a payment other than the one that counts for the payout, and of rows in a file that was
    /// imported before.
    #[schema(example = 0)]
    pub ignored: u64,
    /// The number of rows that changed nothing because of an error.
    #[schema(example = 0)]
    pub refused: u64,
    /// When the same file was imported before; in this case, nothing was changed. Null the first time.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub already_imported_at: Option<Timestamp>,
    /// The result for each row of the file.
    pub rows: Vec<ImportedRow>,
    /// Who imported it before.
    #[serde(skip)]
    pub already_imported_by: Option<String>,
}

/// The result of one row.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PayoutImportRow)]
pub struct ImportedRow {
    /// The line number in the file, starting at 1.
    #[schema(example = 2)]
    pub line: u64,
    #[schema(value_type = Option<String>, required, example = "po_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub payout_id: Option<PayoutId>,
    /// `Sent`, `Failed`, `Unchanged`, `Pending`, `Ignored` or `Refused`.
    #[schema(example = "Sent")]
    pub outcome: &'static str,
    /// Why the row was ignored or refused: a stable code such as `other_transfer`, `status_unknown` or
    /// `amount_differs`.
    #[schema(required, example = json!(null))]
    pub error: Option<String>,
    #[schema(required, example = json!(null))]
    pub message: Option<String>,
}

impl ImportedRow {
    pub(super) const fn of(line: u64, id: PayoutId, outcome: &'static str) -> Self {
        Self { line, payout_id: Some(id), outcome, error: None, message: None }
    }

    pub(super) fn refused(line: u64, payout_id: Option<PayoutId>, problem: &Problem) -> Self {
        let (error, message) = (Some(problem.code.to_owned()), Some(problem.message.clone()));
        Self { line, payout_id, outcome: "Refused", error, message }
    }
}

/// Imports a file. `order`: the order of day and month in its dates, if the person specifies it.
///
/// # Errors
/// 404 if it isn't one of the organization's; 400 `file_unreadable`, or naming `dateOrder`; database errors: what was
/// booked until then stays.
pub async fn import(
    state: &AppState,
    organization: OrganizationId,
    actor: &Actor,
    run: PayoutRunId,
    (file, order): (&[u8], Option<Order>),
) -> Result<PayoutImport> {
    let digest: [u8; 32] = Sha256::digest(file).into();
    let mut tx = state.db.tenant(organization).await?;
    let found = read_store::read(&mut tx, run).await?.ok_or_else(Error::not_found)?;
    let filed = file_store::filed(&mut tx, run).await?;
    let before = import_store::imported(&mut tx, run, &digest).await?;
    let zone = time_zone::of(&mut tx).await?;
    tx.commit().await?;
    let read = import::read(file).map_err(|why| unreadable(&why))?;
    let sorted = import_rows::sort(&read, &filed);
    let order = import_rows::order((order, &read), &sorted, &zone, state.clock.now())?;
    let currency: Currency = found.currency;
    let again = before.is_some();
    let import = Import { state, organization, actor, format: read.format, currency, order, again };
    let (mut done, complete) = booked(&import, sorted).await?;
    (done.already_imported_at, done.already_imported_by) = before.unzip();
    let mut tx = state.db.tenant(organization).await?;
    let now = state.clock.now();
    if complete && !again {
        let by = (actor.who.as_str(), now);
        import_store::remember(&mut tx, run, &digest, &done, by).await?;
    }
    let after = json!({
        "sent": done.sent, "failed": done.failed, "unchanged": done.unchanged, "ignored": done.ignored,
        "refused": done.refused, "again": again,
    });
    audit::record(&mut tx, actor, now, Entry::new("payout_run.imported", run).after(after)).await?;
    tx.commit().await?;
    Ok(done)
}

/// Books the groups. Returns the result of all rows, and whether everything that was to be booked was booked.
async fn booked(import: &Import<'_>, sorted: Sorted<'_>) -> Result<(PayoutImport, bool)> {
    let (state, organization) = (import.state, import.organization);
    let mut done = PayoutImport::default();
    let mut complete = true;
    let mut rows = sorted.refused;
    for some in sorted.groups.chunks(AT_ONCE) {
        let mut tx = state.db.tenant(organization).await?;
        book::store::lock(&mut tx).await?;
        let ids: Vec<PayoutId> = some.iter().map(|group| group.payout.id).collect();
        let booked_state = import_store::booked_state(&mut tx, &ids).await?;
        let mut became = Vec::with_capacity(some.len());
        for group in some {
            if let Some(booked_state) = booked_state.get(&group.payout.id) {
                became.push(import.book(&mut tx, group, booked_state).await?);
            }
        }
        tx.commit().await?;
        // No one listening is fine.
        drop(state.news.send(organization));
        for one in became {
            complete &= !one.in_vain;
            rows.extend(one.rows);
        }
    }
    rows.sort_by_key(|row| row.line);
    rows.into_iter().for_each(|row| done.add(row));
    Ok((done, complete))
}

fn unreadable(why: &Unreadable) -> Error {
    let status = if *why == Unreadable::TooLong { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST };
    Error::new(status, Code::FileUnreadable, why.to_string())
}

impl PayoutImport {
    fn add(&mut self, row: ImportedRow) {
        let count = match row.outcome {
            "Sent" => &mut self.sent,
            "Failed" => &mut self.failed,
            "Unchanged" => &mut self.unchanged,
            "Pending" => &mut self.pending,
            "Ignored" => &mut self.ignored,
            _ => &mut self.refused,
        };
        *count += 1;
        self.rows.push(row);
    }
}
