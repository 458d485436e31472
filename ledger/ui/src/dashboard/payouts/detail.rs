//! `GET /dashboard/payouts/{id}`: one payout, its timeline, and the commissions it pays.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use shared::id::{CommissionId, OrganizationId, PayoutId};

use super::{
    PLACE,
    detail_store::{self, Item, One},
    timeline::{self, Step},
    view::{badge, meaning, rail, shown},
};
use identity::{access::session::Session, audit::names, page::frame::Frame};
use kit::{
    api::{path::PathId, query::Query},
    error::Error,
    form::Refused,
    page::{
        Html, PageError,
        status::Badge,
        zone::{When, Zone},
    },
    state::AppState,
};
use rules::format;

const ITEMS: usize = 100;
const ATTEMPTS: i64 = 100;

#[derive(Debug, askama::Template)]
#[template(path = "payout.html")]
pub struct PayoutPage {
    frame: Frame,
    one: Facts,
    steps: Vec<Step>,
    /// Not all attempts are shown.
    more_attempts: bool,
    items: Vec<ItemRow>,
    /// The URL of the next page of items.
    more: Option<String>,
    differences: Vec<String>,
    /// The action that was just refused.
    pub refused: Refused,
    forms: Forms,
    /// First and last day on which it may have been paid: `2026-12-01`.
    days: (String, String),
}

impl PayoutPage {
    /// What is wrong with a form.
    fn wrong(&self, form: &str) -> Option<&str> {
        self.refused.beside(form, &[])
    }

    /// Why an action was refused that has no form on the page.
    fn problem(&self) -> Option<&str> {
        let has_form = match self.refused.form.as_str() {
            "mark-sent" => self.forms.sent,
            "transfer" => self.forms.transfer,
            "cancel" => self.forms.cancel,
            "mark-failed" => self.forms.failed,
            _ => false,
        };
        self.refused.problems.of("").filter(|_| !has_form)
    }

    fn paid_on(&self) -> &str {
        self.refused.typed_or("mark-sent", "paidOn", &self.days.1)
    }
}

/// The actions that are possible now.
#[derive(Debug, Default)]
struct Forms {
    retry: bool,
    cancel: bool,
    /// Record a transfer that was created manually in Stripe.
    transfer: bool,
    /// Record a payment made elsewhere.
    sent: bool,
    /// Whether recording it needs a confirmation, because it shouldn't be paid now.
    confirm: bool,
    failed: bool,
}

impl Forms {
    fn of(one: &One) -> Self {
        let (stripe, status) = (one.rail == "Stripe", one.status.as_str());
        // A crash may have left a call unfinished; acting too early returns an error that says so.
        let waits = matches!(status, "Reserved" | "Unknown") || (stripe && status == "Sending");
        // A payout in an exported file can't be cancelled, but it can be marked.
        let outside = !stripe && (waits || status == "Sending");
        Self {
            retry: stripe && waits,
            cancel: waits || status == "Scheduled",
            transfer: stripe && waits,
            sent: outside,
            confirm: one.stop.is_some(),
            failed: outside || (!stripe && status == "Sent" && !one.imported),
        }
    }

    const fn any(&self) -> bool {
        self.retry || self.cancel || self.transfer || self.sent || self.failed
    }
}

/// What the next page says about an action.
pub fn message(done: &str) -> &'static str {
    match done {
        "retry" => "Retrying within seconds. Reload this page to see the result.",
        "cancel" => "Payout canceled. The full amount is payable again.",
        "mark-sent" => "Payout marked as paid.",
        _ => "Payout marked as failed. The full amount is payable again.",
    }
}

/// The payout, formatted for display.
#[derive(Debug)]
struct Facts {
    id: String,
    affiliate: String,
    name: String,
    email: String,
    badge: Badge,
    meaning: &'static str,
    reason: Option<String>,
    reason_code: Option<String>,
    gross: String,
    net: String,
    withheld: Option<String>,
    withheld_reason: Option<String>,
    returned: Option<String>,
    /// The approved amount, if less was still owed when the money was reserved.
    approved: Option<String>,
    rail: &'static str,
    destination: Option<String>,
    transfer: Option<String>,
    transfer_url: Option<String>,
    reference: Option<String>,
    bank: Option<(bool, String)>,
    run: Option<String>,
    sent: Option<When>,
    next: Option<When>,
    unclear: Option<When>,
    has_receipt: bool,
}

#[derive(Debug)]
struct ItemRow {
    commission: String,
    amount: String,
    returned: Option<String>,
    what: String,
    program: String,
    earned: When,
}

/// Shows the payout of any organization that the user belongs to.
///
/// # Errors
/// 404 if the user can't access it; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    PathId(id): PathId<PayoutId>,
    mut query: Query,
) -> Result<Response, PageError> {
    let mut tx = state.db.tenants(session.memberships.iter().map(|(own, _)| *own).collect()).await?;
    let organization = detail_store::owner(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    let after = query.id("after")?;
    Ok(Html(load(&state, &session, organization, id, after).await?).into_response())
}

pub async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    id: PayoutId,
    after: Option<CommissionId>,
) -> Result<PayoutPage, Error> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let one = detail_store::read(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let (attempts, more_attempts) = detail_store::attempts(&mut tx, id, ATTEMPTS).await?;
    let booked = detail_store::booked(&mut tx, id).await?;
    let limit = i64::try_from(ITEMS + 1).unwrap_or(i64::MAX);
    let mut items = detail_store::items(&mut tx, id, after, limit).await?;
    let differences = detail_store::differences(&mut tx, id).await?;
    let approver = one.run.as_ref().and_then(|run| run.approved_by.as_deref());
    let names = names::of(&mut tx, approver.into_iter().chain([one.actor.as_str()])).await?;
    tx.commit().await?;
    let is_more = items.len() > ITEMS;
    items.truncate(ITEMS);
    let more = items.last().filter(|_| is_more);
    Ok(PayoutPage {
        more: more.map(|last| format!("{PLACE}/{id}?organization={organization}&after={}#items", last.commission)),
        steps: timeline::of(&one, &attempts, &booked, (&names, &frame.zone)),
        items: items.into_iter().map(|item| item_row(item, &one.currency, &frame.zone)).collect(),
        forms: Forms::of(&one),
        days: (frame.zone.day_of(one.created_at).to_string(), frame.zone.day_of(state.clock.now()).to_string()),
        one: Facts::of(one, &frame.zone),
        frame,
        more_attempts,
        differences,
        refused: Refused::default(),
    })
}

fn item_row(item: Item, currency: &str, zone: &Zone) -> ItemRow {
    ItemRow {
        commission: item.commission.to_string(),
        amount: format::money(item.amount, currency),
        returned: (item.returned != 0).then(|| format::money(item.returned, currency)),
        what: item.what,
        program: item.program,
        earned: (item.earned_at.to_string(), zone.date(item.earned_at)),
    }
}

impl Facts {
    fn of(one: One, zone: &Zone) -> Self {
        let when = |at| zone.when(at);
        let money = |minor: i64| format::money(minor, &one.currency);
        let bank = one.bank_status.as_deref().map(|status| {
            let failed = status == "Failed";
            let why = one.bank_reason.clone().unwrap_or_default();
            (
                failed,
                if failed {
                    format!("The affiliate's bank rejected the payment. {why}")
                } else {
                    "The affiliate's bank received the payment.".to_owned()
                },
            )
        });
        let status = shown(&one.status, one.settled_there);
        let less = one.scheduled.filter(|scheduled| one.status != "Scheduled" && *scheduled > one.amount);
        let stripe = one.transfer.as_deref().filter(|name| one.rail == "Stripe" && name.starts_with("tr_"));
        let mode = if one.livemode == Some(false) { "/test" } else { "" };
        Self {
            id: one.id.to_string(),
            badge: badge(status, one.next_at.is_some(), one.reason_code.as_deref()),
            affiliate: one.affiliate.to_string(),
            meaning: meaning(status),
            gross: money(one.amount),
            net: money(one.amount - one.withheld),
            withheld: (one.withheld > 0).then(|| money(one.withheld)),
            withheld_reason: one.withheld_reason.clone(),
            returned: (one.returned > 0).then(|| money(one.returned)),
            approved: less.map(money),
            rail: rail(&one.rail),
            destination: one.destination.as_deref().map(timeline::masked),
            transfer_url: stripe.map(|name| format!("https://dashboard.stripe.com{mode}/connect/transfers/{name}")),
            bank,
            run: one.run.as_ref().map(|run| run.id.to_string()),
            sent: one.sent_at.filter(|_| !one.settled_there).map(when),
            next: one.next_at.map(when),
            unclear: one.unclear_since.map(when),
            has_receipt: one.sent_at.is_some() && !one.settled_there,
            name: one.name,
            email: one.email,
            reason: one.reason,
            reason_code: one.reason_code,
            transfer: one.transfer,
            reference: one.reference,
        }
    }
}
