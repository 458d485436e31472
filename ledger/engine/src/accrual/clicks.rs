//! Pay per click: an affiliate's visitors of a day earn one commission per component, recounted as late clicks come in.
//!
//! Only human visitors of affiliates who were approved at the time of the click count, each once per day and affiliate
//! (by the visitor's daily hash of network and kind of device), so clicking one's own link repeatedly earns once. The
//! plan version in force for the affiliate at the start of the day applies, or else the first one of the day, within the
//! program's [`click_rules`]. A recount books only the difference to what is already booked, so one that finds nothing
//! new changes nothing.

pub mod click_rules;
pub mod earn;
pub mod store;
pub mod week;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use shared::{
    id::{CommissionId, OrganizationId},
    money::Money,
    timestamp::Timestamp,
};

use self::{
    click_rules::USUAL_DAYS,
    earn::{Day, Slot, Terms, earned},
    week::Week,
};
use super::change;
use crate::{
    book, commission,
    history::{Decision, DecisionKind, facts, write::BookingError},
    intake::clicks::AHEAD_MAX_DAYS,
};
use kit::{
    db::{TenantTx, plan_store, time_limit_store},
    error::Result,
    jobs::OneByOne,
    state::AppState,
};
use rules::{
    book::entry::Cause,
    commission::{Commission, CommissionState, CommissionStatus, EarnedBy, Held, stand},
    format,
};

pub const EVERY: Duration = Duration::from_secs(600);
/// Clicks can arrive this late, because the edge keeps undelivered events for as long.
const DAYS: i64 = 7;
const DAY_MS: i64 = 86_400_000;

/// Recounts the last days of every program that pays for clicks.
///
/// # Errors
/// The last failing tenant's; the others are recounted nevertheless.
pub async fn once(state: &AppState) -> Result<()> {
    let mut tenant_by_tenant = OneByOne::of("pay_clicks");
    for tenants in state.db.all_tenants().await?.chunks(1_000) {
        let mut tx = state.db.tenants(tenants.to_vec()).await?;
        let paying = store::paying(&mut tx).await?;
        tx.commit().await?;
        for organization in paying {
            tenant_by_tenant.note(organization, recount(state, organization).await);
        }
    }
    tenant_by_tenant.result()
}

async fn recount(state: &AppState, organization: OrganizationId) -> std::result::Result<(), BookingError> {
    let mut tx = state.db.tenant(organization).await?;
    let now = state.clock.now();
    let from = now.plus_millis(-now.millis().rem_euclid(DAY_MS)).plus_days(-DAYS);
    // Millions of clicks take a while to count. Intake waits for the book, so that is locked afterwards: until then, only
    // another recount waits. Terms that change in between apply in the next recount.
    store::lock(&mut tx).await?;
    time_limit_store::lift(tx.conn()).await?;
    plan_store::by_values(&mut tx).await?;
    let earned = earned_since(&mut tx, from, now).await?;
    book::store::lock(&mut tx).await?;
    let booked: HashMap<Slot, Commission> = commission::store::of_clicks(&mut tx, from)
        .await?
        .into_iter()
        .filter_map(|row| Some(((row.program_id, row.affiliate_id, row.day()?, row.component), row)))
        .collect();
    let decided = decided(&mut tx, &booked).await?;
    let decisions = |row: &Commission| decided.get(&row.id).map(Vec::as_slice).unwrap_or_default();
    // Such as a visitor who counts for another country now, or a plan that was corrected. What was denied earns nothing
    // either if it's approved later.
    let no_longer = booked.iter().filter(|(slot, row)| row.earned.minor != 0 && !earned.contains_key(*slot));
    let mut changes: Vec<change::Change> =
        no_longer.map(|(_, row)| (Some(row.clone()), unearned(row, decisions(row), now))).collect();
    let earned = earned.into_iter().filter_map(|(slot, day)| {
        let booked = booked.get(&slot);
        let decisions = booked.map(decisions).unwrap_or_default();
        change_of(booked, decisions, slot, day, now, || state.new_id())
    });
    changes.extend(earned);
    change::apply(&mut tx, state, &changes, Cause::default()).await?;
    tx.commit().await?;
    Ok(())
}

/// What visitors earn from this day on. No day depends on how another one is paid for, so that each is read and counted by
/// itself.
async fn earned_since(
    tx: &mut TenantTx,
    from: Timestamp,
    now: Timestamp,
) -> std::result::Result<BTreeMap<Slot, Day>, BookingError> {
    let organization = tx.organization();
    let rules = store::rules(tx).await?;
    let (mut week, mut all) = (Week::default(), BTreeMap::new());
    for day in (-USUAL_DAYS..=DAYS + AHEAD_MAX_DAYS).map(|days| from.plus_days(days)) {
        let counts = week.add(day, store::counts(tx, day, day >= from).await?);
        let of_day = || counts.iter().filter(|count| count.day == day && day >= from);
        let programs: HashSet<_> = of_day().map(|count| (organization, count.program)).collect();
        let affiliates: HashSet<_> = of_day().map(|count| (organization, count.affiliate)).collect();
        if programs.is_empty() {
            continue;
        }
        let (programs, affiliates): (Vec<_>, Vec<_>) =
            (programs.into_iter().collect(), affiliates.into_iter().collect());
        let mut versions = commission::store::plan_versions(tx, &programs, &affiliates).await?;
        // What has yet to begin may still be corrected.
        versions.retain(|version| version.effective_at <= now);
        let partners = commission::store::partners(tx, &affiliates).await?;
        all.extend(earned(counts, day, &Terms { versions: &versions, partners: &partners, rules: &rules })?);
    }
    Ok(all)
}

/// The decisions about these commissions.
async fn decided(
    tx: &mut TenantTx,
    booked: &HashMap<Slot, Commission>,
) -> std::result::Result<HashMap<CommissionId, Vec<Decision>>, sqlx::Error> {
    let ids: Vec<CommissionId> = booked.values().map(|row| row.id).collect();
    let mut decided: HashMap<CommissionId, Vec<Decision>> = HashMap::new();
    if !ids.is_empty() {
        for decision in facts::decisions_about(tx, &ids).await? {
            if let Some(id) = decision.commission_id {
                decided.entry(id).or_default().push(decision);
            }
        }
    }
    Ok(decided)
}

/// Returns `None` where the booked commission already matches what was earned.
fn change_of(
    booked: Option<&Commission>,
    decisions: &[Decision],
    (program_id, affiliate_id, day, component): Slot,
    earned: Day,
    now: Timestamp,
    new_id: impl FnOnce() -> CommissionId,
) -> Option<change::Change> {
    // An amount that a payout took in one currency can't be offset in another: the commission stays as it was.
    if booked.is_some_and(|booked| booked.is_in_payouts() && booked.earned.currency != earned.sum.currency) {
        return None;
    }
    // An affiliate who earns nothing under the rules gets no commission.
    if booked.is_none() && earned.sum.minor == 0 {
        return None;
    }
    let mut commission = Commission {
        id: booked.map_or_else(new_id, |booked| booked.id),
        earned_by: EarnedBy::Clicks(day),
        affiliate_id,
        program_id,
        plan_version_id: Some(earned.version),
        component,
        component_id: None,
        amount: earned.sum.minor,
        earned: earned.sum,
        paid: booked.map_or(0, |booked| booked.paid),
        reserved: booked.map_or(0, |booked| booked.reserved),
        status: CommissionStatus::Pending,
        held: None,
        hold_until: day.plus_days(1 + i64::from(earned.hold_days)),
        approved_at: booked.and_then(|booked| booked.approved_at),
        reason: reason(day, &earned),
    };
    let state = change::decided_state(decisions);
    let held = earned.sudden.filter(|_| !is_reviewed(booked, decisions, day, &earned)).map(|_| Held::Review);
    stand(&mut commission, CommissionState { held, ..state }, now);
    (booked != Some(&commission)).then(|| (booked.cloned(), commission))
}

/// A booked commission that no visitor earns any longer.
fn unearned(booked: &Commission, decisions: &[Decision], now: Timestamp) -> Commission {
    let earned = Money::new(0, booked.earned.currency);
    let reason = format!("{}; no longer earned, as later clicks or plans changed what the day earns", booked.reason);
    let mut commission = Commission { amount: 0, earned, reason, ..booked.clone() };
    stand(&mut commission, CommissionState { held: None, ..change::decided_state(decisions) }, now);
    commission
}

/// Whether a person approved or denied what the day earned. An approval on the day itself is about the visitors so far:
/// once there are more, the day is held again. A release only ends the hold period, and reviews nothing.
fn is_reviewed(booked: Option<&Commission>, decisions: &[Decision], day: Timestamp, earned: &Day) -> bool {
    if change::last_review(decisions).is_none() {
        return false;
    }
    // The decision itself ended the hold of what was booked then.
    let has_grown = booked.is_none_or(|booked| booked.held.is_some() || booked.earned.minor < earned.sum.minor);
    !has_grown || !may_be_held(decisions, day)
}

/// Whether these decisions leave it open that a day's clicks are held: no one denied them, or approved them after the day.
pub fn may_be_held(decisions: &[Decision], day: Timestamp) -> bool {
    change::last_review(decisions)
        .is_none_or(|last| last.kind == DecisionKind::Approve && last.decided_at < day.plus_days(1))
}

/// Describes the calculation in words, including visitors who earn nothing and unusual growth.
fn reason(day: Timestamp, earned: &Day) -> String {
    let count = |number: i64| format::count(number.unsigned_abs());
    let people = |number: i64| format!("{} {}", count(number), if number == 1 { "visitor" } else { "visitors" });
    let date = day.to_string();
    let date = date.split('T').next().unwrap_or_default();
    let mut message = format!("{} on {date} at {} each = {}", people(earned.visitors), earned.each, earned.sum);
    if earned.limit.beyond_affiliate > 0 {
        let beyond = people(earned.limit.beyond_affiliate);
        message.push_str(&format!("; {beyond} over the daily limit"));
    }
    if earned.limit.beyond_budget > 0 {
        let beyond = people(earned.limit.beyond_budget);
        message.push_str(&format!("; {beyond} after the daily budget was used up"));
    }
    if let Some((came, before)) = earned.sudden {
        message.push_str(&format!(
            "; sudden growth: {}, compared with {} in the previous {USUAL_DAYS} days",
            people(came),
            count(before)
        ));
    }
    message
}

#[cfg(test)]
mod tests {
    use shared::{
        id::{AffiliateId, PlanVersionId, ProgramId},
        money::{Currency, Money},
    };
    use uuid::Uuid;

    use super::{earn::Limit, *};

    fn day() -> Timestamp {
        Timestamp::EPOCH.plus_days(20_000)
    }

    const SLOT: fn() -> Slot = || (ProgramId::from_bytes([1; 16]), AffiliateId::from_bytes([7; 16]), day(), 0);

    fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::USD)
    }

    fn earned(visitors: i64) -> Day {
        Day {
            version: PlanVersionId::from_bytes([2; 16]),
            hold_days: 30,
            visitors,
            each: usd(5),
            sum: usd(5 * visitors),
            limit: Limit::default(),
            sudden: None,
        }
    }

    fn decision(kind: DecisionKind) -> Decision {
        Decision {
            id: Uuid::from_u128(1),
            kind,
            conversion_id: None,
            commission_id: Some(CommissionId::from_bytes([3; 16])),
            credit: None,
            reach: None,
            reason: "looked at".to_owned(),
            about_claim: false,
            repeats_from: None,
            decided_at: day(),
        }
    }

    fn id() -> CommissionId {
        CommissionId::from_bytes([3; 16])
    }

    #[test]
    fn a_recount_changes_only_what_grew() {
        let (before, first) = change_of(None, &[], SLOT(), earned(2), day(), id).unwrap();
        assert_eq!((before, first.amount, first.status), (None, 10, CommissionStatus::Pending));
        assert_eq!(first.reason, "2 visitors on 2024-10-04 at USD 0.05 each = USD 0.10");
        assert_eq!(first.hold_until, day().plus_days(31));
        assert_eq!(change_of(Some(&first), &[], SLOT(), earned(2), day(), id), None);
        let (before, grown) = change_of(Some(&first), &[], SLOT(), earned(3), day(), id).unwrap();
        assert_eq!((before.unwrap().amount, grown.amount, grown.id), (10, 15, id()));
        // A plan in another currency, after a payout took part of the commission.
        let euros = || Day { sum: Money::new(10, "EUR".parse().unwrap()), ..earned(2) };
        assert!(change_of(Some(&first), &[], SLOT(), euros(), day(), id).is_some());
        let taken = Commission { reserved: 10, ..first };
        assert_eq!(change_of(Some(&taken), &[], SLOT(), euros(), day(), id), None);
    }

    #[test]
    fn sudden_growth_waits_until_a_person_decided() {
        let sudden = || Day { sudden: Some((501, 700)), ..earned(501) };
        let (_, held) = change_of(None, &[], SLOT(), sudden(), day().plus_days(40), id).unwrap();
        assert_eq!((held.held, held.status), (Some(Held::Review), CommissionStatus::Pending), "long after its hold");
        assert!(
            held.reason.ends_with("; sudden growth: 501 visitors, compared with 700 in the previous 7 days"),
            "{}",
            held.reason
        );
        assert_eq!(change_of(Some(&held), &[], SLOT(), sudden(), day().plus_days(40), id), None);
        let after = |kind| {
            let decided = Decision { decided_at: day().plus_days(1), ..decision(kind) };
            change_of(Some(&held), &[decided], SLOT(), sudden(), day().plus_days(1), id).unwrap().1
        };
        let approved = after(DecisionKind::Approve);
        assert_eq!((approved.held, approved.status), (None, CommissionStatus::Pending), "its hold goes on");
        let denied = after(DecisionKind::Deny);
        assert_eq!((denied.status, denied.amount), (CommissionStatus::Denied, 0));
    }

    #[test]
    fn a_decision_during_the_day_is_about_the_visitors_so_far() {
        let sudden = |visitors| Day { sudden: Some((visitors, 0)), ..earned(visitors) };
        let noon = day().plus_millis(12 * 3_600_000);
        let with = |booked: Option<&Commission>, kind, day: Day| {
            let decided = Decision { decided_at: noon, ..decision(kind) };
            change_of(booked, &[decided], SLOT(), day, noon, id).map(|(_, after)| (after.held, after.status))
        };
        let (_, few) = change_of(None, &[], SLOT(), earned(20), noon, id).unwrap();
        let held = Some((Some(Held::Review), CommissionStatus::Pending));
        assert_eq!(with(Some(&few), DecisionKind::Release, sudden(101)), held, "a release reviews nothing");

        let (_, many) = change_of(None, &[], SLOT(), sudden(101), noon, id).unwrap();
        let approved = Commission { held: None, ..many.clone() };
        assert_eq!(with(Some(&approved), DecisionKind::Approve, sudden(101)), None, "it stays approved");
        assert_eq!(with(Some(&approved), DecisionKind::Approve, sudden(102)), held);
        assert_eq!(
            with(Some(&many), DecisionKind::Approve, sudden(101)),
            None,
            "it stays held until the next decision"
        );
        let denied = Some((None, CommissionStatus::Denied));
        assert_eq!(with(Some(&approved), DecisionKind::Deny, sudden(102)), denied);
    }

    #[test]
    fn who_came_in_vain_is_told() {
        let limit = Limit { beyond_affiliate: 1_240, beyond_budget: 1 };
        let (_, some) = change_of(None, &[], SLOT(), Day { limit, ..earned(2) }, day(), id).unwrap();
        let expected = "2 visitors on 2024-10-04 at USD 0.05 each = USD 0.10; 1,240 visitors over the daily limit; \
                        1 visitor after the daily budget was used up";
        assert_eq!(some.reason, expected);
        assert_eq!(
            change_of(None, &[], SLOT(), Day { limit, ..earned(0) }, day(), id),
            None,
            "nothing is no commission"
        );
        let (_, less) = change_of(Some(&some), &[], SLOT(), Day { limit, ..earned(0) }, day(), id).unwrap();
        assert_eq!(less.amount, 0, "another affiliate's earlier visitor arrived late");
    }
}
