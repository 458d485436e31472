//! Amounts of the past that no sale here earned: bonuses of another platform, and its payments whose sales are unknown.
//! They count on their own days, and what was settled there is never owed here. No one is notified.

use shared::{
    id::{AffiliateId, CommissionId, ProgramId},
    money::Money,
    timestamp::Timestamp,
};

use super::past::{self, Origin, Settlement};
use engine::{
    accrual::change::{self, Change},
    decision::store::{Note, insert_note},
    history::past::COMPONENT,
};
use kit::{db::TenantTx, error::Result, state::AppState};
use rules::{
    book::entry::Cause,
    commission::{Commission, CommissionState, CommissionStatus, EarnedBy, stand},
};

const DAY_MILLIS: i64 = 86_400_000;

/// An amount to book.
#[derive(Debug, Clone)]
pub struct PastExtra<'a> {
    pub id: CommissionId,
    pub program: ProgramId,
    pub affiliate: AffiliateId,
    /// More than 0.
    pub amount: Money,
    /// Whether it is a bonus, or an adjustment.
    pub is_bonus: bool,
    pub at: Timestamp,
    /// 1 to 1000 characters, which the affiliate may read.
    pub reason: String,
    /// How it was settled elsewhere; `None` if it is paid here.
    pub settlement: Option<Settlement<'a>>,
}

/// Books the amounts, each as a decision of the import's author, and how they were settled. The caller holds the book's
/// lock.
///
/// # Errors
/// Database errors and amounts beyond 64 bits; the caller must then roll back.
pub async fn give(tx: &mut TenantTx, state: &AppState, origin: &Origin<'_>, extras: &[PastExtra<'_>]) -> Result<()> {
    if extras.is_empty() {
        return Ok(());
    }
    let now = state.clock.now();
    let made: Vec<Commission> = extras.iter().map(|extra| commission(extra, now)).collect();
    let notes: Vec<Note<'_>> = made
        .iter()
        .map(|commission| Note {
            id: state.new_id(),
            kind: commission.earned_by.as_str(),
            conversion: None,
            commission: Some(commission.id),
            actor: origin.actor,
            reason: &commission.reason,
        })
        .collect();
    let changes: Vec<Change> = made.iter().map(|commission| (None, commission.clone())).collect();
    let causes: Vec<Cause> =
        notes.iter().map(|note| Cause { decision_id: Some(note.id.uuid()), ..Cause::default() }).collect();
    change::apply_each(tx, state, &changes, &causes).await?;
    for note in &notes {
        insert_note(tx, note, now).await?;
    }
    let settled =
        made.iter().zip(extras).filter_map(|(commission, extra)| Some((commission.clone(), extra.settlement?)));
    past::settle_each(tx, state, origin, settled.collect()).await
}

fn commission(extra: &PastExtra<'_>, now: Timestamp) -> Commission {
    let day = extra.at.plus_millis(-extra.at.millis().rem_euclid(DAY_MILLIS));
    let mut commission = Commission {
        id: extra.id,
        earned_by: if extra.is_bonus { EarnedBy::Bonus(day) } else { EarnedBy::Adjustment(day) },
        affiliate_id: extra.affiliate,
        program_id: extra.program,
        plan_version_id: None,
        component: 0,
        component_id: Some(COMPONENT.to_owned()),
        amount: extra.amount.minor,
        earned: extra.amount,
        paid: 0,
        reserved: 0,
        status: CommissionStatus::Pending,
        held: None,
        hold_until: extra.at,
        approved_at: None,
        reason: extra.reason.clone(),
    };
    stand(&mut commission, CommissionState::default(), now);
    commission
}
