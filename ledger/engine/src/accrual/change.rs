//! Applies changes to commissions that no history causes: a hold that ends, a payment, a bonus. Saves the commissions,
//! books the difference, announces it to webhooks, and keeps the conversions' statuses and the daily figures in sync.

use std::collections::{HashMap, HashSet};

use shared::{id::ConversionId, timestamp::Timestamp};

use crate::{
    book,
    commission::store,
    conversion,
    history::{
        Decision, DecisionKind, load,
        past::COMPONENT,
        recompute,
        rollup::{Place, Rollup},
        rollup_store,
        write::{BookingError, recompute_and_save},
    },
};
use kit::{compiled_once, db::TenantTx, state::AppState};
use outbox::{notification::news_store, webhook::news::News};
use rules::{
    book::entry::Cause,
    commission::{Commission, CommissionState, CommissionStatus},
    conversion::Conversion,
};

/// A commission before the change (`None` for a new one) and after it.
pub type Change = (Option<Commission>, Commission);

/// Applies the changes. The caller holds the tenant's lock.
///
/// # Errors
/// [`BookingError`]; the caller must then roll back.
pub async fn apply(tx: &mut TenantTx, state: &AppState, changes: &[Change], cause: Cause) -> Result<(), BookingError> {
    apply_each(tx, state, changes, &vec![cause; changes.len()]).await
}

/// As [`apply`], with the cause of each change.
///
/// # Errors
/// [`BookingError`]; the caller must then roll back.
#[compiled_once]
pub async fn apply_each(
    tx: &mut TenantTx,
    state: &AppState,
    changes: &[Change],
    causes: &[Cause],
) -> Result<(), BookingError> {
    let organization = tx.organization();
    let now = state.clock.now();
    let at = |change: &Change| news_store::news_at(change.0.as_ref(), &change.1, now).filter(|_| !is_imported(change));
    let rows: Vec<_> = changes.iter().map(|change| (organization, &change.1, at(change))).collect();
    store::save(tx, &rows, now).await?;
    news_store::earned(tx, &rows).await?;
    let mut news = News::default();
    let announced = changes.iter().filter(|change| !is_imported(change));
    announced.for_each(|(before, now)| news.commission(organization, before.as_ref(), now));
    news.announce(tx, now).await?;
    let (mut entries, mut rollup) = (Vec::new(), Rollup::default());
    for ((before, commission), cause) in changes.iter().zip(causes) {
        entries.extend(rules::book::entry::corrections(organization, before.as_ref(), commission, *cause));
        // Earnings count on the conversion's day, and the conversion's value doesn't change here.
        if let Some(day) = commission.day() {
            if let Some(before) = before {
                rollup.commission(organization, Place::of_day(day), before, -1)?;
            }
            rollup.commission(organization, Place::of_day(day), commission, 1)?;
        }
    }
    book::store::post(tx, &entries, now, || state.new_id::<shared::id::Transfer>().uuid()).await?;
    rollup_store::save(tx, &mut rollup).await?;
    let conversions: HashSet<ConversionId> = changes.iter().filter_map(|(_, now)| now.conversion()).collect();
    let unclear = refresh(tx, &conversions.into_iter().collect::<Vec<_>>(), now).await?;
    recompute_freed(tx, state, (changes, unclear), causes.first().copied().unwrap_or_default()).await
}

/// Whether the change is an import of something that happened elsewhere, which no one is notified of.
fn is_imported((before, now): &Change) -> bool {
    before.is_none() && now.component_id.as_deref() == Some(COMPONENT)
}

/// The last decision to approve or deny.
pub(super) fn last_review(decisions: &[Decision]) -> Option<&Decision> {
    decisions
        .iter()
        .filter(|decision| matches!(decision.kind, DecisionKind::Deny | DecisionKind::Approve))
        .max_by_key(|decision| (decision.decided_at, decision.id))
}

/// The state that decisions give a commission that no conversion earned: the latest denial or approval wins, and a
/// release applies.
pub fn decided_state(decisions: &[Decision]) -> CommissionState {
    CommissionState {
        denied: last_review(decisions).is_some_and(|last| last.kind == DecisionKind::Deny),
        released: decisions.iter().any(|decision| decision.kind == DecisionKind::Release),
        held: None,
    }
}

/// Recomputes conversions whose commissions left all payouts. While a payout contains part of a commission, its
/// currency stays fixed, whatever is known by now. Once all of it is returned, the commission is computed from its
/// history again. So are the `unclear` ones of [`refresh`].
async fn recompute_freed(
    tx: &mut TenantTx,
    state: &AppState,
    (changes, unclear): (&[Change], HashSet<ConversionId>),
    cause: Cause,
) -> Result<(), BookingError> {
    let freed = changes
        .iter()
        .filter(|(before, now)| before.as_ref().is_some_and(Commission::is_in_payouts) && !now.is_in_payouts());
    let freed: HashSet<ConversionId> = freed.filter_map(|(_, now)| now.conversion()).chain(unclear).collect();
    if freed.is_empty() {
        return Ok(());
    }
    let conversions = conversion::store::by_id(tx, &freed.into_iter().collect::<Vec<_>>()).await?;
    let keys = load::keys_of(tx, &conversions).await?;
    let mut histories = load::load(tx, &keys).await?;
    for history in histories.values_mut() {
        // The payout isn't the cause of what the recomputation changes; it only triggered it.
        history.cause = Cause { payout_id: None, undone: false, ..cause };
    }
    recompute_and_save(tx, state, histories).await
}

/// Derives the status of each conversion from the statuses of its commissions. Returns the conversions for which that isn't
/// enough: a commission that is worth nothing was denied by a person, or written off because later reports changed the
/// attribution or the plan, and only the conversion's history tells which.
async fn refresh(
    tx: &mut TenantTx,
    ids: &[ConversionId],
    now: Timestamp,
) -> Result<HashSet<ConversionId>, sqlx::Error> {
    let (organization, mut unclear) = (tx.organization(), HashSet::new());
    if ids.is_empty() {
        return Ok(unclear);
    }
    let keys: Vec<_> = ids.iter().map(|id| (organization, *id)).collect();
    let mut states: HashMap<ConversionId, Vec<CommissionStatus>> = HashMap::new();
    let conversions = conversion::store::by_id(tx, ids).await?;
    let credited: HashMap<_, _> =
        conversions.iter().filter_map(|row| Some((row.id, row.outcome.credit.as_ref()?.affiliate_id))).collect();
    for (_, commission) in store::load(tx, &keys).await? {
        if let Some(conversion) = commission.conversion()
            && credited.get(&conversion) == Some(&commission.affiliate_id)
        {
            states.entry(conversion).or_default().push(commission.status);
            if commission.status == CommissionStatus::Denied {
                unclear.insert(conversion);
            }
        }
    }
    let changed: Vec<Conversion> = conversions
        .into_iter()
        .filter(|row| !unclear.contains(&row.id))
        .filter_map(|mut row| {
            let states = states.get(&row.id).map(Vec::as_slice).unwrap_or_default();
            let status = recompute::status(&row, &row.outcome, states);
            let before = std::mem::replace(&mut row.outcome.status, status);
            (before != status).then_some(row)
        })
        .collect();
    conversion::store::save(tx, &changed.iter().collect::<Vec<_>>(), now).await?;
    Ok(unclear)
}
