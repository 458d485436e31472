//! Settles journeys against what is booked, and writes the difference: conversions, commissions, book, daily figures.
//!
//! The one way by which a commission of a conversion changes, whatever caused it.

use std::collections::{BTreeSet, HashSet};

use shared::{
    id::{AffiliateId, OrganizationId, ProgramId},
    keys::KeyRing,
    money::MoneyError,
    timestamp::Timestamp,
};

use super::{
    JourneyKey, Journeys, Rates,
    attributed::attribute,
    claims::{ClaimDay, claim_days},
    joins_store, load,
    rollup::Rollup,
    settle::{Complete, Part, Settlement, pools, settle},
    waiting::pools_of_hanging,
};
use crate::{attribution, book, commission, conversion, privacy};
use kit::{db::TenantTx, error::Error, state::AppState};
use outbox::{
    notification::news_store::{self, Affiliates},
    webhook::news::News,
};
use rules::{
    book::entry::Cause,
    commission::{Commission, price::Pool},
};

#[derive(Debug, thiserror::Error)]
pub enum BookingError {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("commission arithmetic: {0}")]
    Money(#[from] MoneyError),
}

impl From<BookingError> for Error {
    fn from(error: BookingError) -> Self {
        match error {
            BookingError::Database(error) => error.into(),
            BookingError::Money(error) => Self::internal(error),
        }
    }
}

/// Nothing may be committed after an error.
pub async fn settle_and_save(tx: &mut TenantTx, state: &AppState, journeys: Journeys) -> Result<(), BookingError> {
    let (journeys, rates, complete) = with_neighbours(tx, &state.config.keys.pseudonym, journeys).await?;
    joins_store::save(tx, &journeys).await?;
    let parts = parts(journeys, &rates)?;
    let settlements = settle(&parts, &complete, &rates, state.clock.now(), || state.new_id())?;
    save(tx, state, &parts, settlements).await
}

/// Journeys with the credits of their conversions.
///
/// # Errors
/// [`MoneyError`] where refunds sum up beyond 64 bits.
pub fn parts(journeys: Journeys, rates: &Rates) -> Result<Vec<Part<'_>>, MoneyError> {
    journeys
        .into_iter()
        .map(|(key, journey)| {
            let attributed = attribute(&journey, rates)?;
            Ok(Part { key, journey, attributed })
        })
        .collect()
}

/// Adds to journeys what was given back, what programs and affiliates say about them, who is one customer in them, and the
/// journeys whose conversions their prices depend on. Answers what is complete by then.
pub async fn with_neighbours(
    tx: &mut TenantTx,
    pseudonyms: &KeyRing,
    journeys: Journeys,
) -> Result<(Journeys, Rates, Complete), BookingError> {
    let (journeys, mut rates, complete) = gathered(tx, journeys).await?;
    privacy::asked::of_erased(tx, pseudonyms, &journeys, &mut rates.versions).await?;
    Ok((journeys, rates, complete))
}

async fn gathered(tx: &mut TenantTx, mut journeys: Journeys) -> Result<(Journeys, Rates, Complete), BookingError> {
    load::given_back(tx, &mut journeys).await?;
    let rates = rates(tx, &journeys).await?;
    joins_store::judge(tx, &mut journeys, &rates).await?;
    if !rates.look_at_others() {
        return Ok((journeys, rates, Complete::default()));
    }
    let parts = parts(journeys, &rates)?;
    let asked: BTreeSet<(OrganizationId, Pool)> = parts
        .iter()
        .flat_map(|part| pools(part, &rates).into_iter().map(|pool| (part.key.organization(), pool)))
        .collect();
    let days: BTreeSet<(OrganizationId, ClaimDay)> = parts
        .iter()
        .flat_map(|part| claim_days(part, &rates).into_iter().map(|day| (part.key.organization(), day)))
        .collect();
    let mut journeys: Journeys = parts.into_iter().map(|part| (part.key, part.journey)).collect();
    let asked: Vec<_> = asked.into_iter().collect();
    let days: Vec<_> = days.into_iter().collect();
    let mut others = conversion::store::in_pools(tx, &asked).await?;
    others.extend(conversion::store::claims_of(tx, &days).await?);
    let complete = Complete {
        pools: asked.into_iter().map(|(_, pool)| pool).collect(),
        claim_days: days.into_iter().map(|(_, day)| day).collect(),
    };
    // A lone purchase that has just found its buyer is among the buyer's already, and is still stored as alone.
    let present: HashSet<_> =
        journeys.values().flat_map(|journey| &journey.conversions).map(|conversion| conversion.id).collect();
    others.retain(|other| !present.contains(&other.id));
    let keys = load::keys_of(tx, &others).await?;
    let missing: HashSet<_> = keys.into_iter().filter(|key| !journeys.contains_key(key)).collect();
    if missing.is_empty() {
        return Ok((journeys, rates, complete));
    }
    let mut complete = complete;
    let neighbours = neighbours(tx, &mut complete, &missing).await?;
    journeys.extend(neighbours);
    let rates = self::rates(tx, &journeys).await?;
    joins_store::judge(tx, &mut journeys, &rates).await?;
    Ok((journeys, rates, complete))
}

/// The journeys that the first ones' prices depend on. A conversion of theirs may be flagged, or not any more, for what
/// happened in its hour: then what hangs on it counts in its own pools, or doesn't any more, so those are completed too.
async fn neighbours(
    tx: &mut TenantTx,
    complete: &mut Complete,
    missing: &HashSet<JourneyKey>,
) -> Result<Journeys, BookingError> {
    let mut neighbours = load::load(tx, missing).await?;
    load::given_back(tx, &mut neighbours).await?;
    let rates = self::rates(tx, &neighbours).await?;
    if !(rates.checks_hours() && rates.price_pools()) {
        return Ok(neighbours);
    }
    let parts = parts(neighbours, &rates)?;
    let hanging = |part: &Part<'_>| {
        let pools = pools_of_hanging(part, &complete.pools, &rates);
        pools.into_iter().map(|pool| (part.key.organization(), pool)).collect::<Vec<_>>()
    };
    let asked: BTreeSet<(OrganizationId, Pool)> = parts.iter().flat_map(hanging).collect();
    let mut neighbours: Journeys = parts.into_iter().map(|part| (part.key, part.journey)).collect();
    let asked: Vec<_> = asked.into_iter().filter(|(_, pool)| !complete.pools.contains(pool)).collect();
    let others = conversion::store::in_pools(tx, &asked).await?;
    complete.pools.extend(asked.into_iter().map(|(_, pool)| pool));
    let keys = load::keys_of(tx, &others).await?;
    let further: HashSet<_> = keys.difference(missing).copied().collect();
    let mut further = load::load(tx, &further).await?;
    load::given_back(tx, &mut further).await?;
    neighbours.extend(further);
    Ok(neighbours)
}

/// What every program and affiliate says that these journeys name.
pub async fn rates(tx: &mut TenantTx, journeys: &Journeys) -> Result<Rates, sqlx::Error> {
    let mut programs: HashSet<(OrganizationId, ProgramId)> = HashSet::new();
    let mut affiliates: HashSet<(OrganizationId, AffiliateId)> = HashSet::new();
    for (key, journey) in journeys {
        let touched = journey.touches.iter().map(|touch| (touch.program_id, touch.affiliate_id));
        let decided = journey.decisions.iter().filter_map(|decision| decision.credit);
        let stored = journey.stored.values().filter_map(|stored| stored.outcome.credit.as_ref());
        for (program, affiliate) in
            touched.chain(decided).chain(stored.map(|credit| (credit.program_id, credit.affiliate_id)))
        {
            programs.insert((key.organization(), program));
            affiliates.insert((key.organization(), affiliate));
        }
    }
    if programs.is_empty() {
        return Ok(Rates::default());
    }
    let (programs, affiliates) = (programs.into_iter().collect::<Vec<_>>(), affiliates.into_iter().collect::<Vec<_>>());
    let mut policies = attribution::store::policies(tx, &programs).await?;
    let versions = commission::store::plan_versions(tx, &programs, &affiliates).await?;
    let affiliates = commission::store::partners(tx, &affiliates).await?;
    for (id, partner) in &affiliates {
        policies.approve(*id, partner.approved.clone());
    }
    Ok(Rates { policies, versions, affiliates })
}

async fn save(
    tx: &mut TenantTx,
    state: &AppState,
    parts: &[Part<'_>],
    settlements: Vec<Settlement>,
) -> Result<(), BookingError> {
    let now = state.clock.now();
    tell(tx, parts, &settlements, now).await?;
    let (mut conversions, mut commissions) = (Vec::new(), Vec::new());
    let (mut entries, mut rollup, mut earned, mut moved) =
        (Vec::new(), Rollup::default(), Affiliates::new(), Vec::new());
    for (part, settlement) in parts.iter().zip(settlements) {
        let organization = part.key.organization();
        for (before, now) in &settlement.commissions {
            let cause = cause(part, &settlement, now);
            entries.extend(rules::book::entry::corrections(organization, before.as_ref(), now, cause));
            if news_store::is_news(before.as_ref(), now) {
                earned.insert((organization, now.affiliate_id));
            }
        }
        rollup.settlement(organization, part, &settlement)?;
        for (before, now) in settlement.conversions {
            if before.is_some_and(|before| before.occurred_at != now.occurred_at) {
                moved.push((organization, now.id, now.occurred_at));
            }
            conversions.push(now);
        }
        commissions.extend(settlement.commissions.into_iter().map(|(_, now)| (organization, now)));
    }
    conversion::store::save(tx, &conversions.iter().collect::<Vec<_>>(), now).await?;
    let rows: Vec<_> = commissions.iter().map(|(organization, row)| (*organization, row)).collect();
    commission::store::save(tx, &rows, now).await?;
    news_store::earned(tx, &earned, now).await?;
    commission::store::move_to(tx, &moved).await?;
    book::store::post(tx, &entries, now, || state.new_id::<shared::id::Transfer>().uuid()).await?;
    rollup.save(tx).await?;
    Ok(())
}

/// What changes is told to the outside in the same transaction.
async fn tell(
    tx: &mut TenantTx,
    parts: &[Part<'_>],
    settlements: &[Settlement],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mut news = News::default();
    for (part, settlement) in parts.iter().zip(settlements) {
        for (before, conversion) in &settlement.conversions {
            let buyer = conversion.customer_id.and_then(|id| part.journey.people.get(&id));
            news.conversion(before.as_ref(), conversion, buyer.map(|person| person.name.as_str()));
        }
        for (before, commission) in &settlement.commissions {
            news.commission(part.key.organization(), before.as_ref(), commission);
        }
    }
    news.tell(tx, now).await
}

/// What made a commission change: the sale's own event where the sale is new; what was given back or disputed of it
/// last, where that is what changed; else what made us look at the journey.
fn cause(part: &Part<'_>, settlement: &Settlement, commission: &Commission) -> Cause {
    let journey = &part.journey;
    let changed = settlement.conversions.iter().find(|(_, now)| commission.conversion() == Some(now.id));
    let event = match changed {
        _ if journey.cause.decision_id.is_some() => None,
        Some((None, sale)) => Some(sale.event_id),
        Some((Some(before), sale))
            if (before.outcome.refunded, before.outcome.dispute) != (sale.outcome.refunded, sale.outcome.dispute) =>
        {
            journey.last_given_back(&sale.external_id)
        }
        Some(_) | None => None,
    };
    event.map_or(journey.cause, |event| Cause { event_id: Some(event), ..journey.cause })
}
