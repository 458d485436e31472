//! `GET /dashboard/conversions/{id}`: one sale: its details, who is credited and who isn't, what it earned, and the
//! decisions about it.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use shared::{
    id::{ConversionId, EventId, OrganizationId},
    timestamp::Timestamp,
};

use std::collections::{BTreeSet, HashSet};

use super::{
    PLACE,
    label::{Came, label},
    store,
};
use crate::dashboard::list_filters;
use engine::{
    decision,
    explain::{
        self, SaleFacts,
        receipt::{ReceiptCredit, ReceiptSale},
        sale::{consider, credit, sale},
        words,
    },
    lead::names_store,
};
use identity::{
    access::{member::Choice, session::Session},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    error::{Error, Result},
    form::Refused,
    page::{
        Html, PageError,
        status::{self, Badge},
        zone::{When, Zone},
    },
    state::AppState,
};
use programs::dashboard::pick_store;
use rules::{conversion::Status, format};

/// The title of a lead, which has no amount.
const LEAD: &str = "Lead";

#[derive(Debug, askama::Template)]
#[template(path = "conversion.html")]
pub struct ConversionPage {
    frame: Frame,
    one: One,
    /// A lead's name.
    person: Option<String>,
    sale: ReceiptSale,
    credit: ReceiptCredit,
    parts: Vec<PartRow>,
    decisions: Vec<DecisionRow>,
    /// Programs in which another affiliate can be credited.
    programs: Vec<(String, String)>,
    /// Notice of an action that just ran.
    done: Option<&'static str>,
    pub refused: Refused,
    /// The ID with which the form for a refund counts once.
    pub refund_form: EventId,
}

/// The conversion, formatted for display.
#[derive(Debug)]
struct One {
    id: String,
    title: String,
    status: &'static str,
    badge: Badge,
    source: String,
    occurred: When,
    affiliate: Option<(String, String)>,
    program: Option<String>,
    customer: Option<(String, String)>,
    subscription: Option<String>,
    product: Option<String>,
    country: Option<String>,
    metadata: Vec<(String, String)>,
    amount: String,
    left: Option<String>,
    refunded: Option<String>,
    flags: Vec<&'static str>,
    review: Option<&'static str>,
    dispute: Option<&'static str>,
}

#[derive(Debug)]
struct PartRow {
    id: String,
    affiliate: (String, String),
    amount: String,
    earned: Option<String>,
    badge: Badge,
    due: String,
    reason: String,
}

#[derive(Debug)]
struct DecisionRow {
    kind: String,
    who: String,
    at: When,
    reason: String,
}

impl ConversionPage {
    fn when(&self, at: &Timestamp) -> String {
        self.frame.zone.full(*at)
    }
}

/// # Errors
/// 404 if the user can't access it; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(id): Path<String>,
    query: kit::api::query::Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut page = load(&state, &session, organization, &id).await?;
    page.done = match query.peek("done") {
        Some("refund") => Some("Refund recorded. Return the money to the buyer at your gateway."),
        Some("reattribute") => Some("Conversion reassigned."),
        Some("approve") => Some("Approved. The hold period continues as usual."),
        Some("deny") => Some("Denied. It earns no commission."),
        _ => None,
    };
    Ok(Html(page).into_response())
}

/// # Errors
/// 404; 503 if the database is unavailable.
pub async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    id: &str,
) -> Result<ConversionPage> {
    let id: ConversionId = id.parse().map_err(|_| Error::not_found())?;
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let facts = explain::store::sale(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let mut decided = decision::store::of_conversions(&mut tx, &[id]).await?;
    decision::named::by_name(&mut tx, &mut decided).await?;
    let (mut affiliates, mut programs, links) = mentioned(&facts);
    affiliates.extend(decided.iter().filter_map(|one| one.affiliate_id).map(|id| id.uuid()));
    programs.extend(decided.iter().filter_map(|one| one.program_id).map(|id| id.uuid()));
    let coupons = explain::store::codes_of(&mut tx, &facts.history.touches).await?;
    let called = explain::store::names_of(&mut tx, affiliates, programs, links).await?;
    let called = explain::Names { coupons, ..called };
    let parts = store::parts(&mut tx, id).await?;
    let person = names_store::of_leads(&mut tx, &[id]).await?.remove(&id);
    let programs = pick_store::programs(&mut tx).await?;
    tx.commit().await?;
    let (sold, found) = (sale(&facts), consider(&facts));
    Ok(ConversionPage {
        one: One::of(&facts, &called, &frame.zone, parts.iter().any(|part| part.status == "SettledThere")),
        person,
        credit: credit(&facts, &found, &called, &decided),
        sale: sold,
        parts: parts.into_iter().map(|part| PartRow::of(part, &frame.zone, state.clock.now())).collect(),
        decisions: decided.into_iter().map(|one| DecisionRow::of(one, &frame.zone)).collect(),
        programs: list_filters::options(&programs, "Automatic"),
        frame,
        done: None,
        refused: Refused::default(),
        refund_form: state.new_id(),
    })
}

type Ids = BTreeSet<uuid::Uuid>;

/// Ids of all affiliates, programs and links that the page names.
fn mentioned(facts: &SaleFacts) -> (Ids, Ids, HashSet<uuid::Uuid>) {
    let touches = &facts.history.touches;
    let mut affiliates: Ids = touches.iter().map(|touch| touch.affiliate_id.uuid()).collect();
    affiliates.extend(facts.history.decisions.iter().filter_map(|decision| Some(decision.credit?.1.uuid())));
    let mut programs: Ids = touches.iter().map(|touch| touch.program_id.uuid()).collect();
    for conversion in facts.history.conversions.iter().chain(facts.history.stored.values()) {
        if let Some(credit) = &conversion.outcome.credit {
            affiliates.insert(credit.affiliate_id.uuid());
            programs.insert(credit.program_id.uuid());
        }
        programs.extend(conversion.reported_program_id.map(|id| id.uuid()));
    }
    (affiliates, programs, touches.iter().filter_map(|touch| Some(touch.link_id?.uuid())).collect())
}

impl One {
    /// `is_left`: an import left its commission to the earlier platform.
    fn of(facts: &SaleFacts, called: &explain::Names, zone: &Zone, is_left: bool) -> Self {
        let report = &facts.history.conversions[facts.index];
        // The stored version, if the conversion is booked.
        let stored = facts.history.stored.get(&report.id).unwrap_or(report);
        let (outcome, currency) = (&stored.outcome, stored.amount.currency.code());
        let money = |minor| format::money(minor, currency);
        let credit = outcome.credit.as_ref();
        let left = stored.amount.minor - outcome.refunded;
        let came = Came {
            kind: outcome.kind.as_str(),
            source: &stored.source,
            credited_by: credit.map(|credit| credit.rule.as_str()),
            code: credit.and_then(|credit| Some(called.coupons.get(&credit.coupon_id?)?.as_str())),
        };
        let program = credit.map(|credit| credit.program_id).or(stored.reported_program_id);
        let kind = outcome.kind.as_str();
        let status = outcome.status.as_str();
        let shown = if is_left && status == Status::Paid.as_str() { "SettledThere" } else { status };
        Self {
            id: stored.id.to_string(),
            title: if stored.lead { LEAD.to_owned() } else { format!("{kind} of {}", money(stored.amount.minor)) },
            status,
            badge: status::conversion(shown, outcome.waits_for_review()),
            source: label(came),
            occurred: (stored.occurred_at.to_string(), zone.full(stored.occurred_at)),
            affiliate: credit.map(|credit| (credit.affiliate_id.to_string(), called.affiliate(credit.affiliate_id))),
            program: program.map(|id| called.program(id)),
            customer: stored
                .customer_id
                .map(|id| (id.to_string(), facts.customer.clone().unwrap_or_else(|| id.to_string()))),
            subscription: stored.subscription_id.clone(),
            product: stored.product_id.clone(),
            country: stored.details.country.clone(),
            metadata: stored.details.metadata.clone().into_iter().collect(),
            amount: money(stored.amount.minor),
            left: (left > 0 && !stored.lead).then(|| money(left)),
            refunded: (outcome.refunded > 0).then(|| money(outcome.refunded)),
            flags: outcome.flags.iter().map(|flag| words::flag(*flag)).collect(),
            review: outcome.review.map(|review| review.as_str()),
            dispute: outcome.dispute.map(|dispute| dispute.as_str()),
        }
    }

    /// As a question names it: "this conversion of $99.00".
    fn described(&self) -> String {
        match self.title.as_str() {
            LEAD => "this lead".to_owned(),
            _ => format!("this conversion of {}", self.amount),
        }
    }

    /// A denial can be reversed, and flags can be cleared.
    fn may_approve(&self) -> bool {
        self.review == Some("Denied") || (!self.flags.is_empty() && self.review.is_none())
    }

    fn may_deny(&self) -> bool {
        self.review != Some("Denied") && self.status != Status::Unattributed.as_str()
    }
}

impl PartRow {
    fn of(part: store::Part, zone: &Zone, now: Timestamp) -> Self {
        let day = if part.hold_until > now { zone.date(part.hold_until) } else { String::new() };
        let held = part.held.as_deref();
        let badge = status::commission(&part.status, held, &day, part.reserved, part.amount, part.paid);
        Self {
            id: part.id.to_string(),
            affiliate: (part.affiliate.to_string(), part.name),
            amount: format::money(part.amount, &part.currency),
            earned: (part.earned != part.amount).then(|| format::money(part.earned, &part.currency)),
            due: if part.status == "Pending" { badge.note.clone() } else { String::new() },
            badge,
            reason: part.reason,
        }
    }
}

impl DecisionRow {
    fn of(one: decision::view::Decision, zone: &Zone) -> Self {
        Self {
            kind: one.kind,
            who: one.actor,
            at: (one.decided_at.to_string(), zone.full(one.decided_at)),
            reason: one.reason,
        }
    }
}
