//! Gives what a claim is worth, and takes it back: exactly once, whatever crashes in between.
//!
//! Approving a claim and giving it are two steps. The second one locks the books and the claim, books the bonus, and uses up
//! the payment's key, all in one transaction. If a process stops before, the job finds the claim again.

use axum::http::StatusCode;
use rules::{
    commission::{CommissionStatus, compute::percent, period::plus_months, plan::Scope},
    reward::State,
};
use serde_json::json;
use shared::{
    id::{CommissionId, OrganizationId, RewardClaimId},
    money::{Currency, Money},
    timestamp::Timestamp,
};

use super::{
    Gift, Reward,
    claim_store::{self, Claim},
    claim_view::RewardClaim,
    decide, email, give_store, score_store,
};
use crate::{
    affiliate::segment,
    program::{
        affiliate_override::{self, Theirs},
        plan_store,
        rate_increase::{Raise, Unraised},
    },
};
use engine::{
    book, commission,
    decision::{bonus, extra::Extra},
};
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    jobs::Batches,
    state::AppState,
};
use outbox::webhook::{
    announce,
    event::{Event, EventKind},
};

/// Why an approved claim is rejected if its affiliate isn't approved anymore.
const LEFT: &str = "Only approved affiliates get rewards.";

/// Gives a due claim as scheduled work. One that can't be given goes back to the people who decide.
///
/// # Errors
/// 503 if the database is unavailable; the next round tries again.
pub async fn run(state: &AppState, organization: OrganizationId, id: RewardClaimId) -> Result<()> {
    let mut tx = state.db.tenant(organization).await?;
    match settle(&mut tx, state, id).await {
        Ok(entries) => {
            let now = state.clock.now();
            for entry in entries {
                audit::record(&mut tx, &Actor::system(), now, entry).await?;
            }
            tx.commit().await?;
        }
        Err(error) if error.status().is_client_error() => {
            tx.rollback().await?;
            let mut tx = state.db.tenant(organization).await?;
            give_store::hand_back(&mut tx, id, &error.body().message).await?;
            tx.commit().await?;
        }
        Err(error) => return Err(error),
    }
    // It's fine if no one is listening.
    drop(state.news.send(organization));
    Ok(())
}

/// Gives an approved claim, or deducts what one was given that was taken back. Does nothing for all others. Returns the
/// audit log entries.
///
/// # Errors
/// 409 `not_givable` if the affiliate's plan has no rate to raise; the caller must roll back then.
pub async fn settle(tx: &mut TenantTx, state: &AppState, id: RewardClaimId) -> Result<Vec<Entry>> {
    book::store::lock(tx).await?;
    if !claim_store::lock(tx, id).await? {
        return Ok(Vec::new());
    }
    let claim = decide::known_claim(tx, id).await?;
    let reward = decide::known_reward(tx, claim.reward).await?;
    match claim.state {
        State::Approved if claim.affiliate_status != "Approved" => {
            give_store::drop_approved(tx, id, LEFT).await?;
            Ok(Vec::new())
        }
        State::Approved => give(tx, state, &reward, &claim).await,
        State::TakenBack if claim.given > 0 => deduct(tx, state, &reward, &claim).await,
        _ => Ok(Vec::new()),
    }
}

async fn give(tx: &mut TenantTx, state: &AppState, reward: &Reward, claim: &Claim) -> Result<Vec<Entry>> {
    let now = state.clock.now();
    let mut entries = Vec::new();
    let mut commission = None;
    match &reward.gift {
        Gift::Bonus { currency, hold_days, .. } if claim.amount > 0 => {
            let money = Booking {
                amount: claim.amount,
                currency: *currency,
                hold_days: *hold_days,
                not_before: None,
                back: false,
            };
            let (id, entry) = book_once(tx, state, (reward, claim), money).await?.unzip();
            (commission, entries) = (id, entry.into_iter().collect());
        }
        Gift::Bonus { .. } | Gift::InKind(_) => {}
        Gift::Segment(name) => {
            segment::apply(tx, state, claim.affiliate, Some(name), None).await?;
            entries.push(segment::entry(claim.affiliate, Some(name), None));
        }
        Gift::Rate { rate_ppm, months } => {
            entries.extend(raise(tx, state, (reward, claim), (*rate_ppm, *months)).await?)
        }
    }
    give_store::given(tx, claim.id, (claim.amount, commission), now).await?;
    let given = decide::known_claim(tx, claim.id).await?;
    email::approved(tx, state, reward, &given).await?;
    let event = Event::of(EventKind::RewardEarned, &RewardClaim::of(&given, reward))?;
    announce::announce(tx, now, &[event]).await?;
    Ok(entries)
}

/// Deducts what was given for a milestone that refunds undid: no more than the bonus is still worth, and not before it
/// is payable. For a denied bonus that is nothing, and the claim stays as it is, in case the denial is reversed.
async fn deduct(tx: &mut TenantTx, state: &AppState, reward: &Reward, claim: &Claim) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    if let Gift::Bonus { currency, .. } = &reward.gift {
        let ids: Vec<CommissionId> = claim.commission.into_iter().collect();
        let Some(bonus) = commission::store::by_id(tx, &ids).await?.pop() else { return Ok(entries) };
        let back = bonus.amount.min(claim.given);
        if back <= 0 {
            return Ok(entries);
        }
        let not_before = (bonus.status == CommissionStatus::Pending).then_some(bonus.hold_until);
        let amount = back.saturating_neg();
        let money = Booking { amount, currency: *currency, hold_days: 0, not_before, back: true };
        entries.extend(book_once(tx, state, (reward, claim), money).await?.map(|(_, entry)| entry));
    }
    give_store::given(tx, claim.id, (0, None), state.clock.now()).await?;
    Ok(entries)
}

/// An amount to book.
#[derive(Debug, Clone, Copy)]
struct Booking {
    amount: i64,
    currency: Currency,
    hold_days: u16,
    /// If it is payable no earlier than this.
    not_before: Option<Timestamp>,
    back: bool,
}

/// Books the amount, unless a payment with its key was booked before.
async fn book_once(
    tx: &mut TenantTx,
    state: &AppState,
    (reward, claim): (&Reward, &Claim),
    booking: Booking,
) -> Result<Option<(CommissionId, Entry)>> {
    let key = payment_key(claim, booking.back);
    if give_store::is_paid(tx, &key).await? {
        return Ok(None);
    }
    let title = &reward.title;
    let extra = bonus::checked(Extra {
        program_id: reward.program,
        affiliate_id: claim.affiliate,
        amount: Money::new(booking.amount, booking.currency),
        is_bonus: !booking.back,
        hold_days: booking.hold_days,
        not_before: booking.not_before,
        reason: if booking.back { format!("Reward taken back: {title}") } else { format!("Reward: {title}") },
    })?;
    let actor = claim.decided_by.as_deref().unwrap_or("system");
    let (commission, entry) = bonus::give_by_hand(tx, state, &extra, actor).await?;
    give_store::paid(tx, &key, commission, state.clock.now()).await?;
    Ok(Some((commission, entry)))
}

/// The key of a claim's payment: `reward:{reward}:{affiliate}:{period}`, and what tells later ones of the same claim apart.
fn payment_key(claim: &Claim, back: bool) -> String {
    let mut key = format!("reward:{}:{}:{}", claim.reward, claim.affiliate, claim.period);
    if claim.round > 0 {
        key.push_str(&format!(":{}", claim.round));
    }
    if back {
        key.push_str(":back");
    }
    key
}

/// Raises the affiliate's rate in the program for some months from now on. A plan that already pays as much stays as it
/// is; if it does so only for a part of that time, as after an earlier prize, it is raised for the rest.
async fn raise(
    tx: &mut TenantTx,
    state: &AppState,
    (reward, claim): (&Reward, &Claim),
    (rate_ppm, months): (u32, u32),
) -> Result<Option<Entry>> {
    let (wall, now, scope) = (state.clock.wall(), state.clock.now(), Scope::Affiliate(claim.affiliate));
    let segment = score_store::segment(tx, claim.affiliate, now).await?;
    let note = format!("Reward: {}", reward.title);
    let theirs =
        Theirs { program: reward.program, affiliate: claim.affiliate, segment: segment.as_deref(), note: &note };
    // Sales carry the wall clock's time, which the development clock doesn't move.
    let sold = plan_store::has_happened_since(tx, reward.program, &scope, wall).await?;
    let starts = if sold { vec![now] } else { vec![wall, now] };
    let mut raised = Err(Unraised::NoPlan);
    for from in starts {
        let until = plus_months(from, months);
        raised = affiliate_override::raise_throughout(tx, state, theirs, (from, until), Raise::To(rate_ppm)).await?;
        if !matches!(raised, Err(Unraised::NoPlan)) {
            break;
        }
    }
    let rate = percent(rate_ppm);
    let plan = raised.map_err(|why| {
        let why = match why {
            Unraised::NoPlan => "the affiliate has no plan in this program",
            Unraised::NoRate => "the affiliate\u{2019}s plan only pays fixed amounts",
            Unraised::SeveralRates => "the affiliate\u{2019}s plan pays several rates",
        };
        let message = format!("The rate of {rate}% can\u{2019}t be given: {why}.");
        Error::new(StatusCode::CONFLICT, Code::NotGivable, message)
    })?;
    Ok(plan.map(|plan| {
        Entry::new("affiliate.rate_raised", claim.affiliate).after(json!({"plan": plan, "rewardId": reward.id}))
    }))
}

/// Gives everything that is due for these tenants. The further claims of those that failed wait for the next round, and
/// don't delay those of others.
///
/// # Errors
/// The last failing claim's, after all others had their turn; or if the database is unavailable.
pub async fn all_due(state: &AppState, tenants: &[OrganizationId]) -> Result<()> {
    let (mut tenants, mut batches, mut outcome) = (tenants.to_vec(), Batches::default(), Ok(()));
    while !tenants.is_empty() && batches.begin() {
        let mut tx = state.db.tenants(tenants.clone()).await?;
        let due = give_store::due(&mut tx, Batches::SIZE).await?;
        tx.commit().await?;
        batches.found(due.len());
        for (organization, id) in due {
            if state.is_stopping() {
                return Ok(());
            }
            if let Err(error) = run(state, organization, id).await {
                let (at, cause) = (error.at(), error.cause());
                tracing::warn!(
                    event = "reward.not_given", job = "give_rewards", %organization, claim = %id, at,
                    "giving a reward failed: {cause}"
                );
                batches.leave_out(organization);
                outcome = Err(error);
            }
        }
        tenants.retain(|tenant| !batches.is_left_out(*tenant));
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::{super::decide::tests::claim, *};

    #[test]
    fn every_payment_of_a_claim_has_a_key_of_its_own() {
        let first = claim();
        let again = Claim { round: 1, ..claim() };
        let keys = [
            payment_key(&first, false),
            payment_key(&first, true),
            payment_key(&again, false),
            payment_key(&again, true),
        ];
        assert_eq!(keys[0], format!("reward:{}:{}:2026-03", first.reward, first.affiliate));
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key), "{key}");
        }
        assert!(keys.iter().all(|key| key.len() <= 200));
    }
}
