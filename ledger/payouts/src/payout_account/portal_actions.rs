//! The actions at `/a/payouts/setup`: choose Stripe, start over, or choose another payout method.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use payout_core::stripe::account::Entity;

use super::{
    create::{self, AccountInput},
    method::{Given, Rail},
    method_api::choose,
    portal::{PLACE, Tried, again},
};
use identity::{audit, portal::session::AffiliateSession};
use kit::{
    access::throttle::CostlyAction,
    error::{Checks, Error, Result},
    form::Fields,
    page::PageError,
    state::AppState,
};

/// `POST /a/payouts/setup/stripe`: opens the account, and continues to Stripe.
///
/// # Errors
/// Fails if the database is unavailable; other errors are shown on the page.
pub async fn stripe(
    State(state): State<AppState>,
    session: AffiliateSession,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    match set_up(&state, &session, &fields).await {
        Ok(()) => Ok(Redirect::to(&format!("{PLACE}/onboard")).into_response()),
        Err(error) => {
            let (country, entity) = (fields.raw("country").to_owned(), fields.raw("entity").to_owned());
            let tried = Tried { country, entity, ..Tried::default() };
            again(&state, session, error, tried).await
        }
    }
}

/// Checks the limit on actions that may call Stripe or send an email.
///
/// # Errors
/// 429.
pub fn may(state: &AppState, session: &AffiliateSession) -> Result<()> {
    let whose = session.affiliate.to_string();
    if state.throttle.admit_costly(CostlyAction::Payout, &whose, state.clock.wall()) {
        Ok(())
    } else {
        Err(Error::too_often())
    }
}

async fn set_up(state: &AppState, session: &AffiliateSession, fields: &Fields) -> Result<()> {
    may(state, session)?;
    let mut checks = Checks::default();
    let country = fields.raw("country");
    if country.trim().is_empty() {
        checks.add(Error::field("country", session.t.say("portal-setup-country-wrong")));
    }
    let entity = Entity::parse(fields.raw("entity"));
    let entity = entity.ok_or_else(|| Error::field("entity", session.t.say("portal-setup-entity-wrong")));
    let entity = checks.end_with(entity)?;
    let input = AccountInput { affiliate: session.affiliate, country, entity };
    create::ensure_account(state, session.organization, &session.actor, &input).await?;
    take_stripe(state, session).await
}

/// Makes Stripe the payout method, whatever it was before.
async fn take_stripe(state: &AppState, session: &AffiliateSession) -> Result<()> {
    save(state, session, (Rail::Stripe, &Given::default())).await
}

async fn save(state: &AppState, session: &AffiliateSession, chosen: (Rail, &Given<'_>)) -> Result<()> {
    let mut tx = state.db.tenant(session.organization).await?;
    if let Some(entry) = choose(&mut tx, state, session.affiliate, chosen).await? {
        audit::record(&mut tx, &session.actor, state.clock.now(), entry).await?;
    }
    Ok(tx.commit().await?)
}

/// `POST /a/payouts/setup/over`: starts over if the country was wrong and nothing was paid yet.
pub async fn over(
    State(state): State<AppState>,
    session: AffiliateSession,
) -> std::result::Result<Response, PageError> {
    let done = match may(&state, &session) {
        Ok(()) => create::start_over(&state, session.organization, &session.actor, session.affiliate).await,
        refused => refused,
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("{PLACE}?done=over")).into_response()),
        Err(error) => again(&state, session, error, Tried::default()).await,
    }
}

/// `POST /a/payouts/setup/method`: chooses a method other than Stripe, or goes back to Stripe.
pub async fn method(
    State(state): State<AppState>,
    session: AffiliateSession,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let named = fields.raw("rail");
    let given = Given {
        email: Some(fields.raw("email")),
        holder: Some(fields.raw("holder")),
        account: Some(fields.raw("account")),
    };
    let saved = match may(&state, &session).map(|()| Rail::parse(named)) {
        Ok(Some(rail)) => save(&state, &session, (rail, &given)).await.map(|()| rail),
        Ok(None) => Err(Error::field("rail", session.t.say("portal-setup-rail-wrong"))),
        Err(refused) => Err(refused),
    };
    match saved {
        Ok(Rail::Stripe) => Ok(Redirect::to(&format!("{PLACE}?done=stripe")).into_response()),
        Ok(_) => Ok(Redirect::to(&format!("{PLACE}?done=method")).into_response()),
        Err(error) => {
            let tried = Tried {
                rail: named.to_owned(),
                email: fields.raw("email").to_owned(),
                holder: fields.raw("holder").to_owned(),
                ..Tried::default()
            };
            again(&state, session, error, tried).await
        }
    }
}
