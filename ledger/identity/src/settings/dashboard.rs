//! `/dashboard/settings`: the organization's profile, export and deletion.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::{id::OrganizationId, seal::Secret};

use crate::{
    access::{member::Choice, reauthenticate, session::Session},
    audit, billing,
    organization::{
        api, close, export, gate, home_currency,
        plan::SubscriptionStatus,
        profile::{Changes, Profile},
        store, time_zone,
    },
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    error::{Checks, Error},
    form::{Fields, Problems},
    page::{Html, PageError, flash::Flash},
    state::AppState,
};

const PLACE: &str = "/dashboard/settings";

#[derive(Debug, askama::Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    frame: Frame,
    profile: Profile,
    time_zones: &'static [String],
    /// The code of the home currency, or what was typed; empty for none.
    home_currency: String,
    currencies: &'static [&'static str],
    plan: Option<PlanText>,
    problems: Problems,
    /// Whether the deletion form is open because something in it was wrong.
    ending: bool,
    grace_days: i64,
}

#[derive(Debug)]
struct PlanText {
    tier: &'static str,
    status: &'static str,
    is_active: bool,
    trial_until: Option<String>,
    members: String,
}

impl SettingsPage {
    /// Returns an error that belongs to no field of the page.
    fn other_problem(&self) -> Option<&str> {
        self.problems.elsewhere(&["name", "slug", "billingEmail", "timeZone", "homeCurrency", "confirm", "password"])
    }
}

/// `GET /dashboard/settings`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn show(State(state): State<AppState>, session: Session, choice: Choice) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(Html(load(&state, &session, organization).await?).into_response())
}

/// `POST /dashboard/settings`: saves the profile.
///
/// # Errors
/// 404 for an organization that isn't the person's, 403 if they may not change settings. A mistake in the form is shown
/// next to its field.
pub async fn save(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Configure)?;
    let organization = member.organization;
    let saved = async {
        let mut checks = Checks::default();
        let changes = checks.value(read(&fields).checked());
        let currency = checks.value(fields.sent("homeCurrency").map(home_currency::typed).transpose());
        checks.end()?;
        let mut tx = state.db.tenant(organization).await?;
        let (_, entry) = api::apply(&mut tx, &state, changes).await?;
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
        if let Some(currency) = currency
            && currency != store::home_currency(&mut tx).await?
        {
            let entry = home_currency::set(&mut tx, &state, currency).await?;
            audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
        }
        tx.commit().await?;
        state.edge_config_changed.notify_one();
        Ok::<_, Error>(())
    };
    match saved.await {
        Ok(()) => Ok(Flash::done("Settings saved").redirect(&format!("{PLACE}?organization={organization}"))),
        Err(error) if error.status().is_client_error() => {
            let mut page = load(&state, &session, organization).await?;
            page.profile = read(&fields).applied_to(page.profile);
            page.home_currency = fields.sent("homeCurrency").map_or(page.home_currency, str::to_owned);
            page.problems = Problems::of_error(&error);
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /dashboard/settings/export`: downloads all of the organization's data as a file.
///
/// # Errors
/// 404 for an organization that isn't the person's, 403 if they aren't an owner, 409 while another export of the
/// organization is running, 503 if two exports are already running.
pub async fn download(State(state): State<AppState>, session: Session, choice: Choice) -> Result<Response, PageError> {
    let member = session.member(choice.named(), Right::Govern)?;
    Ok(export::answer(&state, member.organization, &member.actor).await?)
}

/// `POST /dashboard/settings/delete`: closes the organization after its name and the person's password were typed.
///
/// # Errors
/// 404 for an organization that isn't the person's, 403 if they aren't an owner, 409 for a test mode.
pub async fn delete(
    State(state): State<AppState>,
    session: Session,
    Form(mut fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Govern)?;
    let organization = member.organization;
    let password = Secret::new(fields.take("password"));
    let ended = async {
        let mut tx = state.db.tenant(organization).await?;
        let profile = store::profile(&mut tx).await?.ok_or_else(Error::not_found)?;
        tx.commit().await?;
        if fields.text("confirm") != profile.name {
            return Err(Error::field("confirm", "Type the organization's name exactly as shown."));
        }
        reauthenticate::password(&state, &session, password).await?;
        may_end(&state, organization).await?;
        close::close(&state, organization, &member.actor).await
    };
    match ended.await {
        Ok(()) => Ok(Redirect::to("/dashboard/organizations").into_response()),
        Err(error) if error.status().is_client_error() && error.status() != StatusCode::NOT_FOUND => {
            let mut page = load(&state, &session, organization).await?;
            page.ending = true;
            page.problems = Problems::of_error(&error);
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Checks that no subscription would go on, and be charged, without the organization.
///
/// # Errors
/// 400 while a subscription goes on.
async fn may_end(state: &AppState, organization: OrganizationId) -> Result<(), Error> {
    if state.config.billing.is_none() {
        return Ok(());
    }
    let mut tx = state.db.tenant(organization).await?;
    let account = billing::store::account(&mut tx).await?;
    tx.commit().await?;
    let goes_on = |account: &billing::store::Account| {
        account.cancel_at.is_none() && account.status.as_deref().is_some_and(billing::status::is_live)
    };
    if account.as_ref().is_some_and(goes_on) {
        return Err(Error::field(
            "confirm",
            "Cancel your subscription first, in Billing. It would continue otherwise.",
        ));
    }
    Ok(())
}

fn read(fields: &Fields) -> Changes {
    let given = |name: &str| fields.sent(name).map(str::to_owned);
    Changes {
        name: given("name"),
        slug: given("slug"),
        billing_email: given("billingEmail").map(Some),
        time_zone: given("timeZone"),
        brand_color: given("brandColor").map(Some),
        logo_url: given("logoUrl").map(Some),
    }
}

async fn load(state: &AppState, session: &Session, organization: OrganizationId) -> Result<SettingsPage, Error> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let profile = store::profile(&mut tx).await?.ok_or_else(Error::not_found)?;
    let time_zones = time_zone::all(&mut tx).await?;
    let home_currency = store::home_currency(&mut tx).await?;
    let subscription = gate::subscription(&mut tx, state).await?;
    tx.commit().await?;
    let plan = subscription.map(|subscription| PlanText {
        tier: subscription.tier.as_str(),
        status: subscription.status(),
        is_active: subscription.subscription_status == SubscriptionStatus::Active,
        trial_until: match subscription.subscription_status {
            SubscriptionStatus::Trialing(until) => Some(frame.zone.date(until)),
            SubscriptionStatus::Active | SubscriptionStatus::PastDue | SubscriptionStatus::Cancelled => None,
        },
        members: subscription.tier.limits().members.map_or_else(|| "Unlimited".to_owned(), |most| most.to_string()),
    });
    Ok(SettingsPage {
        frame,
        profile,
        time_zones,
        home_currency: home_currency.map(|currency| currency.code().to_owned()).unwrap_or_default(),
        currencies: &home_currency::SUGGESTED,
        plan,
        problems: Problems::default(),
        ending: false,
        grace_days: close::GRACE_DAYS,
    })
}
