//! Bonuses and adjustments: amounts that a person adds or deducts in addition to what conversions earn, with a reason.

use shared::{
    id::{AffiliateId, CommissionId, ProgramId},
    money::Money,
    timestamp::Timestamp,
};

use super::store::{Note, insert_note};
use crate::{accrual::change, book, history::write::BookingError};
use kit::{db::TenantTx, state::AppState};
use rules::{
    book::entry::Cause,
    commission::{Commission, CommissionState, CommissionStatus, EarnedBy, stand},
};

/// A bonus or an adjustment.
#[derive(Debug, Clone)]
pub struct Extra {
    pub program_id: ProgramId,
    pub affiliate_id: AffiliateId,
    /// Positive for a bonus; positive or negative for an adjustment; never zero.
    pub amount: Money,
    pub is_bonus: bool,
    pub hold_days: u16,
    /// If it is payable no earlier than this, whatever `hold_days` says.
    pub not_before: Option<Timestamp>,
    pub reason: String,
}

/// Records the amount as a decision of `actor`, and books it.
///
/// # Errors
/// [`BookingError`]; the caller must then roll back.
pub async fn give(
    tx: &mut TenantTx,
    state: &AppState,
    extra: &Extra,
    actor: &str,
) -> Result<CommissionId, BookingError> {
    book::store::lock(tx).await?;
    let now = state.clock.now();
    let commission = commission(extra, state.new_id(), now);
    let id = commission.id;
    let note = Note {
        id: state.new_id(),
        kind: commission.earned_by.as_str(),
        conversion: None,
        commission: Some(id),
        actor,
        reason: &extra.reason,
    };
    let cause = Cause { decision_id: Some(note.id.uuid()), ..Cause::default() };
    change::apply(tx, state, &[(None, commission)], cause).await?;
    insert_note(tx, &note, now).await?;
    Ok(id)
}

fn commission(extra: &Extra, id: CommissionId, now: Timestamp) -> Commission {
    let day = now.plus_millis(-now.millis().rem_euclid(86_400_000));
    let hold_until = now.plus_days(i64::from(extra.hold_days));
    let mut commission = Commission {
        id,
        earned_by: if extra.is_bonus { EarnedBy::Bonus(day) } else { EarnedBy::Adjustment(day) },
        affiliate_id: extra.affiliate_id,
        program_id: extra.program_id,
        plan_version_id: None,
        component: 0,
        component_id: None,
        amount: extra.amount.minor,
        earned: extra.amount,
        paid: 0,
        reserved: 0,
        status: CommissionStatus::Pending,
        held: None,
        hold_until: extra.not_before.map_or(hold_until, |at| at.max(hold_until)),
        approved_at: None,
        reason: extra.reason.clone(),
    };
    stand(&mut commission, CommissionState::default(), now);
    commission
}
