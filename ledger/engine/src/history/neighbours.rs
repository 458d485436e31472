//! Loads what the prices and flags of histories depend on: the histories of other buyers whose own ones may change with
//! them, and of all others, only what counts. [`members`] decides which are which.

use std::collections::{BTreeSet, HashSet};

use shared::id::{ConversionId, CustomerId, OrganizationId};

use super::{
    BuyerHistories, HistoryKey, Rates,
    claims::claim_days,
    joins_store, load, members,
    recompute::{Complete, Part, pools},
    waiting::pools_of_dependent,
    write::{BookingError, parts, rates},
};
use crate::conversion::{
    self,
    claim_day::ClaimDay,
    pool_member::PoolMember,
    pool_member_store::{customers_waiting, members_of},
};
use kit::db::TenantsTx;
use rules::commission::price::Pool;

/// Pools with their organizations.
type Pools = BTreeSet<(OrganizationId, Pool)>;

/// Loads the refunds of these histories, their terms and joins, and their neighbours. Returns what is complete then.
pub(super) async fn load(
    tx: &mut TenantsTx,
    mut histories: BuyerHistories,
) -> Result<(BuyerHistories, Rates, Complete), BookingError> {
    load::given_back(tx, &mut histories).await?;
    let mut rates = rates(tx, &histories).await?;
    joins_store::judge(tx, &mut histories, &rates).await?;
    if !rates.look_at_others() {
        return Ok((histories, rates, Complete::default()));
    }
    let given: HashSet<HistoryKey> = histories.keys().copied().collect();
    let parts = parts(histories, &rates)?;
    let requested: Pools = parts.iter().flat_map(|part| of_organization(part, pools(part, &rates))).collect();
    let days: BTreeSet<(OrganizationId, ClaimDay)> =
        parts.iter().flat_map(|part| of_organization(part, claim_days(part, &rates))).collect();
    histories = without_credits(parts);
    let mut complete = Complete {
        pools: requested.iter().map(|(_, pool)| *pool).collect(),
        claim_days: days.iter().map(|(_, day)| *day).collect(),
        earlier: Vec::new(),
    };
    let (whole, mut back) = by_need(requested, &rates);
    let days: Vec<_> = days.into_iter().collect();
    let mut others = conversion::store::in_pools(tx, &whole, &rates.trusting()).await?;
    others.extend(conversion::store::claims_of(tx, &days).await?);
    // A purchase that has just been matched to its buyer is already among the buyer's, and still stored without a
    // buyer.
    let present = present(&histories);
    others.retain(|other| !present.contains(&other.id));
    let keys = load::keys_of(tx, &others).await?;
    let missing: HashSet<_> = keys.into_iter().filter(|key| !histories.contains_key(key)).collect();
    if !missing.is_empty() {
        let (neighbours, further) = neighbours(tx, &mut complete, &missing).await?;
        back.extend(further);
        rates = extend(tx, &mut histories, neighbours).await?;
    }
    if back.is_empty() {
        return Ok((histories, rates, complete));
    }
    look_back(tx, (histories, rates, complete), &back, &given).await
}

/// Adds what counts in these pools, in each of which prices look back: the histories that may change because of changes to
/// the loaded ones, and of the other members only what counts.
async fn look_back(
    tx: &mut TenantsTx,
    (mut histories, mut rates, mut complete): (BuyerHistories, Rates, Complete),
    pools: &Pools,
    given: &HashSet<HistoryKey>,
) -> Result<(BuyerHistories, Rates, Complete), BookingError> {
    let (mut earlier, waiting) = members_in(tx, pools).await?;
    // What is stored with a history may be by an earlier rule, which shows only once it's loaded: then it's a change, too.
    loop {
        let parts = parts(histories, &rates)?;
        let changes = members::changes(&parts, &complete, &rates, given);
        histories = without_credits(parts);
        let affected = members::Affected::of(pools.iter().map(|(_, pool)| pool), &changes);
        let (changing, counting) = members::split(earlier, &affected, &waiting, &present(&histories), &rates);
        earlier = counting;
        let mut keys = of_members(tx, &changing).await?;
        keys.retain(|key| !histories.contains_key(key));
        if keys.is_empty() {
            break;
        }
        let mut neighbours = load::load(tx, &keys).await?;
        load::given_back(tx, &mut neighbours).await?;
        rates = extend(tx, &mut histories, neighbours).await?;
    }
    complete.earlier = earlier;
    Ok((histories, rates, complete))
}

/// Loads the histories that are missing. One of their conversions may become flagged, or no longer flagged, because of what
/// happened in its hour. Conversions that depend on it then count in their own pools, or no longer do, or earn something
/// else there, so those pools are completed too. Returns those of them that look back, which aren't loaded yet.
async fn neighbours(
    tx: &mut TenantsTx,
    complete: &mut Complete,
    missing: &HashSet<HistoryKey>,
) -> Result<(BuyerHistories, Pools), BookingError> {
    let mut neighbours = load::load(tx, missing).await?;
    load::given_back(tx, &mut neighbours).await?;
    let rates = rates(tx, &neighbours).await?;
    if !(rates.checks_hours() && rates.price_pools()) {
        return Ok((neighbours, Pools::new()));
    }
    let parts = parts(neighbours, &rates)?;
    let dependent = |part: &Part<'_>| of_organization(part, pools_of_dependent(part, &complete.pools, &rates));
    let mut requested: Pools = parts.iter().flat_map(dependent).collect();
    let mut neighbours = without_credits(parts);
    requested.retain(|(_, pool)| !complete.pools.contains(pool));
    complete.pools.extend(requested.iter().map(|(_, pool)| *pool));
    let (whole, back) = by_need(requested, &rates);
    let others = conversion::store::in_pools(tx, &whole, &rates.trusting()).await?;
    let keys = load::keys_of(tx, &others).await?;
    let further: HashSet<_> = keys.difference(missing).copied().collect();
    let mut further = load::load(tx, &further).await?;
    load::given_back(tx, &mut further).await?;
    neighbours.extend(further);
    Ok((neighbours, back))
}

/// Adds histories, and returns the terms of all. Those that are there already stay: they have what was just reported.
async fn extend(
    tx: &mut TenantsTx,
    histories: &mut BuyerHistories,
    more: BuyerHistories,
) -> Result<Rates, BookingError> {
    for (key, history) in more {
        histories.entry(key).or_insert(history);
    }
    let rates = rates(tx, histories).await?;
    joins_store::judge(tx, histories, &rates).await?;
    Ok(rates)
}

/// Splits pools into those whose members are all recomputed, and those in which each price looks back.
fn by_need(pools: Pools, rates: &Rates) -> (Vec<(OrganizationId, Pool)>, Pools) {
    let trusting = rates.trusting();
    let (whole, back): (Pools, Pools) =
        pools.into_iter().partition(|(_, pool)| members::is_whole(pool, rates, &trusting));
    (whole.into_iter().collect(), back)
}

/// The members of these pools, and the customers with something that waits for a review.
async fn members_in(tx: &mut TenantsTx, pools: &Pools) -> Result<(Vec<PoolMember>, HashSet<CustomerId>), sqlx::Error> {
    let (mut found, mut waiting) = (Vec::new(), HashSet::new());
    let pools = members::outermost(pools);
    for of_one in pools.chunk_by(|one, other| one.0 == other.0) {
        let Some((organization, _)) = of_one.first().copied() else { continue };
        let pools: Vec<Pool> = of_one.iter().map(|(_, pool)| *pool).collect();
        found.extend(members_of(tx, organization, &pools).await?);
        waiting.extend(customers_waiting(tx, organization).await?);
    }
    Ok((found, waiting))
}

/// The keys of the histories that these members belong to.
async fn of_members(tx: &mut TenantsTx, members: &[PoolMember]) -> Result<HashSet<HistoryKey>, sqlx::Error> {
    let customer = |member: &PoolMember| Some((member.organization_id, member.customer_id?));
    let customers: Vec<_> = members.iter().filter_map(customer).collect();
    let mut keys = load::groups_of(tx, &customers).await?;
    let alone = members.iter().filter(|member| member.customer_id.is_none());
    keys.extend(alone.map(|member| HistoryKey::Alone(member.organization_id, member.event_id)));
    Ok(keys)
}

fn of_organization<T>(part: &Part<'_>, found: BTreeSet<T>) -> impl Iterator<Item = (OrganizationId, T)> + use<T> {
    let organization = part.key.organization();
    found.into_iter().map(move |one| (organization, one))
}

fn without_credits(parts: Vec<Part<'_>>) -> BuyerHistories {
    parts.into_iter().map(|part| (part.key, part.history)).collect()
}

fn present(histories: &BuyerHistories) -> HashSet<ConversionId> {
    histories.values().flat_map(|history| &history.conversions).map(|conversion| conversion.id).collect()
}
