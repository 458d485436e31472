//! Recomputes histories from scratch, and compares them with what is stored.
//!
//! First clears everything that the ledger computed for conversions. Of commissions it keeps the ids, the paid amounts
//! and the times at which they became payable, because only time and people determine those. It recomputes as if no
//! hold were over, so that a commission whose hold has ended, but which the scheduled job hasn't processed yet, is no
//! difference.

use std::collections::HashMap;

use shared::{
    id::{AffiliateId, CommissionId, ConversionId, CustomerId},
    keys::KeyRing,
    timestamp::Timestamp,
};

use super::{Counts, fields, pages::Pages};
use crate::verify::{
    difference::{Difference, Differences},
    position::{Accounts, Position},
    progress::Progress,
};
use engine::history::{
    BuyerHistory, load,
    recompute::{HistoryChanges, recompute},
    write::{parts, with_neighbours},
};
use kit::db::TenantTx;
use rules::{
    book::entry::Cause,
    commission::{Commission, CommissionStatus},
    conversion::{Conversion, Outcome},
};

/// The stored parts of a history.
#[derive(Debug, Default)]
struct StoredHistory {
    conversions: HashMap<ConversionId, Conversion>,
    commissions: Vec<Commission>,
}

/// Compares all histories of a tenant.
pub(super) async fn compare(
    tx: &mut TenantTx,
    pseudonyms: &KeyRing,
    progress: &Progress,
) -> anyhow::Result<(Counts, Differences)> {
    let organization = tx.organization();
    let accounts = Accounts::load(tx).await?;
    let (mut counts, mut differences) = (Counts::default(), Differences::default());
    let mut pages = Pages::of(tx).await?;
    loop {
        let keys = pages.next(tx).await?;
        if keys.is_empty() {
            return Ok((counts, differences));
        }
        let mut histories = load::load(tx, &keys).await?;
        let mut kept: HashMap<_, _> = histories.iter_mut().map(|(key, history)| (*key, forget(history))).collect();
        let ids: Vec<CommissionId> = kept.values().flat_map(|kept| kept.commissions.iter().map(|row| row.id)).collect();
        let (booked, transfers) = accounts.booked(tx, &ids).await?;
        let (histories, rates, complete) = with_neighbours(tx, pseudonyms, histories).await?;
        for history in kept.keys().filter_map(|key| histories.get(key)) {
            for difference in joined(history) {
                differences.add(organization, difference);
            }
        }
        let parts = parts(histories, &rates)?;
        let nobody = CommissionId::from_bytes([0; 16]);
        let changes = recompute(&parts, &complete, &rates, Timestamp::EPOCH, || nobody)?;
        let before = counts.conversions;
        for (part, changes) in parts.iter().zip(changes) {
            // Neighbors are recomputed too, but compared on their own page.
            let Some(kept) = kept.remove(&part.key) else { continue };
            counts.conversions += kept.conversions.len() as u64;
            counts.commissions += kept.commissions.len() as u64;
            for difference in held_against(kept, changes, &booked) {
                differences.add(organization, difference);
            }
        }
        counts.transfers += transfers;
        progress.advance(counts.conversions - before);
    }
}

/// Clears what the ledger computed from a history, and returns it.
fn forget(history: &mut BuyerHistory) -> StoredHistory {
    let conversions = std::mem::take(&mut history.stored);
    for conversion in &mut history.conversions {
        conversion.outcome = Outcome::unknown();
    }
    let commissions = history.commissions.clone();
    for commission in &mut history.commissions {
        // A commission that was paid in one currency can't be offset in another: it stays as it was paid.
        if !commission.is_in_payouts() {
            *commission = Commission {
                plan_version_id: None,
                amount: 0,
                earned: shared::money::Money::new(0, commission.earned.currency),
                status: CommissionStatus::Pending,
                held: None,
                hold_until: Timestamp::EPOCH,
                reason: String::new(),
                ..commission.clone()
            };
        }
    }
    history.cause = Cause::default();
    history.joins.forget();
    StoredHistory { conversions, commissions }
}

/// Compares which customers of a history are one with what is stored.
fn joined(history: &BuyerHistory) -> Vec<Difference> {
    let changed = history.joins.joins.iter().filter(|join| join.status != join.stored);
    let joins = changed.map(|join| {
        let (stored, anew) = (format!("{:?}", join.stored), format!("{:?}", join.status));
        Difference::new(join.id.to_string(), "join", stored, anew)
    });
    let buyer = |customer: &CustomerId| history.people.get(customer).map(|person| person.buyer);
    let moved = history.joins.stored_buyers.iter().filter(|(customer, stored)| buyer(customer) != Some(**stored));
    let buyers = moved.map(|(customer, stored)| {
        let anew = buyer(customer).map(|id| id.to_string()).unwrap_or_default();
        Difference::new(customer.to_string(), "buyer", stored, anew)
    });
    joins.chain(buyers).collect()
}

type Slot = (Option<ConversionId>, AffiliateId, Option<String>);

fn slot(commission: &Commission) -> Slot {
    (commission.conversion(), commission.affiliate_id, commission.component_id.clone())
}

/// Compares the stored parts of one history with its recomputation and with the book.
fn held_against(
    kept: StoredHistory,
    changes: HistoryChanges,
    booked: &HashMap<CommissionId, Position>,
) -> Vec<Difference> {
    let mut found = Vec::new();
    for (_, anew) in &changes.conversions {
        if let Some(stored) = kept.conversions.get(&anew.id)
            && stored.outcome != anew.outcome
        {
            found.extend(fields::outcome(stored, anew));
        }
    }
    let about = |commission: &Commission| {
        let conversion = commission.conversion().and_then(|id| kept.conversions.get(&id));
        conversion.map(fields::conversion).unwrap_or_default()
    };
    let mut anew: HashMap<Slot, Commission> =
        changes.commissions.into_iter().map(|(_, anew)| (slot(&anew), anew)).collect();
    for stored in &kept.commissions {
        let holds = booked.get(&stored.id).cloned().unwrap_or_default();
        let says = Position::of(stored);
        if holds != says {
            let about = format!("{}, {}", about(stored), stored.id);
            found.push(Difference::new(about, "transfers", holds, says));
        }
        match anew.remove(&slot(stored)) {
            Some(anew) if anew != *stored => found.extend(fields::commission(&about(stored), stored, &anew)),
            Some(_) => {}
            // No longer earned: its amount must be zero. One that was paid and didn't change is correct.
            None if stored.amount == 0 || stored.is_in_payouts() => {}
            None => found.push(Difference::baseless(
                format!("{}, {}", about(stored), stored.id),
                "commission",
                format!("{} to {}", stored.amount, stored.affiliate_id),
            )),
        }
    }
    let mut missing: Vec<Commission> = anew.into_values().collect();
    missing.sort_by_key(slot);
    found.extend(missing.iter().map(|row| {
        let earns = format!("component {} earns {} {}", row.component, row.affiliate_id, row.earned);
        Difference::missing(about(row), "commission", earns)
    }));
    found
}
