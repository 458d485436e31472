//! Saves decisions and books what they change.

use std::collections::{HashMap, HashSet};

use shared::{
    id::{CommissionId, ConversionId},
    timestamp::Timestamp,
};

use crate::{
    accrual::change,
    book, commission, conversion,
    history::{
        Decision, facts, load,
        write::{BookingError, recompute_and_save},
    },
};
use kit::{compiled_once, db::TenantTx, state::AppState};
use rules::{
    book::entry::Cause,
    commission::{Commission, CommissionState, Held, stand},
};

/// Applies decisions, which must all belong to one organization and concern its own conversions or commissions.
///
/// # Errors
/// [`BookingError`]; the caller must then roll back.
#[compiled_once]
pub async fn apply(
    tx: &mut TenantTx,
    state: &AppState,
    decisions: &[Decision],
    actor: &str,
) -> Result<(), BookingError> {
    let Some(first) = decisions.first() else { return Ok(()) };
    book::store::lock(tx).await?;
    facts::decide(tx, decisions, actor).await?;
    let cause = Cause { decision_id: Some(first.id), ..Cause::default() };
    let about: Vec<CommissionId> = decisions.iter().filter_map(|decision| decision.commission_id).collect();
    let commissions = commission::store::by_id(tx, &about).await?;
    let mut conversions: HashSet<ConversionId> = commissions.iter().filter_map(Commission::conversion).collect();
    conversions.extend(decisions.iter().filter_map(|decision| decision.conversion_id));
    let conversions: Vec<ConversionId> = conversions.into_iter().collect();
    if !conversions.is_empty() {
        let rows = conversion::store::by_id(tx, &conversions).await?;
        let keys = load::keys_of(tx, &rows).await?;
        let mut histories = load::load(tx, &keys).await?;
        for history in histories.values_mut() {
            history.cause = cause;
        }
        recompute_and_save(tx, state, histories).await?;
    }
    let extras: Vec<Commission> = commissions.into_iter().filter(|row| row.conversion().is_none()).collect();
    let changes = about_extras(tx, state, extras).await?;
    change::apply(tx, state, &changes, cause).await
}

/// Computes the changes to commissions without a conversion, which depend only on the decisions about them.
async fn about_extras(
    tx: &mut TenantTx,
    state: &AppState,
    extras: Vec<Commission>,
) -> Result<Vec<change::Change>, sqlx::Error> {
    if extras.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<CommissionId> = extras.iter().map(|row| row.id).collect();
    let mut decisions: HashMap<CommissionId, Vec<Decision>> = HashMap::new();
    for decision in facts::decisions_about(tx, &ids).await? {
        if let Some(id) = decision.commission_id {
            decisions.entry(id).or_default().push(decision);
        }
    }
    let changes = extras.into_iter().map(|before| {
        let decisions = decisions.get(&before.id).map(Vec::as_slice).unwrap_or_default();
        let after = decided(&before, decisions, None, state.clock.now());
        (Some(before), after)
    });
    Ok(changes.filter(|(before, after)| before.as_ref() != Some(after)).collect())
}

/// Returns a commission without a conversion as the decisions about it leave it. A decision also ends any review that
/// held it, so `held` is `None` right after one.
pub fn decided(before: &Commission, decisions: &[Decision], held: Option<Held>, now: Timestamp) -> Commission {
    let mut after = Commission { amount: before.earned.minor, ..before.clone() };
    stand(&mut after, CommissionState { held, ..change::decided_state(decisions) }, now);
    after
}
