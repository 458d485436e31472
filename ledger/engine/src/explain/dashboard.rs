//! `/dashboard/commissions/{id}`: a commission's receipt as a page.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use shared::{id::CommissionId, timestamp::Timestamp};

use super::{receipt::Receipt, store, words, write};
use crate::decision;
use identity::{access::session::Session, page::frame::Frame, suggestion::Outcome};
use kit::{
    api::query::Query,
    error::{Error, Result},
    form::Refused,
    page::{
        Html, PageError,
        status::{self, Badge},
        zone::Zone,
    },
    state::AppState,
};
use rules::{commission::CommissionStatus, format};

#[derive(Debug, askama::Template)]
#[template(path = "receipt.html")]
pub struct ReceiptPage {
    pub(super) frame: Frame,
    pub(super) receipt: Receipt,
    pub(super) badge: Badge,
    /// When it is payable, or why it isn't.
    pub(super) state: String,
    /// The action that was just done.
    done: Option<&'static str>,
    pub refused: Refused,
    /// Paragraphs of a model, or why there are none; `None` if none were requested.
    pub explanation: Option<Outcome<Vec<String>>>,
}

impl ReceiptPage {
    pub(super) fn money(&self, minor: &i64) -> String {
        format::money(*minor, self.receipt.currency.code())
    }

    pub(super) fn money_of(minor: &i64, currency: &shared::money::Currency) -> String {
        format::money(*minor, currency.code())
    }

    /// What happened to the paid part.
    fn settled(&self) -> &'static str {
        words::settled(self.receipt.is_left)
    }

    pub(super) fn when(&self, at: &Timestamp) -> String {
        self.frame.zone.full(*at)
    }

    /// Whether the commission waits for a review of its own, not of a conversion.
    fn waits_for_review(&self) -> bool {
        self.receipt.hold.held_for == Some("Review") && self.receipt.sale.is_none()
    }
}

/// `GET /dashboard/commissions/{id}`, in any of the user's organizations.
///
/// # Errors
/// 404 for a commission of another organization; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    query: Query,
) -> std::result::Result<Response, PageError> {
    let mut page = load(&state, &session, &id).await?;
    page.done = match query.peek("done") {
        Some("approve") => Some("Approved. It follows its normal hold period."),
        Some("deny") => Some("Denied. It pays nothing."),
        Some("release") => Some("Released. It's payable now."),
        _ => None,
    };
    Ok(Html(page).into_response())
}

/// Loads the receipt's page.
///
/// # Errors
/// 404 for a commission of another organization; 503 if the database is unavailable.
pub async fn load(state: &AppState, session: &Session, id: &str) -> Result<ReceiptPage> {
    let id: CommissionId = id.parse().map_err(|_| Error::not_found())?;
    let mut tx = state.db.tenants(session.memberships.iter().map(|(own, _)| *own).collect()).await?;
    let organization = store::owner(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    let mut tx = state.db.tenant(organization).await?;
    let mut facts = store::facts(&mut tx, id, state.clock.now()).await?.ok_or_else(Error::not_found)?;
    decision::named::by_name(&mut tx, &mut facts.decisions).await?;
    tx.commit().await?;
    let receipt = write::receipt(&facts);
    let frame = Frame::load(state, session, organization, "/dashboard/commissions").await?;
    let status = match facts.commission.status {
        CommissionStatus::Paid if facts.is_left() => "SettledThere",
        status => status.as_str(),
    };
    let badge = badge(&receipt, status, &frame.zone, state.clock.now());
    let state = write::state_in_words(&facts, &frame.zone);
    Ok(ReceiptPage { frame, receipt, badge, state, done: None, refused: Refused::default(), explanation: None })
}

fn badge(receipt: &Receipt, status: &str, zone: &Zone, now: Timestamp) -> Badge {
    let due = if receipt.hold.hold_until > now { zone.date(receipt.hold.hold_until) } else { String::new() };
    let (amount, paid) = (receipt.amount_cents, receipt.paid_cents);
    status::commission(status, receipt.hold.held_for, &due, receipt.in_payout_cents, amount, paid)
}
