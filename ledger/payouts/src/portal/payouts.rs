//! `/a/payouts`: an affiliate's payouts, and the receipt of each. Payouts of others return 404.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use payout_core::document::receipt::Receipt;
use serde_json::{Value, json};
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
    db::TenantTx,
    error::Error,
    page::{Html, PageError, zone::Zone},
    state::AppState,
    text::Texts,
};

const ROWS: usize = 50;
/// Those that a question is answered with.
const READ: i64 = 20;

#[derive(Debug, askama::Template)]
#[template(path = "portal_payouts.html")]
struct PayoutsPage {
    t: Texts,
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
    let (organization, affiliate, t) = (session.organization, session.affiliate, session.t);
    let mut tx = state.db.tenant(organization).await?;
    let money = money::of(&mut tx, &state, (t, &session.zone), affiliate).await?;
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let mut found = list_store::list(&mut tx, affiliate, before, limit).await?;
    let years = yearly_store::years(&mut tx, affiliate).await?;
    tx.commit().await?;
    let is_more = found.len() > ROWS;
    found.truncate(ROWS);
    let page = PayoutsPage {
        t,
        more: found.last().filter(|_| is_more).map(|last| last.id.to_string()),
        rows: found.iter().map(|row| Row::of((t, &session.zone), row, &session.organization_name)).collect(),
        frame: session.frame("/a/payouts"),
        organization: session.organization_name,
        money,
        years,
    };
    Ok(file::private(Html(page).into_response()))
}

/// The latest payouts, for a model that answers the affiliate's question.
///
/// # Errors
/// Database errors.
pub async fn facts(tx: &mut TenantTx, session: &AffiliateSession) -> Result<Value, sqlx::Error> {
    let found = list_store::list(tx, session.affiliate, None, READ).await?;
    let rows = found.iter().map(|row| {
        let row = Row::of((session.t, &session.zone), row, &session.organization_name);
        json!({"id": row.id, "date": row.date, "amount": row.amount, "status": row.message.label, "next": row.message.next})
    });
    Ok(json!({ "payouts": rows.collect::<Vec<_>>() }))
}

impl Row {
    fn of((t, zone): (Texts, &Zone), row: &Payout, brand: &str) -> Self {
        let facts = PayoutFacts {
            status: row.status,
            rail: &row.rail,
            reason_code: row.reason_code.as_deref(),
            bank_status: row.bank_status.as_deref(),
            returned: row.returned != 0,
        };
        Self {
            id: row.id.to_string(),
            date: zone.date_in(t, row.sent_at.unwrap_or(row.created_at)),
            amount: t.money(row.net, row.currency.code()),
            message: words::say(t, facts, brand),
        }
    }
}

#[derive(Debug, askama::Template)]
#[template(path = "portal_receipt.html")]
struct ReceiptPage {
    t: Texts,
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
}

impl ReceiptPage {
    /// An amount with its currency's code. It accepts both references and values, because a template passes fields by
    /// reference and function results by value.
    fn named(&self, minor: impl std::borrow::Borrow<i64>) -> String {
        self.t.named_money(*minor.borrow(), self.receipt.currency)
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
    let t = session.t;
    let found = find(&state, &session, t, &id).await?;
    let receipt = found.receipt;
    let facts = PayoutFacts {
        status: receipt.status,
        rail: &found.rail,
        reason_code: found.reason_code.as_deref(),
        bank_status: found.bank_status.as_deref(),
        returned: receipt.returned != 0,
    };
    let message = words::say(t, facts, &receipt.brand.name);
    let period = receipt.period().map(|days| words::period(t, days));
    let lines = receipt.lines.iter().map(|line| Line {
        date: line.earned.date.clone(),
        program: line.program.clone(),
        what: match line.amount {
            ..0 => t.say("portal-receipt-reversal").with("what", &line.what).to_string(),
            _ => line.what.clone(),
        },
        amount: t.plain_money(line.amount, receipt.currency),
    });
    let page = ReceiptPage {
        t,
        frame: session.frame("/a/payouts"),
        organization: session.organization_name,
        title: t.money(receipt.net(), receipt.currency.code()),
        notice: words::notice(t, &receipt),
        lines: lines.collect(),
        period,
        message,
        receipt,
    };
    Ok(file::private(Html(page).into_response()))
}

/// `GET /a/payouts/{id}/receipt.pdf`: the document that the brand and the API get, which is in English.
pub async fn pdf(
    State(state): State<AppState>,
    session: AffiliateSession,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    Ok(pdf_of(&find(&state, &session, Texts::default(), &id).await?).await?)
}

async fn find(state: &AppState, session: &AffiliateSession, t: Texts, id: &str) -> Result<Found, Error> {
    let id: PayoutId = id.parse().map_err(|_| Error::not_found())?;
    let mut tx = state.db.tenant(session.organization).await?;
    let found = store::read(&mut tx, t, Some(session.affiliate), id).await?;
    tx.commit().await?;
    found.ok_or_else(Error::not_found)
}
