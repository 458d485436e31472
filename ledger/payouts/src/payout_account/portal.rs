//! `/a/payouts/setup`: where an affiliate chooses how to be paid, sees whether it works, and continues to Stripe.
//!
//! Links lead to Stripe's forms and back. Choosing Stripe leads there, too: only this page's policy lets a form lead to
//! Stripe.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use payout_core::stripe::{
    account::{AccountStatus, When},
    country,
};
use shared::event::Gateway;

use super::{
    create::{self, Way},
    destination_store, need_words,
    portal_actions::may,
    refresh, status, store, words,
};
use crate::payout_connection::store as connection;
use identity::portal::{frame::Frame, session::AffiliateSession};
use kit::{
    api::{query::Query, text::hyphenated},
    error::{Code, Error},
    form::Problems,
    page::{PageError, leading_to, zone::Zone},
    state::AppState,
    text::Texts,
};

pub const PLACE: &str = "/a/payouts/setup";
/// Stripe's own pages, on whichever of its hosts.
const STRIPE: &str = "https://*.stripe.com";

/// Where Stripe sends an affiliate back to. The return itself proves nothing: the account is read again.
pub fn return_url(state: &AppState) -> String {
    format!("{}{PLACE}/return", state.config.public_url)
}

/// Where a used or expired link leads: to a new one.
pub fn refresh_url(state: &AppState) -> String {
    format!("{}{PLACE}/onboard", state.config.public_url)
}

#[derive(Debug, askama::Template)]
#[template(path = "portal_payout_setup.html")]
struct SetupPage {
    t: Texts,
    organization: String,
    frame: Frame,
    /// The message that says what was done.
    notice: Option<&'static str>,
    problems: Problems,
    /// Whether the brand pays through Stripe.
    stripe: bool,
    /// Whether they may open a Stripe account.
    may_choose: bool,
    countries: Vec<(&'static str, String)>,
    account: Option<AccountView>,
    /// The method's name, and the part of its details that may be shown.
    method: Option<(String, String)>,
    ready: bool,
    tried: Tried,
}

/// The values entered before, except bank accounts.
#[derive(Debug, Default)]
pub struct Tried {
    pub country: String,
    pub entity: String,
    pub rail: String,
    pub email: String,
    pub holder: String,
}

#[derive(Debug)]
struct AccountView {
    description: String,
    tone: &'static str,
    word: String,
    /// With whether it's of a company.
    country: String,
    /// What Stripe needs now, what it is checking, and what it will need.
    now: Vec<String>,
    checking: Vec<String>,
    later: Vec<String>,
    closed: bool,
    /// Whether there is something to complete at Stripe.
    may_go_on: bool,
    may_sign_in: bool,
    may_start_over: bool,
    recipient: bool,
    checked: Option<(String, String)>,
}

impl SetupPage {
    fn is_country(&self, code: &str) -> bool {
        self.tried.country.eq_ignore_ascii_case(code)
    }

    fn is_rail(&self, rail: &str) -> bool {
        self.tried.rail == rail
    }

    /// What is wrong with a field of the form that was sent: that of a rail, or Stripe's, whose rail is empty.
    fn at(&self, rail: &str, field: &str) -> Option<&str> {
        self.problems.of(field).filter(|_| self.is_rail(rail))
    }

    /// The first problem that no field of the form shows.
    fn elsewhere(&self) -> Option<&str> {
        let shown: &[&str] = match self.tried.rail.as_str() {
            "PayPal" | "Wise" => &["email"],
            "Manual" => &["holder", "account"],
            "" if self.may_choose => &["country", "entity"],
            _ => &[],
        };
        self.problems.elsewhere(shown)
    }
}

/// `GET /a/payouts/setup`.
pub async fn show(
    State(state): State<AppState>,
    session: AffiliateSession,
    mut query: Query,
) -> Result<Response, PageError> {
    let notice = match query.text("done").as_deref() {
        Some("method") => Some("portal-setup-saved"),
        Some("stripe") => Some("portal-setup-saved-stripe"),
        Some("returned") => Some("portal-setup-back"),
        Some("checked") => Some("portal-setup-checked"),
        Some("over") => Some("portal-setup-over"),
        _ => None,
    };
    let page = page(&state, session, notice, Problems::default(), Tried::default()).await?;
    Ok(leading_to(stripe(&state), page))
}

/// Stripe's pages, as a source of a policy; in development those of the stand-in.
fn stripe(state: &AppState) -> &str {
    state.config.gateway_bases.of(Gateway::Stripe).unwrap_or(STRIPE)
}

async fn page(
    state: &AppState,
    session: AffiliateSession,
    notice: Option<&'static str>,
    problems: Problems,
    tried: Tried,
) -> Result<SetupPage, Error> {
    let organization = session.organization;
    let mut tx = state.db.tenant(organization).await?;
    let connected = connection::current(&mut tx).await?;
    let paid = status::read(&mut tx, session.affiliate).await?;
    let in_use = match paid.account.as_ref().and_then(|row| row.stripe_account.as_deref()) {
        Some(account) => destination_store::is_in_use(&mut tx, account).await?,
        None => false,
    };
    tx.commit().await?;
    let t = session.t;
    let countries = connected.as_ref().map(|row| country::payable_from(&row.country)).into_iter().flatten();
    let mut countries: Vec<_> = countries.map(|country| (country.code, country_name(t, country.code))).collect();
    // Without accents: Österreich is between Norwegen and Polen.
    countries.sort_by_cached_key(|(_, name)| hyphenated(name));
    Ok(SetupPage {
        t,
        notice,
        problems,
        stripe: connected.is_some(),
        may_choose: connected.is_some() && paid.account.as_ref().is_none_or(store::Row::is_closed),
        countries,
        ready: paid.method.is_some() || paid.account.as_ref().is_some_and(store::Row::is_ready),
        method: paid.method.as_ref().map(|chosen| (words::rail(t, chosen.rail), chosen.hint.clone())),
        account: paid.account.as_ref().map(|row| AccountView::of(t, row, in_use, &session.zone)),
        frame: session.frame(PLACE),
        organization: session.organization_name,
        tried,
    })
}

/// Shows the page again with the error. Internal errors get a page of their own.
pub async fn again(
    state: &AppState,
    session: AffiliateSession,
    error: Error,
    tried: Tried,
) -> Result<Response, PageError> {
    if error.status() == StatusCode::INTERNAL_SERVER_ERROR {
        return Err(error.into());
    }
    let problems = match error.body().code {
        Code::TooManyRequests => Problems::at("", session.t.say("portal-too-often")),
        _ => Problems::of_error(&error),
    };
    let page = page(state, session, None, problems, tried).await?;
    Ok((error.status(), leading_to(stripe(state), page)).into_response())
}

impl AccountView {
    fn of(t: Texts, row: &store::Row, in_use: bool, zone: &Zone) -> Self {
        let needs = status::needs(row);
        let message = |whens: &[When]| {
            needs
                .iter()
                .filter(|need| whens.contains(&need.when))
                .map(|need| need_words::sentence(t, need))
                .collect::<Vec<_>>()
        };
        let (word, tone) = words::word(t, row);
        let company = row.entity == payout_core::stripe::account::Entity::Company;
        let key = if company { "portal-setup-company" } else { "portal-setup-individual" };
        let (making, closed) = (row.account_status.is_none(), row.is_closed());
        let now = message(&[When::Overdue, When::Now]);
        Self {
            description: words::sentence(t, row),
            tone,
            word,
            country: t.say(key).with("country", country_name(t, &row.country)).to_string(),
            may_go_on: !making
                && !closed
                && (!now.is_empty()
                    || matches!(row.account_status, Some(AccountStatus::Onboarding | AccountStatus::Restricted))),
            now,
            checking: message(&[When::Checking]),
            later: message(&[When::Later]),
            closed,
            may_sign_in: row.details_submitted && !closed,
            may_start_over: !making && !closed && !in_use,
            recipient: row.agreement == "recipient",
            checked: row.checked_at.map(|at| (at.to_string(), zone.full_in(t, at))),
        }
    }
}

fn country_name(t: Texts, code: &str) -> String {
    t.say("country-name").with("code", code).to_string()
}

/// `GET /a/payouts/setup/go`: redirects to [`onboard`]. A page was there that did the same.
pub async fn go(_session: AffiliateSession) -> Redirect {
    Redirect::to(&format!("{PLACE}/onboard"))
}

/// `GET /a/payouts/setup/onboard`: creates a fresh link to Stripe's forms and redirects there. Stripe also sends
/// affiliates with an expired link here.
///
/// # Errors
/// As [`show`]; Stripe's error is shown on the page.
pub async fn onboard(State(state): State<AppState>, session: AffiliateSession) -> Result<Response, PageError> {
    let (refresh, back) = (refresh_url(&state), return_url(&state));
    leave(state, session, &Way::Onboarding { refresh: &refresh, back: &back }).await
}

/// `GET /a/payouts/setup/dashboard`: redirects to Stripe's Express dashboard.
pub async fn dashboard(State(state): State<AppState>, session: AffiliateSession) -> Result<Response, PageError> {
    leave(state, session, &Way::Dashboard).await
}

async fn leave(state: AppState, session: AffiliateSession, way: &Way<'_>) -> Result<Response, PageError> {
    if let Err(error) = may(&state, &session) {
        return again(&state, session, error, Tried::default()).await;
    }
    let mut tx = state.db.tenant(session.organization).await?;
    let row = store::latest(&mut tx, session.affiliate).await?;
    tx.commit().await?;
    let link = async {
        let row = row.ok_or_else(create::no_account)?;
        // An account whose creation has no known result is completed first.
        let row =
            if row.stripe_account.is_none() { refresh::again(&state, session.organization, &row).await? } else { row };
        create::link(&state, session.organization, &row, way).await
    };
    match link.await {
        Ok(link) => Ok(Redirect::to(&link.url).into_response()),
        Err(error) => again(&state, session, error, Tried::default()).await,
    }
}

/// `GET /a/payouts/setup/return`: the affiliate comes back from Stripe, finished or not, or wants us to ask Stripe
/// again.
pub async fn back(
    State(state): State<AppState>,
    session: AffiliateSession,
    mut query: Query,
) -> Result<Response, PageError> {
    let done = if query.text("again").is_some() { "checked" } else { "returned" };
    if let Err(error) = may(&state, &session) {
        return again(&state, session, error, Tried::default()).await;
    }
    let mut tx = state.db.tenant(session.organization).await?;
    let row = store::latest(&mut tx, session.affiliate).await?;
    tx.commit().await?;
    if let Some(row) = row
        && let Err(error) = refresh::again(&state, session.organization, &row).await
    {
        return again(&state, session, error, Tried::default()).await;
    }
    Ok(Redirect::to(&format!("{PLACE}?done={done}")).into_response())
}
