//! `/a/sales/{id}`: explains one commission to the affiliate who earned it. Nothing on it identifies the buyer.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use shared::id::CommissionId;

use super::{
    sales::{HERE, Row},
    sales_store::{self, Earning, Filter},
};
use engine::explain::{self, Facts, receipt::Receipt, write};
use identity::portal::{frame::Frame, session::AffiliateSession};
use kit::{
    api::path::PathId,
    error::Error,
    page::{Html, PageError, zone::Zone},
    state::AppState,
};
use rules::{commission::EarnedBy, format};

#[derive(Debug, askama::Template)]
#[template(path = "portal_sale.html")]
struct SalePage {
    frame: Frame,
    organization: String,
    row: Row,
    earned: String,
    /// The amount before refunds, if it differs.
    was: Option<String>,
    given_back: Option<String>,
    /// Why the sale is credited to the affiliate.
    credit: Option<&'static str>,
    /// The affiliate's own clicks, coupons and mentions that count.
    touches: Vec<(String, String)>,
    component: Option<String>,
    arithmetic: Vec<String>,
    /// The reason for a bonus or adjustment.
    reason: Option<String>,
    steps: Vec<Step>,
}

/// A past or expected event.
#[derive(Debug)]
struct Step {
    when: String,
    what: String,
    next: bool,
}

/// `GET /a/sales/{id}`: shows the page.
///
/// # Errors
/// 404 if it isn't the affiliate's own; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: AffiliateSession,
    PathId(id): PathId<CommissionId>,
) -> Result<Response, PageError> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(session.organization).await?;
    let filter = Filter { id: Some(id), limit: 1, ..Filter::default() };
    let found = sales_store::list(&mut tx, session.affiliate, &filter).await?;
    let row = found.into_iter().next().ok_or_else(Error::not_found)?;
    let facts = explain::store::facts(&mut tx, id, now).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    let receipt = write::receipt(&facts);
    let page = SalePage {
        earned: format::money(row.earned, &row.currency),
        was: (row.earned != row.amount).then(|| format::money(row.amount, &row.currency)),
        given_back: receipt
            .sale
            .as_ref()
            .filter(|sale| sale.refunded_cents > 0)
            .map(|sale| format::money(sale.refunded_cents, sale.currency.code())),
        credit: credit(&receipt, &session),
        touches: touches(&receipt, &session),
        component: receipt.plan.as_ref().map(|plan| plan.component.clone()).filter(|text| !text.is_empty()),
        reason: reason(&facts),
        arithmetic: receipt.arithmetic.clone(),
        steps: steps(&receipt, &row, &session.zone, now),
        row: Row::of(&row, &session.zone, now),
        frame: session.frame(HERE),
        organization: session.organization_name,
    };
    Ok(Html(page).into_response())
}

/// Explains why the sale is credited to the affiliate. Says nothing about other affiliates.
fn credit(receipt: &Receipt, session: &AffiliateSession) -> Option<&'static str> {
    let credit = receipt.credit.as_ref()?;
    if credit.affiliate_id != Some(session.affiliate) {
        return Some("The sale is no longer credited to you.");
    }
    Some(match credit.rule? {
        "manual" => "The brand credited it to you manually.",
        "bound" => "You referred this customer, so you also earn on their later purchases.",
        "coupon" => "The customer used your coupon.",
        "click" => "The customer clicked your link.",
        "slug" => "The sale was reported with your link name.",
        "lead" => "You referred this customer earlier as a lead.",
        _ => "It’s credited to you.",
    })
}

fn touches(receipt: &Receipt, session: &AffiliateSession) -> Vec<(String, String)> {
    let touches = receipt.credit.iter().flat_map(|credit| &credit.touches);
    let own = touches.filter(|touch| touch.affiliate_id == session.affiliate);
    own.map(|touch| {
        let what = match (touch.kind, &touch.link) {
            ("click", Some(link)) => format!("Click on {link}"),
            ("click", None) => "Click on your link".to_owned(),
            ("coupon", _) => "Your coupon".to_owned(),
            _ => "Your link name on the sale".to_owned(),
        };
        (session.zone.full(touch.at), what)
    })
    .collect()
}

/// The reason for a bonus or an adjustment, which the affiliate may read.
fn reason(facts: &Facts) -> Option<String> {
    match facts.commission.earned_by {
        EarnedBy::Bonus(_) | EarnedBy::Adjustment(_) => {
            Some(facts.commission.reason.clone()).filter(|text| !text.is_empty())
        }
        EarnedBy::Conversion(_) | EarnedBy::Clicks(_) => None,
    }
}

fn steps(receipt: &Receipt, row: &Earning, zone: &Zone, now: shared::timestamp::Timestamp) -> Vec<Step> {
    let money = |minor| format::money(minor, &row.currency);
    let mut steps: Vec<Step> = receipt
        .transfers
        .iter()
        .map(|transfer| Step {
            when: zone.full(transfer.at),
            what: format!("{}: {}", transfer.what, money(transfer.amount_cents)),
            next: false,
        })
        .collect();
    let to_come = match row.status.as_str() {
        "Pending" if row.held.is_some() => Some((String::new(), "Becomes payable once that’s decided")),
        "Pending" if row.hold_until > now => Some((zone.date(row.hold_until), "Becomes payable")),
        "Approved" => Some((String::new(), "Included in your next payout")),
        _ => None,
    };
    steps.extend(to_come.map(|(when, what)| Step { when, what: what.to_owned(), next: true }));
    steps
}
