//! `GET /api/v1/customers/{id}/journey`: what led to each conversion of a customer, by the rules that credit them.

use std::collections::{BTreeSet, HashSet};

use axum::{
    Json,
    extract::{Path, State},
};
use shared::id::ConversionId;
use uuid::Uuid;

use super::{
    read::known,
    view::{CustomerJourney, JourneyStep},
};
use crate::{
    decision::{self, view::Decision},
    explain::{
        Names, SaleFacts,
        sale::{consider, credit},
        store::{codes_of, names_of},
    },
    history::BuyerHistory,
};
use identity::{access::api_key::ReadKey, organization::time_zone};
use kit::{api::document::Refused, db::TenantTx, error::Result, state::AppState};
use rules::{attribution::touch::BuyerKey, conversion::Conversion};

const STEPS_MAX: usize = 100;

/// Retrieve a customer's journey
///
/// Lists every conversion with the touches that were considered for it, and why each touch won or lost. This is the
/// information from the receipts of its commissions in one place, including conversions that no one is credited with.
#[utoipa::path(get, path = "/api/v1/customers/{id}/journey", tag = "Customers", operation_id = "getCustomerJourney",
    params(("id" = String, Path, example = "cus_01kdvdna00e5v8r2m6q1w9d3xk",
        description = "`cus_…`, or the customer's id in your system or at your gateway")),
    responses(
        (status = 200, description = "The journey", body = CustomerJourney),
        Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    Path(id): Path<String>,
) -> Result<Json<CustomerJourney>> {
    let mut tx = key.reader(&state).await?;
    let found = steps(&mut tx, &id, false).await?;
    tx.end();
    Ok(Json(found))
}

/// What led to each conversion of the customer with that id or name. Pages show who decided by `named`; the API returns
/// the actors as recorded.
///
/// # Errors
/// 404 for an unknown customer.
pub async fn steps(tx: &mut TenantTx, id: &str, named: bool) -> Result<CustomerJourney> {
    let (customer, history, rates) = known(tx, id).await?;
    let places = places(&history, BuyerKey::Known(customer.id));
    let ids: Vec<ConversionId> = places.iter().map(|index| history.conversions[*index].id).collect();
    let mut decisions = decision::store::of_conversions(tx, &ids).await?;
    if named {
        decision::named::by_name(tx, &mut decisions).await?;
    }
    let (affiliates, links) = those_named(&history);
    let coupons = codes_of(tx, &history.touches).await?;
    let names = Names { coupons, ..names_of(tx, affiliates, BTreeSet::new(), links).await? };
    let zone = time_zone::of(tx).await?;
    let mut sold = SaleFacts { zone, history, rates, index: 0, customer: Some(customer.customer_id) };
    let conversions = places
        .into_iter()
        .map(|index| {
            sold.index = index;
            step(&sold, &names, &decisions)
        })
        .collect();
    Ok(CustomerJourney { id: customer.id, conversions })
}

/// Indexes of the buyer's own conversions in chronological order, limited to the most recent ones.
fn places(history: &BuyerHistory, buyer: BuyerKey) -> Vec<usize> {
    let own = |conversion: &Conversion| history.buyer(conversion) == buyer;
    let all = history.conversions.iter().enumerate();
    let mut places: Vec<usize> = all.filter(|(_, conversion)| own(conversion)).map(|(index, _)| index).collect();
    places.sort_by_key(|index| {
        let conversion = &history.conversions[*index];
        (conversion.occurred_at, &conversion.external_id)
    });
    places.split_off(places.len().saturating_sub(STEPS_MAX))
}

fn those_named(history: &BuyerHistory) -> (BTreeSet<Uuid>, HashSet<Uuid>) {
    let mut affiliates: BTreeSet<Uuid> = history.touches.iter().map(|touch| touch.affiliate_id.uuid()).collect();
    affiliates.extend(history.decisions.iter().filter_map(|decision| Some(decision.credit?.1.uuid())));
    let credits = history.stored.values().filter_map(|stored| stored.outcome.credit.as_ref());
    affiliates.extend(credits.map(|credit| credit.affiliate_id.uuid()));
    (affiliates, history.touches.iter().filter_map(|touch| Some(touch.link_id?.uuid())).collect())
}

fn step(sold: &SaleFacts, names: &Names, decisions: &[Decision]) -> JourneyStep {
    let conversion = &sold.history.conversions[sold.index];
    let own: Vec<Decision> =
        decisions.iter().filter(|decision| decision.conversion_id == Some(conversion.id)).cloned().collect();
    JourneyStep {
        conversion_id: conversion.id,
        external_event_id: conversion.external_id.clone(),
        kind: conversion.outcome.kind.as_str(),
        amount_cents: conversion.amount.minor,
        currency: conversion.amount.currency,
        occurred_at: conversion.occurred_at,
        credit: credit(sold, &consider(sold), names, &own),
    }
}
