//! `/a/payouts`: an affiliate's payouts, and the receipt of each. Payouts of others return 404.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use payout_core::document::{amount::plain, receipt::Receipt};
use shared::id::PayoutId;

use crate::receipt::{
    api::pdf_of,
    file,
    list_store::{self, Payout},
    store::{self, Found},
    words::{self, PayoutFacts, StatusText},
    yearly_store,
};
use crate::statement::money::{self, Money};
use identity::portal::{frame::Frame, session::AffiliateSession};
use kit::{
    api::query::Query,
    error::Error,
    page::{Html, PageError},
    state::AppState,
};
use rules::format;

const ROWS: usize = 50;

#[derive(Debug, askama::Template)]
#[template(path = "portal_payouts.html")]
struct PayoutsPage {
    organization: String,
    frame: Frame,
    money: Money,
    rows: Vec<Row>,
    /// The last one shown, if there are older ones.
    more: Option<String>,
    years: Vec<i32>,
}

#[derive(Debug)]
struct Row {
    id: String,
    date: String,
    amount: String,
    message: StatusText,
}

/// `GET /a/payouts`.
///
/// # Errors
/// Fails if the database is unavailable, or `before` isn't a payout's ID.
pub async fn list(
    State(state): State<AppState>,
    session: AffiliateSession,
    mut query: Query,
) -> Result<Response, PageError> {
    let before: Option<PayoutId> = query.id("before")?;
    let (organization, affiliate) = (session.organization, session.affiliate);
    let mut tx = state.db.tenant(organization).await?;
    let money = money::of(&mut tx, &state, affiliate).await?;
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let mut found = list_store::list(&mut tx, affiliate, before, limit).await?;
    let years = yearly_store::years(&mut tx, affiliate).await?;
    tx.commit().await?;
    let is_more = found.len() > ROWS;
    found.truncate(ROWS);
    let page = PayoutsPage {
        more: found.last().filter(|_| is_more).map(|last| last.id.to_string()),
        rows: found.iter().map(|row| Row::of(row, &session.organization_name)).collect(),
        frame: session.frame("/a/payouts"),
        organization: session.organization_name,
        money,
        years,
    };
    Ok(file::private(Html(page).into_response()))
}

impl Row {
    fn of(row: &Payout, brand: &str) -> Self {
        let facts = PayoutFacts {
            status: row.status,
            rail: &row.rail,
            reason_code: row.reason_code.as_deref(),
            bank_status: row.bank_status.as_deref(),
            returned: row.returned != 0,
        };
        Self {
            id: row.id.to_string(),
            date: format::date(row.sent_at.unwrap_or(row.created_at)),
            amount: format::money(row.net, row.currency.code()),
            message: words::say(facts, brand),
        }
    }
}

#[derive(Debug, askama::Template)]
#[template(path = "portal_receipt.html")]
struct ReceiptPage {
    organization: String,
    frame: Frame,
    receipt: Receipt,
    message: StatusText,
    title: String,
    notice: Option<String>,
    period: Option<String>,
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    date: String,
    program: String,
    what: String,
    amount: String,
    taken_back: bool,
}

impl ReceiptPage {
    /// An amount without its currency. It accepts both references and values, because a template passes fields by
    /// reference and function results by value.
    fn plain(&self, minor: impl std::borrow::Borrow<i64>) -> String {
        plain(*minor.borrow(), self.receipt.currency)
    }

    fn day(at: &shared::timestamp::Timestamp) -> String {
        format::date(*at)
    }
}

/// `GET /a/payouts/{id}`.
///
/// # Errors
/// 404 for what isn't the affiliate's own; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: AffiliateSession,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let found = find(&state, &session, &id).await?;
    let receipt = found.receipt;
    let facts = PayoutFacts {
        status: receipt.status,
        rail: &found.rail,
        reason_code: found.reason_code.as_deref(),
        bank_status: found.bank_status.as_deref(),
        returned: receipt.returned != 0,
    };
    let message = words::say(facts, &receipt.brand.name);
    let period = receipt.period_in_words();
    let lines = receipt.lines.iter().map(|line| Line {
        date: format::date(line.earned_at),
        program: line.program.clone(),
        what: line.what.clone(),
        amount: plain(line.amount, receipt.currency),
        taken_back: line.amount < 0,
    });
    let page = ReceiptPage {
        frame: session.frame("/a/payouts"),
        organization: session.organization_name,
        title: format::money(receipt.net(), receipt.currency.code()),
        notice: receipt.notice(),
        lines: lines.collect(),
        period,
        message,
        receipt,
    };
    Ok(file::private(Html(page).into_response()))
}

/// `GET /a/payouts/{id}/receipt.pdf`.
pub async fn pdf(
    State(state): State<AppState>,
    session: AffiliateSession,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    Ok(pdf_of(&find(&state, &session, &id).await?).await?)
}

async fn find(state: &AppState, session: &AffiliateSession, id: &str) -> Result<Found, Error> {
    let id: PayoutId = id.parse().map_err(|_| Error::not_found())?;
    let mut tx = state.db.tenant(session.organization).await?;
    let found = store::read(&mut tx, Some(session.affiliate), id).await?;
    tx.commit().await?;
    found.ok_or_else(Error::not_found)
}
