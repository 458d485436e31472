//! Checks and books past bonuses and payments. A bonus becomes a bonus on its own day; a payment becomes an adjustment
//! that was earned and paid on the day of the payment, since what it was for is unknown.

use shared::money::Money;

use super::{
    apply,
    check::{done, refused},
    decide::Knowledge,
    entry_decide::Earlier,
    entry_row::{EntryRow, entry},
    entry_store,
    field::Kind,
    known_store,
    row::Refusal,
    row_store::{Done, Open, Worth},
    sale_row::{Reading, Settled},
    store::Import,
};
use identity::organization::time_zone;
use kit::{
    db::TenantTx,
    error::{Error, Result},
    page::zone::Zone,
    state::AppState,
};
use payouts::payout::{
    past::{Origin, Settlement},
    past_extra::{self, PastExtra},
};

/// Rows as parsed, and what they are compared with.
struct Read<'r> {
    rows: Vec<(&'r Open, std::result::Result<EntryRow, Refusal>)>,
    all: Knowledge,
    earlier: Earlier,
    zone: Zone,
}

async fn read<'r>(tx: &mut TenantTx, state: &AppState, import: &Import, rows: &'r [Open]) -> Result<Read<'r>> {
    let now = state.clock.now();
    let reading =
        Reading { head: &import.head, mapping: &import.mapping, dates: import.dates, terms: import.terms, now };
    let rows: Vec<_> = rows.iter().map(|open| (open, entry(import.kind, &open.cells, reading))).collect();
    let good: Vec<&EntryRow> = rows.iter().filter_map(|(_, row)| row.as_ref().ok()).collect();
    let emails = good.iter().filter_map(|row| row.affiliate_email.clone()).collect();
    let slugs = good.iter().filter_map(|row| Some(row.affiliate_slug.as_ref()?.to_lowercase())).collect();
    let all = known_store::of_named(tx, import.source, (emails, slugs)).await?;
    let ids: Vec<String> = good.iter().map(|row| row.external_id.clone()).collect();
    let mut earlier = Earlier {
        entries: entry_store::by_external_id(tx, (import.kind, import.source), &ids).await?,
        ..Earlier::default()
    };
    if import.kind == Kind::Payouts {
        let affiliates: Vec<_> = all.affiliates.keys().copied().collect();
        earlier.covered = entry_store::covered(tx, import.source, &affiliates).await?;
    }
    Ok(Read { rows, all, earlier, zone: time_zone::of(tx).await? })
}

fn worth(row: &EntryRow) -> Option<Worth> {
    Some(Worth { amount: Money::zero(row.amount.currency), earned: row.amount, settled: row.settled })
}

/// Returns what the run would do with each row.
pub(super) async fn check(tx: &mut TenantTx, state: &AppState, import: &Import, rows: &[Open]) -> Result<Vec<Done>> {
    let Read { rows, mut all, earlier, zone } = read(tx, state, import, rows).await?;
    let results = rows.into_iter().map(|(open, row)| {
        match row.and_then(|row| all.entry(&row, &earlier, &zone).map(|decision| (row, decision))) {
            Ok((row, decision)) => {
                Done { worth: worth(&row), ..done(open.line, decision.outcome, &decision.added, &decision.notes) }
            }
            Err(refusal) => refused(open.line, refusal),
        }
    });
    Ok(results.collect())
}

/// Books the rows. The caller holds the book's lock.
///
/// # Errors
/// Database errors: the caller must not commit then.
pub(super) async fn rows(tx: &mut TenantTx, state: &AppState, import: &Import, rows: &[Open]) -> Result<Vec<Done>> {
    let started = import.started_at.ok_or_else(|| Error::internal("an import that runs and never started"))?;
    let Read { rows, mut all, earlier, zone } = read(tx, state, import, rows).await?;
    let (mut results, mut fresh) = (Vec::with_capacity(rows.len()), Vec::new());
    for (open, row) in rows {
        if apply::was_duplicate(open) {
            results.push(apply::duplicate(open.line));
            continue;
        }
        let decided = row.and_then(|row| all.entry(&row, &earlier, &zone).map(|decision| (row, decision)));
        results.push(match decided {
            Err(refusal) => refused(open.line, refusal),
            Ok((row, decision)) => {
                let result = done(open.line, decision.outcome, &decision.added, &decision.notes);
                let result = Done { worth: worth(&row), ..result };
                fresh.extend(decision.action.map(|affiliate| (affiliate, row)));
                result
            }
        });
    }
    let origin = Origin {
        source: import.source.as_str(),
        place: import.source.place(),
        actor: &import.actor,
        taxed_there: import.terms.taxed_there,
        at: started,
    };
    let extras: Vec<PastExtra<'_>> = fresh
        .iter()
        .map(|(affiliate, row)| PastExtra {
            id: state.new_id(),
            program: import.program,
            affiliate: *affiliate,
            amount: row.amount,
            is_bonus: import.kind == Kind::Bonuses,
            at: row.at,
            reason: reason(import, row),
            settlement: settlement(row),
        })
        .collect();
    past_extra::give(tx, state, &origin, &extras).await?;
    let entries: Vec<_> =
        fresh.iter().zip(&extras).map(|((_, row), extra)| (row.external_id.clone(), extra.id)).collect();
    entry_store::keep(tx, import, &entries).await?;
    Ok(results)
}

/// The file's reason, or one that says where the amount comes from.
fn reason(import: &Import, row: &EntryRow) -> String {
    let place = import.source.place();
    let derived = || match import.kind {
        Kind::Payouts => format!("Earned on {place} before the move"),
        _ => format!("Bonus on {place} before the move"),
    };
    row.reason.clone().unwrap_or_else(derived)
}

/// How the amount was settled elsewhere; `None` if it is paid here.
fn settlement(row: &EntryRow) -> Option<Settlement<'_>> {
    match row.settled {
        Settled::Paid => Some(Settlement::Paid(row.paid_at.unwrap_or(row.at), row.payout_id.as_deref())),
        Settled::SettledThere => Some(Settlement::Left),
        Settled::PaidHere => None,
    }
}
