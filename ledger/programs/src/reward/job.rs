//! The job that finds out who reached a milestone or won a contest, and gives what is approved.
//!
//! Each reward is one transaction, which works with sets: two processes never work on one reward at the same time, and
//! a repeated round changes nothing.

use std::time::Duration;

use identity::organization::time_zone;
use rules::reward::{
    Prize, State,
    rank::{self, Score, Ties},
    room,
    settle::{self, Choices, Reached},
};
use shared::id::{AffiliateId, OrganizationId, RewardId};
use tokio::time::Instant;

use super::{
    Reward, Rule, Window, calendar,
    claim_store::{self, New},
    decide, give,
    score_store::{self, Of, Value},
    slow::SlowRewards,
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
/// For how long those of a page are counted that take long; one that was begun is finished.
const SLOW_FOR: Duration = Duration::from_secs(300);

static SLOW: SlowRewards = SlowRewards::empty();

/// One round.
///
/// # Errors
/// A failing reward's or claim's, after all others had their turn; or if the database is unavailable. The next round
/// tries again.
pub async fn once(state: &AppState) -> Result<()> {
    let mut outcome = Ok(());
    for page in state.db.all_tenants().await?.chunks(TENANTS_PER_PAGE) {
        let now = state.clock.now();
        let mut tx = state.db.tenants(page.to_vec()).await?;
        // A contest may be ranked long after its end.
        let rewards = store::in_use(&mut tx, now, now.plus_days(-2 * calendar::WATCHED_DAYS)).await?;
        tx.commit().await?;
        let (quick, slow) = SLOW.split(rewards);
        for (rewards, limit) in [(quick, Duration::MAX), (slow, SLOW_FOR)] {
            let began = Instant::now();
            for (organization, reward) in rewards {
                if state.is_stopping() {
                    return Ok(());
                }
                if began.elapsed() >= limit {
                    break;
                }
                if let Err(error) = evaluate(state, organization, reward).await {
                    let (at, cause) = (error.at(), error.cause());
                    tracing::warn!(
                        event = "reward.not_evaluated", job = "give_rewards", %organization, %reward, at,
                        "evaluating a reward failed: {cause}"
                    );
                    outcome = Err(error);
                }
            }
            outcome = outcome.and(give::all_due(state, page).await);
        }
    }
    outcome
}

async fn evaluate(state: &AppState, organization: OrganizationId, id: RewardId) -> Result<()> {
    let mut tx = state.db.tenant(organization).await?;
    if !store::lock_evaluation(&mut tx, id).await? {
        return Ok(());
    }
    // Millions of sales may have to be counted.
    time_limit_store::raise(tx.conn()).await?;
    let counted = decide::known_reward(&mut tx, id).await?;
    let windows = due(&mut tx, state, &counted).await?;
    let began = Instant::now();
    let values = values(&mut tx, state, &counted, &windows).await;
    SLOW.note(id, began, Instant::now());
    let values = values?;
    // People who decide about the reward wait for its row, with the books locked: not while sales are counted.
    store::lock(&mut tx, id).await?;
    let reward = decide::known_reward(&mut tx, id).await?;
    // Under other terms, the next round counts anew.
    if reward.archived_at.is_some() || (&reward.segments, reward.ends_at) != (&counted.segments, counted.ends_at) {
        return Ok(());
    }
    let changed = match &reward.rule {
        Rule::Milestone { .. } => milestone(&mut tx, state, &reward, values, &windows).await?,
        Rule::Contest { winners, ties, .. } => {
            contest(&mut tx, state, &reward, (*winners, *ties), &values, &windows).await?
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

/// The periods in which the reward's sales are to be counted: of a contest, those that ended long enough ago and weren't
/// ranked.
async fn due(tx: &mut TenantTx, state: &AppState, reward: &Reward) -> Result<Vec<Window>> {
    let (zone, now) = (time_zone::of(tx).await?, state.clock.now());
    let mut windows = calendar::watched(reward, &zone, now);
    if let Rule::Contest { delay_days, .. } = reward.rule {
        let ranked = claim_store::ranked(tx, reward.id).await?;
        let is_over = |window: &Window| window.ends.is_some_and(|ends| ends.plus_days(i64::from(delay_days)) <= now);
        windows.retain(|window| is_over(window) && !ranked.contains(&window.period.key));
    }
    Ok(windows)
}

/// What affiliates have in these periods, as far as it may win something.
async fn values(tx: &mut TenantTx, state: &AppState, reward: &Reward, windows: &[Window]) -> Result<Vec<Value>> {
    let of = match &reward.rule {
        _ if windows.is_empty() => return Ok(Vec::new()),
        Rule::Milestone { goal, .. } => Of { anyone: true, ..Of::goal(reward, goal) },
        Rule::Contest { goal, winners, .. } => Of { best: Some(i64::from(*winners)), ..Of::goal(reward, goal) },
        Rule::Bounty(_) => return Ok(Vec::new()),
    };
    Ok(score_store::values(tx, &of, windows, state.clock.now()).await?)
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

/// Ranks these periods; the winners then wait for a person. Returns whether anything changed.
async fn contest(
    tx: &mut TenantTx,
    state: &AppState,
    reward: &Reward,
    (winners, ties): (u16, Ties),
    values: &[Value],
    windows: &[Window],
) -> Result<bool> {
    let now = state.clock.now();
    let mut changed = false;
    for window in windows {
        let period = &window.period.key;
        if !claim_store::rank_once(tx, reward.id, period, now).await? {
            continue;
        }
        let of_period = values.iter().filter(|value| value.period == *period);
        let scores: Vec<Score<AffiliateId>> = of_period.map(Value::score).collect();
        let won = rank::winners(&scores, u32::from(winners), ties, reward.gift.amounts());
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
