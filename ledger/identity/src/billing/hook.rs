//! `POST /hooks/stripe-billing`: receives Stripe's events about the plans that are sold here.
//!
//! An event is handled before it is acknowledged: if Stripe can't be reached or the database is unavailable, the answer
//! is an error, and Stripe sends the event again for days. Duplicates change nothing.

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use payout_core::stripe::{StripeError, event as signed};
use shared::id::OrganizationId;

use super::{
    answer::{Customer, Invoice},
    event::{self, BillingEvent, Kind, Read},
    fault, notice,
    request::{self, ORGANIZATION},
    store, sync,
};
use kit::{
    config::billing::BillingSettings,
    error::{Code, Error, Result},
    state::AppState,
    stripe,
};

/// An invoice with many lines has about 100 KB.
pub const BODY_MAX: usize = 512 * 1024;

/// # Errors
/// 401 without a body for a signature that isn't Stripe's, 400 for what is no event, 404 where no plans are billed, 503
/// if the event couldn't be handled.
pub async fn receive(State(state): State<AppState>, headers: HeaderMap, body: Bytes) -> Result<Response> {
    let settings = state.config.billing.as_ref().ok_or_else(Error::not_found)?;
    let signature = headers.get(signed::SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
    // Stripe signs by real time: a development clock doesn't count.
    if signed::verify(&settings.webhook_secrets, signature, &body, state.clock.wall()).is_err() {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    }
    match event::read(&body) {
        Read::Event(event) => handle(&state, settings, &event).await?,
        Read::Other => {}
        Read::Malformed => {
            let message = "The body isn\u{2019}t an event of Stripe\u{2019}s.";
            return Err(Error::new(StatusCode::BAD_REQUEST, Code::MalformedEvent, message));
        }
    }
    Ok(StatusCode::OK.into_response())
}

async fn handle(state: &AppState, settings: &BillingSettings, event: &BillingEvent) -> Result<()> {
    let Some(organization) = whose(state, settings, event).await? else {
        tracing::warn!(
            event = "billing.customer_unknown",
            stripe_event = event.id,
            kind = event.name,
            "a Stripe event is about a customer that isn't known here"
        );
        return Ok(());
    };
    let mut tx = state.db.tenant(organization).await?;
    let is_known = store::has_event(&mut tx, &event.id).await?;
    tx.commit().await?;
    if is_known {
        return Ok(());
    }
    sync::sync(state, settings, organization).await?;
    let invoice = match event.kind {
        Kind::Subscription => None,
        Kind::InvoicePaid | Kind::InvoiceFailed => invoice(state, settings, event).await?,
    };
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    if store::insert_event(&mut tx, (&event.id, &event.name, &event.object), now).await?
        && let Some(invoice) = &invoice
    {
        notice::of_invoice(&mut tx, state, invoice, event.kind == Kind::InvoiceFailed).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Finds the organization of an event's customer; `None` if there is none. What the event
/// or Stripe names is only a hint: the customer must be the one that is stored.
async fn whose(state: &AppState, settings: &BillingSettings, event: &BillingEvent) -> Result<Option<OrganizationId>> {
    let named = match event.organization {
        Some(named) => Some(named),
        None => named_by_customer(state, settings, &event.customer).await?,
    };
    let Some(organization) = named else { return Ok(None) };
    let mut tx = state.db.tenant(organization).await?;
    let account = store::account(&mut tx).await?;
    tx.commit().await?;
    let is_theirs = account.and_then(|account| account.customer).is_some_and(|customer| customer == event.customer);
    Ok(Some(organization).filter(|_| is_theirs))
}

async fn named_by_customer(
    state: &AppState,
    settings: &BillingSettings,
    customer: &str,
) -> Result<Option<OrganizationId>> {
    let answer = stripe::call(state, &settings.stripe_key, &request::customer(customer)).await;
    match answer.and_then(|answer| answer.read::<Customer>()) {
        Ok(found) => Ok(found.metadata.get(ORGANIZATION).and_then(|named| named.parse().ok())),
        Err(error) if fault::is_missing(&error) => Ok(None),
        Err(error) => Err(again(error)),
    }
}

/// Reads the invoice as it is now, if it is this customer's.
async fn invoice(state: &AppState, settings: &BillingSettings, event: &BillingEvent) -> Result<Option<Invoice>> {
    let answer = stripe::call(state, &settings.stripe_key, &request::invoice(&event.object)).await;
    match answer.and_then(|answer| answer.read::<Invoice>()) {
        Ok(invoice) => Ok(Some(invoice).filter(|invoice| invoice.customer.as_deref() == Some(event.customer.as_str()))),
        Err(error) if fault::is_missing(&error) => Ok(None),
        Err(error) => Err(again(error)),
    }
}

/// Whatever went wrong, Stripe sends the event again.
fn again(error: StripeError) -> Error {
    let error = fault::error_of(error);
    if error.status().is_server_error() { error } else { fault::unavailable() }
}
