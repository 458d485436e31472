//! Stores a run: who is paid how much, and who isn't and why, all as of the same time.

use axum::http::StatusCode;
use payout_core::select::Reason;
use serde_json::json;
use shared::{
    id::{PayoutId, PayoutRunId, UserId},
    money::Currency,
};

use super::{
    preview::{self, Selection},
    store::{self, Proposal},
    view::Exclusion,
};
use crate::payout_settings::store as settings_store;
use engine::book;
use identity::audit::Entry;
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};

/// Who proposes.
#[derive(Debug, Clone)]
pub struct By {
    /// `user:…`, `api_key:…` or `schedule`.
    pub actor: String,
    /// The person behind it, if known.
    pub person: Option<UserId>,
    pub hand: Hand,
}

/// How the action was triggered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// A person signed in to the dashboard.
    Session,
    /// With an API key; `is_personal` if only its person ever saw its secret.
    Key {
        is_personal: bool,
    },
    Schedule,
}

/// The result of a proposal.
#[derive(Debug)]
pub enum Proposed {
    Made(PayoutRunId, Entry),
    /// Another run already waits for a decision.
    Open(PayoutRunId),
    /// No one can be paid.
    Nothing(Box<Selection>),
}

/// Proposes a run. It takes the book's lock, so that of two concurrent proposals one finds the other's run.
///
/// # Errors
/// Database errors; nothing may be committed then.
pub async fn propose(
    tx: &mut TenantTx,
    state: &AppState,
    by: &By,
    currency: Currency,
    period: Option<&str>,
) -> Result<Proposed> {
    book::store::lock(tx).await?;
    if let Some(open) = store::proposed(tx, currency).await? {
        return Ok(Proposed::Open(open));
    }
    let selection = preview::select(tx, currency, state.clock.now()).await?;
    if selection.paid.is_empty() {
        return Ok(Proposed::Nothing(Box::new(selection)));
    }
    let id = state.new_id();
    let entry = make(tx, state, by, id, &selection, period).await?;
    Ok(Proposed::Made(id, entry))
}

/// Stores a selection as the run with this ID. Hold the book's lock since before the selection.
///
/// # Errors
/// Database errors; nothing may be committed then.
pub(super) async fn make(
    tx: &mut TenantTx,
    state: &AppState,
    by: &By,
    id: PayoutRunId,
    selection: &Selection,
    period: Option<&str>,
) -> Result<Entry> {
    let (now, currency) = (state.clock.now(), selection.currency);
    let sums = selection.sums().map_err(|error| Error::internal(error))?;
    let needs_second = settings_store::read(tx).await?.second_approver;
    let (cutoff, actor, person) = (selection.cutoff, by.actor.as_str(), by.person);
    let run = Proposal { id, currency, period, cutoff, actor, person, needs_second };
    store::insert(tx, &run, now).await?;
    let paid: Vec<(PayoutId, &preview::Paid)> = selection.paid.iter().map(|paid| (state.new_id(), paid)).collect();
    let connection = selection.connection.as_ref().map(|connection| connection.id);
    store::insert_payouts(tx, &run, &paid, connection, now).await?;
    store::insert_exclusions(tx, id, &selection.left_out).await?;
    let details = json!({
        "currency": currency.code(), "payouts": paid.len(), "grossCents": sums.gross, "withheldCents": sums.withheld,
        "excluded": selection.left_out.len(), "period": period,
    });
    Ok(Entry::new("payout_run.proposed", id).after(details))
}

/// 409 `run_open`, naming the run.
pub fn open(id: PayoutRunId, currency: Currency) -> Error {
    let message =
        format!("A payout run in {currency} is already waiting for approval: {id}. Approve or cancel it first.");
    Error::new(StatusCode::CONFLICT, Code::RunOpen, message).with(json!({"runId": id}))
}

/// 409 `nothing_payable`, with everyone who is left out.
pub fn nothing(selection: &Selection) -> Error {
    let currency = selection.currency;
    let why: Vec<String> = Reason::ALL
        .into_iter()
        .filter_map(|reason| {
            let count = selection.left_out.iter().filter(|one| one.reason == reason).count();
            (count > 0).then(|| format!("{count} × {}", reason.title().to_lowercase()))
        })
        .collect();
    let message = if why.is_empty() {
        format!("Nothing is payable in {currency}.")
    } else {
        format!("No one can be paid in {currency} right now: {}.", why.join(", "))
    };
    let exclusions: Vec<Exclusion> = selection.left_out.iter().map(Exclusion::of).collect();
    Error::new(StatusCode::CONFLICT, Code::NothingPayable, message).with(json!({"exclusions": exclusions}))
}
