//! `/a/sales/{id}`: explains one commission to the affiliate who earned it. Nothing on it identifies the buyer.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use shared::id::CommissionId;

use super::{
    recruits_store,
    sales::{HERE, Row},
    sales_store::{self, Earning, Filter},
};
use engine::{
    commission::offer::offer,
    explain::{self, Booked, Facts, receipt::Receipt, write},
};
use identity::portal::{frame::Frame, session::AffiliateSession};
use kit::{
    api::path::PathId,
    error::Error,
    page::{Html, PageError, zone::Zone},
    state::AppState,
    text::Texts,
};
use rules::commission::{EarnedBy, compute::percent};

#[derive(Debug, askama::Template)]
#[template(path = "portal_sale.html")]
pub(super) struct SalePage {
    t: Texts,
    frame: Frame,
    organization: String,
    row: Row,
    earned: String,
    /// The amount before refunds, if it differs.
    was: Option<String>,
    given_back: Option<String>,
    /// The message that says why the sale is credited to the affiliate.
    credit: Option<String>,
    /// The affiliate's own clicks, coupons and mentions that count.
    touches: Vec<(String, String)>,
    component: Option<String>,
    arithmetic: Vec<String>,
    /// The reason for a bonus or adjustment.
    reason: Option<String>,
    /// When the hold of a commission that is on hold ends, whatever else it waits for.
    until: Option<String>,
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
    Ok(Html(load(&state, &session, id).await?).into_response())
}

impl SalePage {
    /// The same for a model that answers the affiliate's question, without what a person wrote.
    pub(super) fn facts(&self) -> Value {
        let touches = self.touches.iter().map(|(when, what)| json!({"when": when, "what": what}));
        let steps =
            self.steps.iter().map(|step| json!({"when": step.when, "what": step.what, "isStillToCome": step.next}));
        json!({
            "earning": self.row.facts(), "amountBeforeRefunds": self.was, "earned": self.earned, "refunded": self.given_back,
            "whyTheyAreCredited": self.credit, "theirClicksAndCoupons": touches.collect::<Vec<_>>(),
            "planPays": self.component, "calculation": self.arithmetic, "onHoldUntil": self.until,
            "steps": steps.collect::<Vec<_>>(),
        })
    }
}

/// # Errors
/// As [`show`].
pub(super) async fn load(state: &AppState, session: &AffiliateSession, id: CommissionId) -> Result<SalePage, Error> {
    let (t, now) = (session.t, state.clock.now());
    let mut tx = state.db.tenant(session.organization).await?;
    let filter = Filter { id: Some(id), limit: 1, ..Filter::default() };
    let found = sales_store::list(&mut tx, session.affiliate, &filter).await?;
    let row = found.into_iter().next().ok_or_else(Error::not_found)?;
    let facts = explain::store::facts(&mut tx, id, now).await?.ok_or_else(Error::not_found)?;
    let parent = facts.commission.parent();
    let shared_of = match parent {
        Some(parent) => recruits_store::shared_of(&mut tx, parent).await?,
        None => None,
    };
    tx.commit().await?;
    let mut receipt = write::receipt(&facts);
    let is_override = parent.is_some();
    if is_override {
        // The sale is the recruit's: the recruiter learns what it earned them, and nothing else about it. The sentence
        // says the whole calculation; there is none if the sale's time turned out to be before any terms.
        receipt.sale = None;
        receipt.credit = None;
        receipt.arithmetic.clear();
    }
    let by_recruit = shared_of.map(|of| {
        let sentence = t.say("portal-sale-by-recruit").with("percent", t.percentage(&percent(of.percent_ppm)));
        sentence.with("amount", t.money(of.amount, &of.currency)).to_string()
    });
    let page = SalePage {
        earned: t.money(row.earned, &row.currency),
        was: (row.earned != row.amount).then(|| t.money(row.amount, &row.currency)),
        given_back: receipt
            .sale
            .as_ref()
            .filter(|sale| sale.refunded_cents > 0)
            .map(|sale| t.money(sale.refunded_cents, sale.currency.code())),
        credit: by_recruit.or_else(|| credit(&receipt, session).map(|why| t.say(why).to_string())),
        touches: touches(&receipt, session),
        component: component(t, &facts).filter(|_| !is_override),
        reason: reason(&facts),
        until: (row.status == "Pending" && row.hold_until > now).then(|| session.zone.date_in(t, row.hold_until)),
        arithmetic: receipt.arithmetic.clone(),
        steps: steps(t, &facts.transfers, &row, &session.zone, now),
        row: Row::of(t, &row, &session.zone, now),
        t,
        frame: session.frame(HERE),
        organization: session.organization_name.clone(),
    };
    Ok(page)
}

/// Explains why the sale is credited to the affiliate. Says nothing about other affiliates.
fn credit(receipt: &Receipt, session: &AffiliateSession) -> Option<&'static str> {
    let credit = receipt.credit.as_ref()?;
    if credit.affiliate_id != Some(session.affiliate) {
        return Some("portal-sale-no-longer");
    }
    Some(match credit.rule? {
        "manual" => "portal-sale-by-brand",
        "bound" => "portal-sale-by-customer",
        "coupon" => "portal-sale-by-coupon",
        "click" => "portal-sale-by-click",
        "slug" => "portal-sale-by-slug",
        "lead" => "portal-sale-by-lead",
        _ => "portal-sale-by-other",
    })
}

fn touches(receipt: &Receipt, session: &AffiliateSession) -> Vec<(String, String)> {
    let t = session.t;
    let touches = receipt.credit.iter().flat_map(|credit| &credit.touches);
    let own = touches.filter(|touch| touch.affiliate_id == session.affiliate);
    own.map(|touch| {
        let what = match (touch.kind, &touch.link) {
            ("click", Some(link)) => t.say("portal-sale-click-on").with("link", link),
            ("click", None) => t.say("portal-sale-click"),
            ("coupon", _) => match &touch.coupon {
                Some(code) => t.say("portal-sale-coupon-code").with("code", code),
                None => t.say("portal-sale-coupon"),
            },
            _ => t.say("portal-sale-slug"),
        };
        (session.zone.full_in(t, touch.at), what.to_string())
    })
    .collect()
}

/// The reason for a bonus or an adjustment, which the affiliate may read.
fn reason(facts: &Facts) -> Option<String> {
    match facts.commission.earned_by {
        EarnedBy::Bonus(_) | EarnedBy::Adjustment(_) => {
            Some(facts.commission.reason.clone()).filter(|text| !text.is_empty())
        }
        EarnedBy::Conversion(_) | EarnedBy::Override { .. } | EarnedBy::Clicks(_) => None,
    }
}

/// What the plan's component pays, in everyday words.
fn component(t: Texts, facts: &Facts) -> Option<String> {
    let index = usize::try_from(facts.commission.component).ok()?;
    let component = facts.plan.as_ref()?.components.as_deref()?.get(index)?;
    offer(t, std::slice::from_ref(component)).into_iter().next()
}

fn steps(t: Texts, transfers: &[Booked], row: &Earning, zone: &Zone, now: shared::timestamp::Timestamp) -> Vec<Step> {
    let step = |transfer: &Booked| {
        let what = t.say(step_of(&transfer.kind, transfer.from == "affiliate_paid", row.left));
        let amount = t.money(transfer.amount, &row.currency);
        Step {
            when: zone.full_in(t, transfer.at),
            what: t.say("portal-sale-step").with("what", what).with("amount", amount).to_string(),
            next: false,
        }
    };
    let mut steps: Vec<Step> = transfers.iter().map(step).collect();
    let to_come = match row.status.as_str() {
        "Pending" if row.held.is_some() => Some((String::new(), "portal-sale-becomes-payable-decided")),
        "Pending" if row.hold_until > now => Some((zone.date_in(t, row.hold_until), "portal-sale-becomes-payable")),
        "Approved" => Some((String::new(), "portal-sale-in-next-payout")),
        _ => None,
    };
    steps.extend(to_come.map(|(when, what)| Step { when, what: t.say(what).to_string(), next: true }));
    steps
}

/// The message for a transfer; `back` if a payment runs in the opposite of its usual direction, `left` if another
/// platform has to pay.
fn step_of(kind: &str, back: bool, left: bool) -> &'static str {
    match kind {
        "commission_earned" => "portal-sale-step-earned",
        "commission_reversed" => "portal-sale-step-reversed",
        "commission_approved" => "portal-sale-step-payable",
        "commission_unapproved" => "portal-sale-step-held",
        "payout_reserved" => "portal-sale-step-reserved",
        "payout_voided" => "portal-sale-step-voided",
        "payout_returned" => "portal-sale-step-returned",
        "commission_paid" if back => "portal-sale-step-offset",
        "commission_paid" if left => "portal-sale-step-left",
        "commission_paid" => "portal-sale-step-paid",
        _ => "portal-sale-step-moved",
    }
}
