//! Recomputes histories from scratch, and compares them with what is stored.
//!
//! First clears everything that the ledger computed for conversions. Of commissions it keeps the ids, the paid amounts
//! and the times at which they became payable, because only time and people determine those. It recomputes as if no
//! hold were over, so that a commission whose hold has ended, but which the scheduled job hasn't processed yet, is no
//! difference.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use shared::{
    id::{AffiliateId, CommissionId, ConversionId, CustomerId},
    keys::KeyRing,
    timestamp::Timestamp,
};
use tokio::{sync::Mutex, task::JoinSet};

use super::{Report, fields, pages::Pages};
use crate::verify::{
    difference::Difference,
    position::{Accounts, Position},
    progress::Progress,
};
use engine::history::{
    BuyerHistory, HistoryKey, load,
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

/// Compares all histories of a tenant, each page of them with the next reader that is free.
pub(super) async fn compare(
    mut readers: Vec<TenantTx>,
    pseudonyms: &KeyRing,
    progress: &Arc<Progress>,
) -> anyhow::Result<Report> {
    let Some(first) = readers.first_mut() else { return Ok(Report::default()) };
    let work = Arc::new(Work {
        accounts: Accounts::load(first).await?,
        pages: Mutex::new((0, Pages::of(first).await?)),
        pseudonyms: pseudonyms.clone(),
        progress: Arc::clone(progress),
    });
    let mut tasks = JoinSet::new();
    for mut tx in readers {
        let work = Arc::clone(&work);
        tasks.spawn(async move {
            let found = work.pages(&mut tx).await?;
            tx.commit().await?;
            anyhow::Ok(found)
        });
    }
    let mut found = Vec::new();
    while let Some(part) = tasks.join_next().await {
        found.push(part??);
    }
    found.sort_by_key(|(page, _)| *page);
    let mut report = Report::default();
    for (_, part) in found {
        report.extend(part);
    }
    Ok(report)
}

/// What the readers of histories share.
struct Work {
    accounts: Accounts,
    /// The number of the last page, and those that are left.
    pages: Mutex<(u64, Pages)>,
    pseudonyms: KeyRing,
    progress: Arc<Progress>,
}

impl Work {
    /// Compares pages until none is left. Returns also the number of the first page with a difference.
    async fn pages(&self, tx: &mut TenantTx) -> anyhow::Result<(u64, Report)> {
        let (mut report, mut first) = (Report::default(), u64::MAX);
        loop {
            let (number, keys) = {
                let mut pages = self.pages.lock().await;
                pages.0 += 1;
                (pages.0, pages.1.next(tx).await?)
            };
            if keys.is_empty() {
                return Ok((first, report));
            }
            let page = self.page(tx, &keys).await?;
            self.progress.advance(page.counts.conversions);
            if page.differences.count() > 0 {
                first = first.min(number);
            }
            report.extend(page);
        }
    }

    async fn page(&self, tx: &mut TenantTx, keys: &HashSet<HistoryKey>) -> anyhow::Result<Report> {
        let organization = tx.organization();
        let Report { mut counts, mut differences } = Report::default();
        let mut histories = load::load(tx, keys).await?;
        let mut kept: HashMap<_, _> = histories.iter_mut().map(|(key, history)| (*key, forget(history))).collect();
        let ids: Vec<CommissionId> = kept.values().flat_map(|kept| kept.commissions.iter().map(|row| row.id)).collect();
        let (booked, transfers) = self.accounts.booked(tx, &ids).await?;
        let (histories, rates, complete) = with_neighbours(tx, &self.pseudonyms, histories).await?;
        for history in kept.keys().filter_map(|key| histories.get(key)) {
            for difference in joined(history) {
                differences.add(organization, difference);
            }
        }
        let parts = parts(histories, &rates)?;
        let nobody = CommissionId::from_bytes([0; 16]);
        let changes = recompute(&parts, &complete, &rates, Timestamp::EPOCH, || nobody)?;
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
        Ok(Report { counts, differences })
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
