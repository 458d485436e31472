//! `/dashboard/settings/billing`: the plan, its subscription, and the ways to Stripe. For owners, where plans are
//! billed.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use kit::{
    access::role::Right,
    api::query::Query,
    config::billing::BillingSettings,
    error::{Code, Error, Result},
    form::{Fields, Problems},
    page::{PageError, leading_to, zone::Zone},
    state::AppState,
};
use shared::{event::Gateway, id::OrganizationId, timestamp::Timestamp};

use super::{
    checkout,
    request::Trial,
    status,
    store::{self, Account},
    sync,
};
use crate::{
    access::session::Session,
    organization::{
        self,
        plan::{Feature, Subscription, SubscriptionStatus, Tier},
    },
    page::frame::Frame,
};

const PLACE: &str = "/dashboard/settings/billing";
/// Where the forms lead (<https://docs.stripe.com/payments/checkout>, <https://docs.stripe.com/customer-management>).
const STRIPE: &str = "https://checkout.stripe.com https://billing.stripe.com";

#[derive(Debug, askama::Template)]
#[template(path = "billing.html")]
struct BillingPage {
    frame: Frame,
    plan: PlanView,
    offers: Vec<Offer>,
    problems: Problems,
    /// Whether the person comes from a checkout whose subscription isn't there yet.
    is_pending: bool,
}

#[derive(Debug)]
struct PlanView {
    /// The tier; `None` without a plan.
    tier: Option<&'static str>,
    status: &'static str,
    tone: &'static str,
    /// What matters next: a label and a day.
    dates: Vec<(&'static str, String)>,
    /// Whether there is a subscription that goes on.
    is_subscribed: bool,
    has_customer: bool,
    unknown_price: bool,
    /// Whether it is a trial without a card.
    is_cardless: bool,
    /// Whether choosing a plan begins a trial.
    starts_trial: bool,
    /// When a plan that is chosen now is paid for.
    terms: String,
}

/// A plan to choose.
#[derive(Debug)]
struct Offer {
    tier: &'static str,
    points: Vec<String>,
}

impl BillingPage {
    fn other_problem(&self) -> Option<&str> {
        self.problems.elsewhere(&[])
    }
}

/// `GET /dashboard/settings/billing`. After a checkout (`checkout=done`), the subscription is read right away.
///
/// # Errors
/// 404 where no plans are billed and for an organization that isn't the person's; 403 if they aren't an owner.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let named = query.text("organization");
    let is_back = query.text("checkout").as_deref() == Some("done");
    let organization = session.member(named.as_deref(), Right::Govern)?.organization;
    let settings = settings(&state)?;
    if is_back && let Err(error) = sync::sync(&state, settings, organization).await {
        tracing::warn!(
            event = "billing.subscription_unread", %organization,
            "a subscription couldn't be read after a checkout: {}", error.cause()
        );
    }
    let mut page = load(&state, &session, organization).await?;
    page.is_pending = is_back && !page.plan.is_subscribed;
    Ok(answer(&state, page))
}

/// `POST /dashboard/settings/billing/checkout`: leads to Stripe's checkout for a plan.
///
/// # Errors
/// As [`show`]; 409 `test_mode`. What Stripe refuses is shown on the page.
pub async fn begin(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Govern)?;
    let settings = settings(&state)?;
    let tier = Tier::parse(fields.text("tier")).unwrap_or(Tier::Enterprise);
    match checkout::begin(&state, settings, &member, tier).await {
        Ok(url) => Ok(Redirect::to(&url).into_response()),
        Err(error) => again(&state, &session, member.organization, error).await,
    }
}

/// `POST /dashboard/settings/billing/portal`: leads to Stripe's customer portal.
///
/// # Errors
/// As [`begin`].
pub async fn portal(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Govern)?;
    let settings = settings(&state)?;
    match checkout::portal(&state, settings, &member).await {
        Ok(url) => Ok(Redirect::to(&url).into_response()),
        Err(error) => again(&state, &session, member.organization, error).await,
    }
}

fn settings(state: &AppState) -> Result<&BillingSettings> {
    state.config.billing.as_ref().ok_or_else(Error::not_found)
}

/// Shows the page again with what went wrong at Stripe.
async fn again(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    error: Error,
) -> std::result::Result<Response, PageError> {
    let is_shown = matches!(error.body().code, Code::StripeRefused | Code::StripeUnavailable | Code::ValidationFailed);
    if !is_shown {
        return Err(error.into());
    }
    let mut page = load(state, session, organization).await?;
    page.problems = Problems::at("", error.body().message.as_str());
    let status: StatusCode = error.status();
    Ok((status, answer(state, page)).into_response())
}

fn answer(state: &AppState, page: BillingPage) -> Response {
    leading_to(state.config.gateway_bases.of(Gateway::Stripe).unwrap_or(STRIPE), page)
}

async fn load(state: &AppState, session: &Session, organization: OrganizationId) -> Result<BillingPage> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let subscription = organization::store::subscription(&mut tx).await?.ok_or_else(Error::not_found)?;
    let account = store::account(&mut tx).await?;
    let buyer = store::buyer(&mut tx).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    let trial = status::trial(buyer.trial_history(account.as_ref()), state.clock.now());
    let plan = PlanView::of(subscription, account.as_ref(), trial, &frame.zone);
    let offers = [Tier::Starter, Tier::Growth, Tier::Pro].map(Offer::of).into();
    Ok(BillingPage { frame, plan, offers, problems: Problems::default(), is_pending: false })
}

impl PlanView {
    fn of(owned: Subscription, account: Option<&Account>, trial: Trial, zone: &Zone) -> Self {
        let is_subscribed = account.and_then(|account| account.status.as_deref()).is_some_and(status::is_live);
        let cancel_at = account.and_then(|account| account.cancel_at);
        let (status, tone) = match owned.subscription_status {
            SubscriptionStatus::Cancelled if is_subscribed => ("Payment overdue", "bad"),
            SubscriptionStatus::Cancelled => ("No plan", "off"),
            _ if cancel_at.is_some() => ("Canceled", "wait"),
            SubscriptionStatus::Trialing(_) => ("Trial", "wait"),
            SubscriptionStatus::Active => ("Active", "good"),
            SubscriptionStatus::PastDue => ("Past due", "bad"),
        };
        let trial_end = match owned.subscription_status {
            SubscriptionStatus::Trialing(end) => Some(end),
            SubscriptionStatus::Active | SubscriptionStatus::PastDue | SubscriptionStatus::Cancelled => None,
        };
        let goes_on = is_subscribed && cancel_at.is_none();
        let next_invoice = account.filter(|_| goes_on).and_then(|account| account.period_ends_at);
        let day = |at: Timestamp| zone.date(at);
        let dates = [
            ("Trial ends", trial_end),
            ("Next invoice", next_invoice),
            ("Plan ends", cancel_at.filter(|_| is_subscribed)),
        ];
        Self {
            tier: (owned.subscription_status != SubscriptionStatus::Cancelled).then_some(owned.tier.as_str()),
            status,
            tone,
            dates: dates.into_iter().filter_map(|(label, at)| Some((label, day(at?)))).collect(),
            is_subscribed,
            has_customer: account.is_some_and(|account| account.customer.is_some()),
            unknown_price: account.is_some_and(|account| account.unknown_price),
            is_cardless: trial_end.is_some() && !is_subscribed,
            starts_trial: matches!(trial, Trial::Days(_)),
            terms: terms(trial, trial_end, zone),
        }
    }
}

/// When a plan that is chosen now is paid for, in sentences.
fn terms(trial: Trial, trial_end: Option<Timestamp>, zone: &Zone) -> String {
    let card = "Stripe asks for a card, and you can cancel anytime.";
    match (trial, trial_end) {
        (Trial::Days(_), _) => format!("Free during your trial. {card}"),
        (Trial::Until(end), _) => format!("Your trial goes on, and you pay from {}. {card}", zone.date(end)),
        (Trial::None, Some(end)) => format!("Your trial ends on {}. You pay from today. {card}", zone.date(end)),
        (Trial::None, None) => "You can cancel anytime.".to_owned(),
    }
}

impl Offer {
    fn of(tier: Tier) -> Self {
        let limits = tier.limits();
        let count = |limit: Option<u32>| limit.map_or_else(|| "Unlimited".to_owned(), |most| most.to_string());
        let mut points = vec![
            format!("{} team members", count(limits.members)),
            format!("{} webhook endpoints", count(limits.webhook_endpoints)),
        ];
        let features = [
            (Feature::CoPilot, "Co-pilot"),
            (Feature::HomeCurrency, "Home currency"),
            (Feature::AuditExport, "Audit log export"),
            (Feature::SubAffiliates, "Sub-affiliates"),
        ];
        points
            .extend(features.iter().filter(|(feature, _)| feature.tier() <= tier).map(|(_, text)| (*text).to_owned()));
        Self { tier: tier.as_str(), points }
    }
}
