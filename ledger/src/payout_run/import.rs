//! Reads what became of exported payments, and books it row by row: paid, or given up.
//!
//! Rows are booked some at a time. Whatever stops it in between, the same file again goes on where it ended: what a row says
//! of a payout that is so already changes nothing.

use std::collections::HashMap;

use axum::http::StatusCode;
use payment::rail::{
    import::{self, Fate, Format, Name, Problem, Row, Said, Unreadable},
    wise,
};
use serde::Serialize;
use serde_json::json;
use shared::{
    id::{OrganizationId, PayoutId, PayoutRunId},
    money::{Currency, Money},
};
use utoipa::ToSchema;

use super::{
    file_store::{self, Filed},
    read_store,
};
use crate::{
    access::actor::Actor,
    audit::{self, Entry},
    db::TenantTx,
    error::{Error, Result},
    payout::act::{self, Marked},
    state::AppState,
};

/// Rows that are booked in one transaction.
const AT_ONCE: usize = 50;

/// What became of the rows of a file.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutImport {
    /// How many payouts are booked as paid by it.
    #[schema(example = 2)]
    pub sent: u64,
    /// How many were given up by it: what they were to pay is owed again.
    #[schema(example = 1)]
    pub failed: u64,
    /// Rows that say what is so already.
    #[schema(example = 0)]
    pub unchanged: u64,
    /// Payments that are still on their way.
    #[schema(example = 0)]
    pub pending: u64,
    /// Rows that changed nothing because something is wrong with them.
    #[schema(example = 0)]
    pub refused: u64,
    pub rows: Vec<ImportedRow>,
}

/// What became of one row.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PayoutImportRow)]
pub struct ImportedRow {
    /// In the file, from 1 on.
    #[schema(example = 2)]
    pub line: u64,
    #[schema(value_type = Option<String>, required, example = "po_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub payout_id: Option<PayoutId>,
    /// `Sent`, `Failed`, `Unchanged`, `Pending` or `Refused`.
    #[schema(example = "Sent")]
    pub outcome: &'static str,
    /// Of a refused row: a stable code such as `status_unknown` or `amount_differs`.
    #[schema(required, example = json!(null))]
    pub error: Option<String>,
    #[schema(required, example = json!(null))]
    pub message: Option<String>,
}

/// # Errors
/// 404 for none of the organization's; 400 `file_unreadable`; of the database, where what was booked until then stays.
pub async fn import(
    state: &AppState,
    organization: OrganizationId,
    actor: &Actor,
    run: PayoutRunId,
    file: &[u8],
) -> Result<PayoutImport> {
    let mut tx = state.db.tenant(organization).await?;
    let found = read_store::read(&mut tx, organization, run).await?.ok_or_else(Error::not_found)?;
    let filed = file_store::filed(&mut tx, organization, run).await?;
    tx.commit().await?;
    let (format, rows) = import::read(file).map_err(|why| unreadable(&why))?;
    let known = Known::of(&filed, found.currency);
    let mut done = PayoutImport::default();
    for some in rows.chunks(AT_ONCE) {
        let mut tx = state.db.tenant(organization).await?;
        let mut booked = Vec::with_capacity(some.len());
        for row in some {
            booked.push(one(&mut tx, state, organization, actor, &known, format, row).await?);
        }
        tx.commit().await?;
        drop(state.news.send(organization));
        booked.into_iter().for_each(|row| done.add(row));
    }
    let mut tx = state.db.tenant(organization).await?;
    let told = json!({"sent": done.sent, "failed": done.failed, "unchanged": done.unchanged, "refused": done.refused});
    let entry = Entry::new("payout_run.imported", run).after(told);
    audit::record(&mut tx, organization, actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(done)
}

fn unreadable(why: &Unreadable) -> Error {
    let status = if *why == Unreadable::TooLong { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST };
    Error::new(status, "file_unreadable", why.to_string())
}

impl PayoutImport {
    fn add(&mut self, row: ImportedRow) {
        let count = match row.outcome {
            "Sent" => &mut self.sent,
            "Failed" => &mut self.failed,
            "Unchanged" => &mut self.unchanged,
            "Pending" => &mut self.pending,
            _ => &mut self.refused,
        };
        *count += 1;
        self.rows.push(row);
    }
}

/// The run's payouts by what a file may call them.
#[derive(Debug)]
struct Known<'f> {
    by_id: HashMap<PayoutId, &'f Filed>,
    /// More than one, where two have the same short reference: then neither is meant.
    by_reference: HashMap<String, Vec<&'f Filed>>,
    currency: Currency,
}

impl<'f> Known<'f> {
    fn of(filed: &'f [Filed], currency: Currency) -> Self {
        let mut by_reference: HashMap<String, Vec<&Filed>> = HashMap::new();
        for one in filed {
            by_reference.entry(wise::reference(&one.id.to_string())).or_default().push(one);
        }
        Self { by_id: filed.iter().map(|one| (one.id, one)).collect(), by_reference, currency }
    }

    /// A payout of another run, of another organization or of nobody is answered alike.
    fn find(&self, name: &Name) -> std::result::Result<&'f Filed, Problem> {
        let found = match name {
            Name::Id(text) => text.parse::<PayoutId>().ok().and_then(|id| self.by_id.get(&id).copied()),
            Name::Short(reference) => match self.by_reference.get(reference).map(Vec::as_slice) {
                Some([one]) => Some(*one),
                _ => None,
            },
        };
        found.ok_or_else(|| Problem {
            code: "not_in_run",
            message: "This run has no such payout that is paid outside Stripe.".to_owned(),
        })
    }

    fn check(&self, said: &Said) -> std::result::Result<&'f Filed, Problem> {
        let filed = self.find(&said.payout)?;
        match said.amount {
            Some(told) if said.fate == Fate::Sent && told != (filed.net, self.currency) => Err(Problem {
                code: "amount_differs",
                message: format!(
                    "The file says {}, the payout is of {}.",
                    Money::new(told.0, told.1),
                    Money::new(filed.net, self.currency)
                ),
            }),
            _ => Ok(filed),
        }
    }
}

/// # Errors
/// Of the database only: what is wrong with a row is its outcome.
async fn one(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    actor: &Actor,
    known: &Known<'_>,
    format: Format,
    row: &Row,
) -> Result<ImportedRow> {
    let refused = |payout_id, code: &str, message: &str| ImportedRow {
        line: row.line,
        payout_id,
        outcome: "Refused",
        error: Some(code.to_owned()),
        message: Some(message.to_owned()),
    };
    let said = match &row.said {
        Ok(said) => said,
        Err(problem) => return Ok(refused(None, problem.code, &problem.message)),
    };
    let id = match known.check(said) {
        Ok(filed) => filed.id,
        Err(problem) => return Ok(refused(None, problem.code, &problem.message)),
    };
    let acted = match &said.fate {
        Fate::Pending => None,
        Fate::Sent => {
            let reference = said.reference.clone();
            let marked = match format {
                Format::Own => Marked { transfer: None, reference },
                Format::PayPal | Format::Wise => Marked { transfer: reference, reference: None },
            };
            Some(act::mark_sent(tx, state, organization, id, &marked, None).await)
        }
        Fate::Failed(reason) => Some(act::mark_failed(tx, state, organization, id, reason).await),
    };
    let outcome = match acted {
        None => "Pending",
        Some(Err(error)) if error.status().is_server_error() => return Err(error),
        Some(Err(error)) => return Ok(refused(Some(id), &error.body().code, &error.body().message)),
        Some(Ok(acted)) => match acted.entry {
            None => "Unchanged",
            Some(entry) => {
                audit::record(tx, organization, actor, state.clock.now(), entry).await?;
                if said.fate == Fate::Sent { "Sent" } else { "Failed" }
            }
        },
    };
    Ok(ImportedRow { line: row.line, payout_id: Some(id), outcome, error: None, message: None })
}
