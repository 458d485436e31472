//! The review page and its decisions: flagged conversions, customers that may be the same person, and sudden growth of
//! paid clicks.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use shared::id::{ConversionId, OrganizationId};

use super::{
    clicks_store::{self, HeldClicks},
    joins::{self, JoinRow},
    one,
    store::{self, Flagged},
};
use crate::dashboard::bulk::{Bulk, Outcome};
use engine::{
    book, conversion,
    decision::{reason, review},
    explain::words,
    history::DecisionKind,
};
use identity::{
    access::{member::Choice, session::Session},
    audit,
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::{path::parse_id, query::Query},
    error::Error,
    form::Fields,
    page::{
        Html, PageError,
        address::Address,
        csv,
        flash::Flash,
        zone::{When, Zone},
    },
    state::AppState,
};
use rules::{attribution::flag::Flag, format};

pub const PLACE: &str = "/dashboard/review";
pub const ROWS: i64 = 50;

#[derive(Debug, askama::Template)]
#[template(path = "review.html")]
pub struct ReviewPage {
    frame: Frame,
    rows: Vec<ReviewRow>,
    /// Days with a sudden growth of clicks.
    clicks: Vec<ClicksRow>,
    pub joins: Vec<JoinRow>,
    /// There are more than the page shows.
    more: bool,
    file: Address,
    /// Notice of a decision that was just made.
    done: Option<&'static str>,
    /// The submitted bulk form, and why it was refused.
    pub bulk: Bulk,
    pub outcome: Option<Outcome>,
}

#[derive(Debug)]
pub struct ReviewRow {
    pub id: String,
    pub at: When,
    pub external_id: String,
    pub kind: String,
    pub source: String,
    pub amount: String,
    pub customer: String,
    pub customer_email: Option<String>,
    pub customer_name: Option<String>,
    pub affiliate: String,
    pub affiliate_id: Option<String>,
    pub affiliate_email: String,
    pub flags: Vec<&'static str>,
    pub held: String,
    /// Its held amounts in major units and their currencies, each separated by spaces, for a script that adds them up.
    pub worth: (String, String),
    pub receipt: Option<String>,
    /// The form's error, and the reason that was typed.
    pub problem: Option<String>,
    pub reason: String,
}

/// A day's click commission.
#[derive(Debug)]
struct ClicksRow {
    id: String,
    affiliate: (String, String),
    program: String,
    day: String,
    amount: String,
    reason: String,
}

/// `GET /dashboard/review`: shows the queue.
///
/// # Errors
/// 404 if the user isn't a member of the organization; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    if let Some(id) = query.text("review") {
        return one::show(&state, &session, organization, &id).await;
    }
    let mut page = load(&state, &session, organization).await?;
    page.done = match query.text("done").as_deref() {
        Some("approved") => Some("Approved. The hold period continues as usual."),
        Some("denied") => Some("Denied. It earns no commission."),
        Some("joined") => Some("Joined. They're now one customer."),
        Some("split") => Some("Kept as separate customers."),
        _ => None,
    };
    Ok(Html(page).into_response())
}

/// `POST /dashboard/review/{id}`: approves or denies one conversion, if it still waits.
///
/// # Errors
/// 404 if the user can't access it, 403 for a viewer, 503 if the database is unavailable. A missing reason is requested
/// next to its field.
pub async fn decide(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let id: ConversionId = parse_id(&id)?;
    let organization = member.organization;
    let kind = review::verdict(fields.raw("decision"))?;
    let reason = match reason::checked(fields.raw("reason")) {
        Ok(reason) => reason,
        Err(_) if fields.text("from") == one::FORM => {
            return Ok(one::again(&state, &session, organization, id, &fields).await?);
        }
        Err(error) => {
            let mut page = load(&state, &session, organization).await?;
            for row in page.rows.iter_mut().filter(|row| row.id == id.to_string()) {
                row.refuse(fields.raw("reason"));
            }
            return Ok((error.status(), Html(page)).into_response());
        }
    };
    let mut tx = state.db.tenant(organization).await?;
    // Locks first, so that no one else decides meanwhile.
    book::store::lock(&mut tx).await?;
    let known = conversion::store::by_id(&mut tx, &[id]).await?;
    let known = known.into_iter().next().ok_or_else(Error::not_found)?;
    if !known.outcome.waits_for_review() {
        return Ok(one::passed(organization, &known));
    }
    review::decide(&mut tx, &state, &[id], kind, &reason, &member.actor.who).await?;
    let entry = review::entry(id, kind, fields.raw("reason"));
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    drop(state.news.send(organization));
    let done = if kind == DecisionKind::Deny { "denied" } else { "approved" };
    if fields.text("from") == one::FORM {
        let place = one::after(&state, organization, fields.text("next")).await?;
        return Ok(Flash::done(format!("{} {done}", known.external_id)).redirect(&place));
    }
    Ok(Redirect::to(&Address::of(PLACE, organization).with("done", done).to_string()).into_response())
}

pub async fn load(state: &AppState, session: &Session, organization: OrganizationId) -> Result<ReviewPage, Error> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let mut rows = store::queue(&mut tx, None, ROWS + 1).await?;
    let clicks = clicks_store::queue(&mut tx, ROWS).await?;
    let joins = joins::load(&mut tx, state, &frame.zone).await?;
    tx.commit().await?;
    let more = i64::try_from(rows.len()).is_ok_and(|count| count > ROWS);
    rows.truncate(usize::try_from(ROWS).unwrap_or(usize::MAX));
    Ok(ReviewPage {
        rows: rows.into_iter().map(|row| ReviewRow::of(row, &frame.zone)).collect(),
        clicks: clicks.into_iter().map(ClicksRow::of).collect(),
        joins,
        more,
        file: Address::of(format!("{PLACE}.csv"), organization),
        done: None,
        bulk: Bulk::default(),
        outcome: None,
        frame,
    })
}

/// Names the source of a conversion.
pub fn reported_by(source: &str) -> &str {
    if source == "S2s" { "Server" } else { source }
}

/// Describes a conversion's flags.
pub fn suspicions(row: &Flagged) -> Vec<&'static str> {
    row.flags.iter().filter_map(|flag| Flag::parse(flag)).map(words::flag).collect()
}

impl ClicksRow {
    fn of(row: HeldClicks) -> Self {
        Self {
            id: row.id.to_string(),
            affiliate: (row.affiliate.0.to_string(), row.affiliate.1),
            program: row.program,
            day: row.day.map(|day| day.to_string()).unwrap_or_default(),
            amount: format::money(row.earned.minor, row.earned.currency.code()),
            reason: row.reason,
        }
    }
}

impl ReviewRow {
    /// Shows a form without a valid reason again.
    pub fn refuse(&mut self, reason: &str) {
        self.problem = Some("Enter a reason of 1 to 1,000 characters. It appears on the receipt.".to_owned());
        reason.clone_into(&mut self.reason);
    }

    pub fn of(row: Flagged, zone: &Zone) -> Self {
        let (affiliate, affiliate_email) =
            row.affiliate.as_ref().map(|one| (one.name.clone(), one.email.clone())).unwrap_or_default();
        let amounts: Vec<String> = row.held.iter().map(|(currency, amount)| csv::major(*amount, currency)).collect();
        let currencies: Vec<&str> = row.held.iter().map(|(currency, _)| currency.as_str()).collect();
        let worth = (amounts.join(" "), currencies.join(" "));
        let held: Vec<String> = row.held.iter().map(|(currency, amount)| format::money(*amount, currency)).collect();
        Self {
            id: row.id.to_string(),
            at: zone.when(row.at),
            flags: suspicions(&row),
            source: reported_by(&row.source).to_owned(),
            amount: format::money(row.amount, &row.currency),
            external_id: row.external_id,
            kind: row.kind,
            customer: row.customer.unwrap_or_else(|| "unknown".to_owned()),
            customer_email: row.customer_email,
            customer_name: row.customer_name,
            affiliate,
            affiliate_id: row.affiliate.map(|one| one.id.to_string()),
            affiliate_email,
            held: if held.is_empty() { "nothing".to_owned() } else { held.join(", ") },
            worth,
            receipt: row.receipt.map(|id| id.to_string()),
            problem: None,
            reason: String::new(),
        }
    }
}
