//! Leads an owner to Stripe: to a checkout for a plan, or to the customer portal.
//!
//! What is about to be requested is committed first, with its idempotency key. If an answer is lost, the same request
//! with the same key follows, and Stripe answers as before: there is never a second customer or checkout.

use kit::{
    config::billing::BillingSettings,
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
    stripe,
};
use payout_core::stripe::{Call, StripeError};
use serde::Deserialize;
use shared::id::OrganizationId;
use url::Url;
use uuid::Uuid;

use super::{
    answer::{Customer, Session},
    event::is_id,
    fault::{self, StripeResult},
    notice,
    request::{self, Order},
    status,
    store::{self, Account, Buyer},
    sync,
};
use crate::{
    access::member::Member,
    audit::{self, Entry},
    organization::{self, plan::Tier},
};

/// Stripe's checkouts expire after 24 hours (<https://docs.stripe.com/api/checkout/sessions/create>, `expires_at`), and
/// its idempotency keys no sooner (<https://docs.stripe.com/api/idempotent_requests>).
const CHECKOUT_MS: i64 = 23 * 3_600_000;

/// Begins a checkout for a plan, or continues the one that was begun. With a subscription that goes on, a person
/// changes the plan in the customer portal instead: a second subscription would be charged, too. Returns the URL to go
/// to.
///
/// # Errors
/// 400 for a plan that isn't sold, 409 `test_mode`, 422 `stripe_refused`, 503 `stripe_unavailable`.
pub async fn begin(state: &AppState, settings: &BillingSettings, member: &Member, tier: Tier) -> Result<String> {
    let price =
        status::price(&settings.prices, tier).ok_or_else(|| Error::field("tier", "Choose one of the plans."))?;
    let organization = member.organization;
    let (account, buyer) = prepared(state, organization).await?;
    let customer = customer(state, settings, organization, &account, &buyer).await?;
    // Perhaps a checkout was completed just now.
    if is_subscribed(state, settings, organization).await? {
        return open(state, settings, member, &customer).await;
    }
    let (account, buyer) = prepared(state, organization).await?;
    let page = notice::page(state, organization);
    let trial = status::trial(buyer.trial_history(Some(&account)), state.clock.now());
    let order = Order { organization, customer: &customer, price, trial, page: &page };
    match checkout(state, settings, member, request::checkout(&order)).await? {
        Begun::At(url) => Ok(url),
        Begun::Completed => open(state, settings, member, &customer).await,
    }
}

/// Opens the customer portal. Returns its URL, which works for a short time.
///
/// # Errors
/// 404 without a customer, 409 `test_mode`, 422 `stripe_refused`, 503 `stripe_unavailable`.
pub async fn portal(state: &AppState, settings: &BillingSettings, member: &Member) -> Result<String> {
    let (account, _) = prepared(state, member.organization).await?;
    let customer = account.customer.ok_or_else(Error::not_found)?;
    open(state, settings, member, &customer).await
}

async fn open(state: &AppState, settings: &BillingSettings, member: &Member, customer: &str) -> Result<String> {
    let page = notice::page(state, member.organization);
    let session: Session = send(state, settings, &request::portal(customer, &page)).await.map_err(fault::error_of)?;
    let mut tx = state.db.tenant(member.organization).await?;
    let entry = Entry::new("subscription.portal_opened", member.organization);
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    safe(state, session.url)
}

/// Returns the account, which is created if necessary, and the organization.
async fn prepared(state: &AppState, organization: OrganizationId) -> Result<(Account, Buyer)> {
    let mut tx = state.db.tenant(organization).await?;
    let kin = organization::store::kinship(&mut tx).await?.ok_or_else(Error::not_found)?;
    if kin.test_of.is_some() {
        return Err(organization::create::is_test_mode());
    }
    store::ensure_account(&mut tx, new_key(state), state.clock.now()).await?;
    let account = store::account(&mut tx).await?.ok_or_else(Error::not_found)?;
    let buyer = store::buyer(&mut tx).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    Ok((account, buyer))
}

/// Returns the organization's customer, with its current name and address.
async fn customer(
    state: &AppState,
    settings: &BillingSettings,
    organization: OrganizationId,
    account: &Account,
    buyer: &Buyer,
) -> Result<String> {
    let email = buyer.billing_email.as_deref();
    let mut key = account.customer_key;
    if let Some(known) = &account.customer {
        match send::<Customer>(state, settings, &request::update_customer(known, &buyer.name, email)).await {
            Ok(found) if !found.deleted => return Ok(found.id),
            Err(error) if !fault::is_missing(&error) => return Err(fault::error_of(error)),
            // Someone deleted it at Stripe.
            Ok(_) | Err(_) => {}
        }
        key = new_key(state);
        let mut tx = state.db.tenant(organization).await?;
        store::forget_customer(&mut tx, known, key).await?;
        tx.commit().await?;
    }
    let made: StripeResult<Customer> = send(state, settings, &request::create_customer(organization, key)).await;
    let made = made.map_err(fault::error_of)?;
    if !is_id(&made.id, "cus_") {
        return Err(Error::internal("Stripe named a customer in an unexpected way"));
    }
    let mut tx = state.db.tenant(organization).await?;
    store::set_customer(&mut tx, key, &made.id).await?;
    tx.commit().await?;
    let named: StripeResult<Customer> =
        send(state, settings, &request::update_customer(&made.id, &buyer.name, email)).await;
    named.map_err(fault::error_of)?;
    Ok(made.id)
}

/// What a checkout came to.
enum Begun {
    At(String),
    /// Someone completed an earlier one meanwhile.
    Completed,
}

async fn checkout(state: &AppState, settings: &BillingSettings, member: &Member, call: Call) -> Result<Begun> {
    let request = call.encoded();
    let mut tx = state.db.tenant(member.organization).await?;
    let last = recent(&mut tx, state).await?;
    tx.commit().await?;
    if let Some(store::Checkout { key, request: earlier, session: Some((session, url)), .. }) = last {
        let is_same = earlier == request;
        match progress(state, settings, &session, !is_same).await? {
            Progress::Open if is_same => return safe(state, url).map(Begun::At),
            Progress::Complete if is_subscribed(state, settings, member.organization).await? => {
                return Ok(Begun::Completed);
            }
            Progress::Open | Progress::Complete | Progress::Expired => {}
        }
        let mut tx = state.db.tenant(member.organization).await?;
        store::end_checkout(&mut tx, key, None).await?;
        tx.commit().await?;
    }
    let mut tx = state.db.tenant(member.organization).await?;
    let key = match recent(&mut tx, state).await?.filter(|last| last.request == request) {
        Some(store::Checkout { session: Some((_, url)), .. }) => return safe(state, url).map(Begun::At),
        // Its answer was lost: the same key brings it again.
        Some(last) => last.key,
        None => new_key(state),
    };
    let now = state.clock.now();
    store::begin_checkout(&mut tx, key, &request, now, status::next_check(now.plus_days(1))).await?;
    let entry = Entry::new("subscription.checkout_started", member.organization);
    audit::record(&mut tx, &member.actor, now, entry).await?;
    tx.commit().await?;
    let made: StripeResult<Session> = send(state, settings, &call.key(request::checkout_key(key))).await;
    finish(state, settings, member.organization, key, made).await.map(Begun::At)
}

/// Stores a checkout that Stripe created or definitely refused; returns its URL.
async fn finish(
    state: &AppState,
    settings: &BillingSettings,
    organization: OrganizationId,
    key: Uuid,
    made: StripeResult<Session>,
) -> Result<String> {
    let session = match &made {
        Ok(made) => Some((made.id.as_str(), made.url.as_str())),
        Err(StripeError::Refused(_)) => None,
        Err(_) => return Err(made.err().map_or_else(fault::unavailable, fault::error_of)),
    };
    let mut tx = state.db.tenant(organization).await?;
    let is_stored = store::end_checkout(&mut tx, key, session).await?;
    tx.commit().await?;
    let made = made.map_err(fault::error_of)?;
    if is_stored {
        return safe(state, made.url);
    }
    // Another one was begun at the same time: only one may be completed.
    progress(state, settings, &made.id, true).await?;
    Err(fault::unavailable())
}

async fn recent(tx: &mut TenantTx, state: &AppState) -> Result<Option<store::Checkout>> {
    let (last, now) = (store::hold_checkout(tx).await?, state.clock.now());
    Ok(last.filter(|last| now < last.at.plus_millis(CHECKOUT_MS)))
}

/// What became of a checkout.
enum Progress {
    Open,
    Complete,
    Expired,
}

/// Looks at an earlier checkout, and ends it first if it `is_replaced`: no one may pay for two plans.
async fn progress(state: &AppState, settings: &BillingSettings, session: &str, is_replaced: bool) -> Result<Progress> {
    #[derive(Deserialize)]
    struct Found {
        status: Option<String>,
    }
    if !is_id(session, "cs_") {
        return Err(Error::internal("Stripe named a checkout in an unexpected way"));
    }
    if is_replaced {
        match send::<Found>(state, settings, &request::expire(session)).await {
            Ok(_) => return Ok(Progress::Expired),
            // Stripe ends only what is open: this one has expired, or was completed.
            Err(StripeError::Refused(_)) => {}
            Err(error) => return Err(fault::error_of(error)),
        }
    }
    let found: Found = send(state, settings, &request::session(session)).await.map_err(fault::error_of)?;
    Ok(match found.status.as_deref() {
        Some("open") => Progress::Open,
        Some("complete") => Progress::Complete,
        _ => Progress::Expired,
    })
}

/// Whether there is a subscription that goes on, according to Stripe.
async fn is_subscribed(state: &AppState, settings: &BillingSettings, organization: OrganizationId) -> Result<bool> {
    sync::sync(state, settings, organization).await?;
    let (account, _) = prepared(state, organization).await?;
    Ok(account.status.as_deref().is_some_and(status::is_live))
}

async fn send<T: for<'a> Deserialize<'a>>(
    state: &AppState,
    settings: &BillingSettings,
    call: &Call,
) -> StripeResult<T> {
    stripe::call(state, &settings.stripe_key, call).await?.read()
}

fn new_key(state: &AppState) -> Uuid {
    let id: OrganizationId = state.new_id();
    id.uuid()
}

/// Lets a person go only where it is encrypted; a fake server of a development system isn't.
fn safe(state: &AppState, url: String) -> Result<String> {
    let is_fake = state.config.environment.is_development();
    let parsed = Url::parse(&url).map_err(|error| Error::internal(error))?;
    if parsed.scheme() == "https" || (is_fake && parsed.scheme() == "http") {
        Ok(url)
    } else {
        Err(Error::internal("Stripe named a URL that isn't https"))
    }
}
