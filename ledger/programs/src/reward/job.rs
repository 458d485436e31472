//! The job that finds out who reached a milestone or won a contest, and gives what is approved.
//!
//! Each reward is one transaction, which works with sets: two processes never work on one reward at the same time, and
//! a repeated round changes nothing.

use std::time::Duration;

use identity::organization::time_zone;
use rules::reward::{
    Prize, State,
    rank::{self, Score},
    room,
    settle::{self, Choices, Reached},
};
use shared::id::{AffiliateId, OrganizationId, RewardId};

use super::{
    Reward, Rule, Window, calendar,
    claim_store::{self, New},
    decide, give,
    score_store::{self, Of, Value},
    store,
};
use kit::{
    db::{TenantTx, time_limit_store},
    error::Result,
    state::AppState,
};

pub const EVERY: Duration = Duration::from_secs(300);
/// In development, where the clock is moved manually.
pub const EVERY_EAGER: Duration = Duration::from_secs(5);

const TENANTS_PER_PAGE: usize = 1_000;

/// # Errors
/// 503 if the database is unavailable; the next round tries again.
pub async fn once(state: &AppState) -> Result<()> {
    for page in state.db.all_tenants().await?.chunks(TENANTS_PER_PAGE) {
        let now = state.clock.now();
        let mut tx = state.db.tenants(page.to_vec()).await?;
        // A contest may be ranked long after its end.
        let rewards = store::in_use(&mut tx, now, now.plus_days(-2 * calendar::WATCHED_DAYS)).await?;
        tx.commit().await?;
        for (organization, reward) in rewards {
            if state.is_stopping() {
                return Ok(());
            }
            if let Err(error) = evaluate(state, organization, reward).await {
                let (at, cause) = (error.at(), error.cause());
                tracing::warn!(
                    event = "reward.not_evaluated", job = "give_rewards", %organization, %reward, at,
                    "evaluating a reward failed: {cause}"
                );
            }
        }
        give::all_due(state, page).await?;
    }
    Ok(())
}

async fn evaluate(state: &AppState, organization: OrganizationId, id: RewardId) -> Result<()> {
    let mut tx = state.db.tenant(organization).await?;
    if !store::lock_evaluation(&mut tx, id).await? {
        return Ok(());
    }
    // Millions of sales may have to be counted.
    time_limit_store::raise(tx.conn()).await?;
    let reward = decide::known_reward(&mut tx, id).await?;
    let (zone, now) = (time_zone::of(&mut tx).await?, state.clock.now());
    let windows = calendar::watched(&reward, &zone, now);
    let values = match &reward.rule {
        Rule::Milestone { goal, .. } if !windows.is_empty() => {
            let of = Of { anyone: true, ..Of::goal(&reward, goal) };
            score_store::values(&mut tx, &of, &windows, now).await?
        }
        _ => Vec::new(),
    };
    // People who decide about the reward wait for its row, with the books locked: not while sales are counted.
    store::lock(&mut tx, id).await?;
    let reward = decide::known_reward(&mut tx, id).await?;
    if reward.archived_at.is_some() {
        return Ok(());
    }
    let changed = match &reward.rule {
        Rule::Milestone { .. } => milestone(&mut tx, state, &reward, values, &windows).await?,
        Rule::Contest { .. } => {
            // Its end may have moved in the meantime.
            contest(&mut tx, state, &reward, &calendar::watched(&reward, &zone, now)).await?
        }
        Rule::Bounty(_) => false,
    };
    tx.commit().await?;
    if changed {
        // It's fine if no one is listening.
        drop(state.news.send(organization));
    }
    Ok(())
}

/// Compares who reached the milestone in these periods with the claims so far. Returns whether anything changed.
async fn milestone(
    tx: &mut TenantTx,
    state: &AppState,
    reward: &Reward,
    mut values: Vec<Value>,
    windows: &[Window],
) -> Result<bool> {
    if windows.is_empty() {
        return Ok(false);
    }
    let now = state.clock.now();
    values.sort_by_key(|value| (value.least_at, value.affiliate));
    let reached: Vec<Reached<AffiliateId>> = values.into_iter().map(reached).collect();
    let periods: Vec<String> = windows.iter().map(|window| window.period.key.clone()).collect();
    let known = claim_store::known(tx, reward.id, &periods).await?;
    let amount = reward.gift.amount();
    // What waits for a person uses no budget yet.
    let is_free = reward.confirms() || reward.gift.prize() != Prize::Bonus;
    let left = if is_free { None } else { room(reward.budget, claim_store::spent(tx, reward.id).await?, amount) };
    let changes = settle::settle(reached, &known, Choices { take_back: reward.takes_back(), room: left });
    if changes.is_empty() {
        return Ok(false);
    }
    let state_of_new = if reward.confirms() { State::Submitted } else { State::Approved };
    claim_store::withdraw(tx, &changes.withdraw).await?;
    claim_store::take_back(tx, &changes.take_back).await?;
    claim_store::again(tx, &changes.again, state_of_new).await?;
    let new: Vec<New> = changes.new.into_iter().map(|of| New { id: state.new_id(), of, place: None, amount }).collect();
    claim_store::open(tx, reward.id, &new, state_of_new, now).await?;
    Ok(true)
}

fn reached(value: Value) -> Reached<AffiliateId> {
    let Value { affiliate, period, value, is_eligible, .. } = value;
    Reached { affiliate, period, value, is_eligible }
}

/// Ranks the periods that ended long enough ago; the winners then wait for a person. Returns whether anything changed.
async fn contest(tx: &mut TenantTx, state: &AppState, reward: &Reward, windows: &[Window]) -> Result<bool> {
    let Rule::Contest { goal, winners, ties, delay_days } = &reward.rule else { return Ok(false) };
    let now = state.clock.now();
    let is_due = |window: &&Window| window.ends.is_some_and(|ends| ends.plus_days(i64::from(*delay_days)) <= now);
    let mut changed = false;
    for window in windows.iter().filter(is_due) {
        let period = &window.period.key;
        if !claim_store::rank_once(tx, reward.id, period, now).await? {
            continue;
        }
        let of = Of { best: Some(i64::from(*winners)), ..Of::goal(reward, goal) };
        let values = score_store::values(tx, &of, std::slice::from_ref(window), now).await?;
        let scores: Vec<Score<AffiliateId>> = values.iter().map(Value::score).collect();
        let won = rank::winners(&scores, u32::from(*winners), *ties, reward.gift.amounts());
        let new: Vec<New> = won
            .into_iter()
            .map(|win| New {
                id: state.new_id(),
                of: Reached { affiliate: win.affiliate, period: period.clone(), value: win.value, is_eligible: true },
                place: i32::try_from(win.place).ok(),
                amount: win.amount,
            })
            .collect();
        claim_store::open(tx, reward.id, &new, State::Submitted, now).await?;
        changed = true;
    }
    Ok(changed)
}
