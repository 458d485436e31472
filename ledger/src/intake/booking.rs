//! Conversions, refunds and gateway events, as one set: kept, told apart from known ones, attributed and booked.
//!
//! Everything runs under the lock of the tenants concerned. [`judge`] decides which events are new; [`book`] loads the
//! histories they belong to, settles each whole (see [`crate::commission::settle`]), and writes what changed.

use std::collections::{HashMap, HashSet};

use shared::{
    batch::ItemVerdict,
    id::{ConversionId, CustomerId, OrganizationId, ProgramId},
    money::MoneyError,
};

use super::{
    journeys::Journeys,
    judge::{Existing, Placed, judge, read},
    rollup::Rollup,
    store::{self, NewEvent},
};
use crate::{
    attribution, book,
    commission::{
        self,
        settle::{Rates, settle},
    },
    conversion,
    db::TenantTx,
    fact::Told,
    quarantine,
    state::AppState,
};

#[derive(Debug, thiserror::Error)]
pub enum BookingError {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("commission arithmetic: {0}")]
    Money(#[from] MoneyError),
}

/// Verdicts with the places given.
///
/// # Errors
/// Nothing may be committed then.
pub async fn apply(
    tx: &mut TenantTx,
    state: &AppState,
    events: &[Placed<'_>],
) -> Result<Vec<(usize, ItemVerdict)>, BookingError> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let mut organizations: Vec<OrganizationId> = events.iter().map(|(_, event, _)| event.organization_id).collect();
    organizations.sort_unstable();
    organizations.dedup();
    store::lock_tenants(tx, &organizations).await?;
    let mut verdicts = Vec::with_capacity(events.len());
    let read = read(tx, state, events, &mut verdicts).await?;
    let (new, existing) = judge(tx, state, read, &mut verdicts).await?;
    let rows: Vec<NewEvent<'_>> =
        new.iter().map(|read| NewEvent { event: read.event, digest: read.digest, raw: read.raw }).collect();
    let inserted = store::insert_events(tx, &rows, state.clock.now()).await?;
    quarantine::store::close_applied(tx, &inserted.into_iter().collect::<Vec<_>>()).await?;
    let told: Vec<Told> = new.into_iter().map(|read| read.told).collect();
    book(tx, state, &told, existing).await?;
    Ok(verdicts)
}

async fn book(tx: &mut TenantTx, state: &AppState, told: &[Told], existing: Existing) -> Result<(), BookingError> {
    let now = state.clock.now();
    let mut new_uuid = || state.new_id::<shared::id::EventKind>().uuid();
    let buyers: Vec<_> = told.iter().filter_map(|told| Some((told.organization_id, told.customer.as_ref()?))).collect();
    let (customers, new_customers) = conversion::store::customers(tx, &buyers, now, &mut new_uuid).await?;
    let customer = |told: &Told| {
        let name = told.customer.as_ref()?.external_id.clone();
        customers.get(&(told.organization_id, name)).copied()
    };
    let with_customers: Vec<(&Told, Option<CustomerId>)> = told.iter().map(|told| (told, customer(told))).collect();
    let mut journeys = Journeys {
        touches: attribution::store::resolve(tx, &with_customers, &state.config.keys.click_token).await?,
        ..Journeys::default()
    };
    journeys.load(tx, &with_customers, &new_customers, &existing).await?;
    journeys.add(state, &with_customers, &existing);
    conversion::store::insert_refunds(tx, &journeys.refunds).await?;
    attribution::store::insert(tx, &journeys.touches).await?;
    let rates = rates(tx, &journeys).await?;
    settle_all(tx, state, journeys, &rates).await
}

/// Settings of every program that some touch names.
async fn rates(tx: &mut TenantTx, journeys: &Journeys) -> Result<Rates, sqlx::Error> {
    let programs: HashSet<(OrganizationId, ProgramId)> = journeys
        .by_key
        .iter()
        .flat_map(|(key, journey)| journey.touches.iter().map(|touch| (key.organization(), touch.program_id)))
        .collect();
    if programs.is_empty() {
        return Ok(Rates::default());
    }
    let programs: Vec<_> = programs.into_iter().collect();
    Ok(Rates {
        policies: attribution::store::policies(tx, &programs).await?,
        versions: commission::store::plan_versions(tx, &programs).await?,
    })
}

async fn settle_all(
    tx: &mut TenantTx,
    state: &AppState,
    journeys: Journeys,
    rates: &Rates,
) -> Result<(), BookingError> {
    let now = state.clock.now();
    let names: Vec<(OrganizationId, &str)> = journeys
        .by_key
        .values()
        .flat_map(|journey| journey.conversions.iter().map(|row| (row.organization_id, row.external_id.as_str())))
        .collect();
    let refunded = conversion::store::refunded(tx, &names).await?;
    let (mut conversions, mut commissions) = (Vec::new(), Vec::new());
    let (mut entries, mut rollup) = (Vec::new(), Rollup::default());
    for (key, journey) in journeys.by_key {
        let organization = key.organization();
        let days: HashMap<ConversionId, _> = journey.conversions.iter().map(|row| (row.id, row.occurred_at)).collect();
        // Refunds in another currency than the sale's can't be set against it.
        let of_sales: HashMap<String, i64> = journey
            .conversions
            .iter()
            .filter_map(|row| {
                let sum = refunded.get(&(organization, row.external_id.clone(), row.amount.currency))?;
                Some((row.external_id.clone(), *sum))
            })
            .collect();
        let settlement = settle(journey, &of_sales, rates, || state.new_id())?;
        let cause = journeys.causes.get(&key).copied();
        for (before, now) in &settlement.commissions {
            entries.extend(book::entry::corrections(organization, before.as_ref(), now, cause));
            let day = days.get(&now.conversion_id).copied().unwrap_or(now.hold_until);
            rollup.commission(organization, day, before.as_ref(), now)?;
        }
        for (before, now) in &settlement.conversions {
            rollup.conversion(before.as_ref(), now)?;
        }
        conversions.extend(settlement.conversions.into_iter().map(|(_, now)| now));
        commissions.extend(settlement.commissions.into_iter().map(|(_, now)| (organization, now)));
    }
    conversion::store::save(tx, &conversions.iter().collect::<Vec<_>>(), now).await?;
    let rows: Vec<_> = commissions.iter().map(|(organization, row)| (*organization, row)).collect();
    commission::store::save(tx, &rows, now).await?;
    book::store::post(tx, &entries, now, || state.new_id::<shared::id::Transfer>().uuid()).await?;
    rollup.save(tx).await?;
    Ok(())
}
