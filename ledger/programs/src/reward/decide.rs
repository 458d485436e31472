//! What people decide about claims: approve, or reject with a reason. The same for the dashboard and the API.

use axum::http::StatusCode;
use identity::organization::time_zone;
use rules::reward::{State, room};
use serde_json::json;
use shared::id::{RewardClaimId, RewardId};

use super::{
    Reward, Rule, calendar,
    claim_store::{self, Claim},
    email, give,
    score_store::{self, Of},
    store::{self, Filter},
};
use engine::book;
use identity::audit::Entry;
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};

/// # Errors
/// 404 if it doesn't exist.
pub async fn known_reward(tx: &mut TenantTx, id: RewardId) -> Result<Reward> {
    let filter = Filter { id: Some(id), limit: 1, ..Filter::default() };
    store::list(tx, &filter).await?.into_iter().next().ok_or_else(Error::not_found)
}

/// # Errors
/// 404 if it doesn't exist.
pub async fn known_claim(tx: &mut TenantTx, id: RewardClaimId) -> Result<Claim> {
    let filter = claim_store::Filter { id: Some(id), limit: 1, ..claim_store::Filter::default() };
    claim_store::list(tx, &filter).await?.into_iter().next().ok_or_else(Error::not_found)
}

/// Approves a claim that waits, and gives it. Returns the audit log entries.
///
/// # Errors
/// 404; 409 `already_decided`, `wrong_status` if the affiliate isn't approved, `budget_spent`, `no_longer_reached` for a
/// milestone that refunds undid, or `not_givable`. The caller must roll back then.
pub async fn approve(tx: &mut TenantTx, state: &AppState, id: RewardClaimId, actor: &str) -> Result<Vec<Entry>> {
    let (reward, claim) = waiting(tx, id).await?;
    if claim.affiliate_status != "Approved" {
        let message = format!("{} isn\u{2019}t an approved affiliate.", claim.affiliate_name);
        return Err(Error::new(StatusCode::CONFLICT, Code::WrongStatus, message));
    }
    let spent = claim_store::spent(tx, reward.id).await?;
    if claim.amount > 0 && room(reward.budget, spent, claim.amount) == Some(0) {
        let message = "The reward\u{2019}s budget is spent. Increase it first.";
        return Err(Error::new(StatusCode::CONFLICT, Code::BudgetSpent, message));
    }
    still_reached(tx, state, &reward, &claim).await?;
    decided(tx, state, id, State::Approved, (actor, None)).await?;
    let mut entries = vec![Entry::new("reward_claim.approved", id).after(json!({
        "rewardId": reward.id, "affiliateId": claim.affiliate, "period": claim.period, "amountCents": claim.amount,
    }))];
    entries.extend(give::settle(tx, state, id).await?);
    Ok(entries)
}

/// Rejects a claim that waits, and emails the affiliate the reason. Returns the audit log entry.
///
/// # Errors
/// 404; 409 `already_decided`. The caller must roll back then.
pub async fn reject(
    tx: &mut TenantTx,
    state: &AppState,
    id: RewardClaimId,
    (actor, reason): (&str, &str),
) -> Result<Entry> {
    let (reward, claim) = waiting(tx, id).await?;
    decided(tx, state, id, State::Rejected, (actor, Some(reason))).await?;
    email::rejected(tx, state, &reward, &claim, reason).await?;
    Ok(Entry::new("reward_claim.rejected", id).after(json!({
        "rewardId": reward.id, "affiliateId": claim.affiliate, "period": claim.period, "reason": reason,
    })))
}

/// Locks a claim that waits, with its reward. Approvals of one reward run one after the other, so that they see what the
/// budget has left; the books are locked first, as everywhere.
async fn waiting(tx: &mut TenantTx, id: RewardClaimId) -> Result<(Reward, Claim)> {
    book::store::lock(tx).await?;
    let claim = known_claim(tx, id).await?;
    store::lock(tx, claim.reward).await?;
    if !claim_store::lock(tx, id).await? {
        return Err(Error::not_found());
    }
    let claim = known_claim(tx, id).await?;
    if claim.state != State::Submitted {
        return Err(already_decided());
    }
    Ok((known_reward(tx, claim.reward).await?, claim))
}

/// A milestone is computed again at the moment of the decision.
async fn still_reached(tx: &mut TenantTx, state: &AppState, reward: &Reward, claim: &Claim) -> Result<()> {
    let Rule::Milestone { goal, .. } = &reward.rule else { return Ok(()) };
    let now = state.clock.now();
    let zone = time_zone::of(tx).await?;
    let period = reward.repeats.named(&claim.period);
    let windows: Vec<_> = period.and_then(|period| calendar::window(reward, &zone, period)).into_iter().collect();
    let of = Of { affiliate: Some(claim.affiliate), anyone: true, ..Of::goal(reward, goal) };
    if score_store::values(tx, &of, &windows, now).await?.is_empty() {
        let message = "The milestone isn\u{2019}t reached anymore, because of refunds or decisions since.";
        return Err(Error::new(StatusCode::CONFLICT, Code::NoLongerReached, message));
    }
    Ok(())
}

async fn decided(
    tx: &mut TenantTx,
    state: &AppState,
    id: RewardClaimId,
    decision: State,
    by: (&str, Option<&str>),
) -> Result<()> {
    if claim_store::decide(tx, id, decision, by, state.clock.now()).await? {
        return Ok(());
    }
    Err(already_decided())
}

fn already_decided() -> Error {
    Error::new(StatusCode::CONFLICT, Code::AlreadyDecided, "Someone has already decided this claim.")
}

#[cfg(test)]
pub(super) mod tests {
    use shared::{
        id::{AffiliateId, RewardClaimId, RewardId},
        timestamp::Timestamp,
    };

    use super::*;

    /// A claim for a milestone in March that waits.
    pub(crate) fn claim() -> Claim {
        Claim {
            id: RewardClaimId::from_bytes([1; 16]),
            reward: RewardId::from_bytes([2; 16]),
            affiliate: AffiliateId::from_bytes([3; 16]),
            affiliate_name: "Nina Berg".to_owned(),
            affiliate_email: "nina@creators.test".to_owned(),
            affiliate_status: "Approved".to_owned(),
            period: "2026-03".to_owned(),
            state: State::Submitted,
            value: Some(12),
            place: None,
            amount: 5_000,
            given: 0,
            round: 0,
            commission: None,
            note: None,
            file: None,
            links: Vec::new(),
            repeats_link: false,
            attempts: 0,
            submitted_at: Timestamp::EPOCH,
            decided_at: None,
            decided_by: None,
            reason: None,
            given_at: None,
        }
    }
}
