//! Creates, changes and archives rewards, the same for the dashboard and the API.

use axum::http::StatusCode;
use serde_json::json;
use shared::{id::RewardId, timestamp::Timestamp};

use super::{Reward, Rule, calendar, claim_store, decide::known_reward, input, store};
use crate::link::create::program_in_use;
use identity::{audit::Entry, organization::time_zone};
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};

/// What of a reward can change. `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    pub title: Option<String>,
    pub description: Option<Option<String>>,
    pub segments: Option<Vec<String>>,
    pub ends_at: Option<Option<Timestamp>>,
    pub budget: Option<Option<i64>>,
}

/// # Errors
/// 400 or 404 naming `programId`; 409 `too_many_rewards`.
pub async fn create(tx: &mut TenantTx, reward: &Reward) -> Result<Entry> {
    program_in_use(tx, reward.program).await?;
    if store::count_open(tx).await? >= store::REWARDS_MAX {
        let message = format!("You can have at most {} rewards. Archive one first.", store::REWARDS_MAX);
        return Err(Error::new(StatusCode::CONFLICT, Code::TooManyRewards, message));
    }
    let zone = time_zone::of(tx).await?;
    store::insert(tx, reward, zone.name()).await?;
    let after = json!({"title": reward.title, "kind": reward.kind().as_str(), "prize": reward.gift.prize().as_str()});
    Ok(Entry::new("reward.created", reward.id).after(after))
}

/// # Errors
/// 404; 400 naming the field; 409 `reward_closed` if it is archived, or its end can't move since it was ranked.
pub async fn update(tx: &mut TenantTx, state: &AppState, id: RewardId, changes: Changes) -> Result<Entry> {
    store::lock(tx, id).await?;
    let mut reward = known_reward(tx, id).await?;
    if reward.archived_at.is_some() {
        let message = "An archived reward can\u{2019}t be changed.";
        return Err(Error::new(StatusCode::CONFLICT, Code::RewardClosed, message));
    }
    let shown = |reward: &Reward| {
        json!({"title": reward.title, "endsAt": reward.ends_at, "segments": reward.segments,
               "budgetCents": reward.budget})
    };
    let (before, end_before) = (shown(&reward), reward.ends_at);
    reward.title = changes.title.unwrap_or(reward.title);
    reward.description = changes.description.unwrap_or(reward.description);
    reward.segments = changes.segments.unwrap_or(reward.segments);
    reward.ends_at = changes.ends_at.unwrap_or(reward.ends_at);
    reward.budget = changes.budget.unwrap_or(reward.budget);
    input::check_end(reward.starts_at, reward.ends_at)?;
    input::budget(reward.budget, Some(&reward.gift))?;
    if reward.ends_at != end_before {
        check_moved_end(tx, state, &reward, end_before).await?;
    }
    if matches!(reward.rule, Rule::Contest { .. })
        && reward.ends_at.is_none()
        && reward.repeats == rules::reward::period::Repeats::Once
    {
        return Err(Error::field("endsAt", "endsAt is required for a contest that doesn't repeat"));
    }
    store::update(tx, &reward).await?;
    Ok(Entry::new("reward.changed", id).before(before).after(shown(&reward)))
}

/// Refuses to move the end if that changes what was decided: a contest's ranking stands, and what a milestone counted
/// before its end goes on counting.
async fn check_moved_end(
    tx: &mut TenantTx,
    state: &AppState,
    reward: &Reward,
    before: Option<Timestamp>,
) -> Result<()> {
    let Some(earlier) = before.into_iter().chain(reward.ends_at).min() else { return Ok(()) };
    match reward.rule {
        Rule::Milestone { .. } if reward.ends_at == Some(earlier) && earlier < state.clock.now() => {
            let message = "endsAt must not be moved into the past for a milestone: what counted before would no longer \
                           count. Archive the reward instead.";
            Err(Error::field("endsAt", message))
        }
        Rule::Contest { .. } => {
            let zone = time_zone::of(tx).await?;
            let ranked = claim_store::ranked(tx, reward.id).await?;
            let mut periods = ranked.iter().filter_map(|key| reward.repeats.named(key));
            if periods.any(|period| calendar::goes_past(reward, &zone, &period, earlier)) {
                let message = "This contest was ranked, and its ranking stands. Create another contest instead.";
                return Err(Error::new(StatusCode::CONFLICT, Code::RewardClosed, message).with_field("endsAt"));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// # Errors
/// 404.
pub async fn archive(tx: &mut TenantTx, state: &AppState, id: RewardId) -> Result<Entry> {
    store::lock(tx, id).await?;
    let reward = known_reward(tx, id).await?;
    store::archive(tx, id, state.clock.now()).await?;
    Ok(Entry::new("reward.archived", id).before(json!({"title": reward.title})))
}
