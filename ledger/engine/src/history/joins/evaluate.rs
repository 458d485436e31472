//! Evaluates the rules for a join as of the time at which it was found. Later reports don't count, so a verdict holds
//! until something older becomes known.

use std::collections::{BTreeSet, HashMap};

use shared::{
    id::{AffiliateId, CommissionId, ConversionId, CustomerId, EventId, OrganizationId},
    money::{Money, MoneyError},
    timestamp::Timestamp,
};

use super::{ADDRESSES_MAX, Cause, Evidence, Join, Verdict, assign, order, resolve, sets::Sets};
use crate::history::{
    BuyerHistory, Decision, DecisionKind, HistoryKey, Person, Rates,
    attributed::{Attributed, attribute},
    joins::Joins,
    recompute::{Complete, Part, pools, recompute},
};
use rules::{commission::Commission, conversion::Conversion, fact::Provenance};

/// When the edge received an event, and how trustworthy its source is.
#[derive(Debug, Clone, Copy)]
pub struct Receipt {
    pub at: Timestamp,
    pub provenance: Provenance,
}

/// The receipt of each event.
pub type Received = HashMap<EventId, Receipt>;

/// Evaluates the rules for every join that needs it, oldest first.
///
/// # Errors
/// [`MoneyError`] if an amount exceeds 64 bits.
pub fn judge(history: &mut BuyerHistory, rates: &Rates, received: &Received) -> Result<(), MoneyError> {
    let order = order(history);
    for (place, index) in order.iter().enumerate() {
        let join = &history.joins.joins[*index];
        let Some(evidence) = history.joins.asks(join) else { continue };
        let before = resolve(&history.joins.joins, &order[..place], Some(evidence.at));
        let verdict = verdict(history, join, evidence, &before, rates, received)?;
        let status = &mut history.joins.joins[*index].status;
        (status.verdict, status.found_at) = (Some(verdict), evidence.at);
    }
    history.joins.since = None;
    Ok(())
}

fn verdict(
    history: &BuyerHistory,
    join: &Join,
    evidence: Evidence,
    before: &Sets,
    rates: &Rates,
    received: &Received,
) -> Result<Verdict, MoneyError> {
    if before.are_one(join.one, join.other) {
        return Ok(Verdict::Joined);
    }
    let mut after = before.clone();
    if !after.join(join.one, join.other) {
        return Ok(Verdict::Waiting(Cause::Split));
    }
    if addresses(&history.joins, &after, join, evidence.at) > ADDRESSES_MAX {
        return Ok(Verdict::Waiting(Cause::Addresses));
    }
    let then = as_of(history, evidence.at, received);
    let exempt = then.conversions.iter().find(|sale| evidence.is_prompt && sale.event_id == evidence.sale);
    let exempt = exempt.map(|sale| sale.id);
    let whose = |customer| after.are_one(customer, join.one);
    let (apart, joined) = (Worth::of(&then, before, whose, rates)?, Worth::of(&then, &after, whose, rates)?);
    Ok(apart.moves_to(&joined, exempt).map_or(Verdict::Joined, Verdict::Waiting))
}

/// The number of addresses that the customers had together.
fn addresses(joins: &Joins, sets: &Sets, join: &Join, at: Timestamp) -> usize {
    let had = joins
        .addresses
        .iter()
        .filter(|(customer, _, since)| sets.are_one(*customer, join.one) && since.is_none_or(|since| since <= at));
    had.map(|(_, email, _)| email).collect::<BTreeSet<_>>().len()
}

/// The history as received up to a given time. Refunds and denials are left out, because both may still be undone.
fn as_of(history: &BuyerHistory, at: Timestamp, received: &Received) -> BuyerHistory {
    let was_received = |event: &EventId| received.get(event).is_none_or(|receipt| receipt.at <= at);
    // A claim from a page doesn't make a sale known.
    let vouched = |event: &EventId| {
        was_received(event) && received.get(event).is_none_or(|receipt| receipt.provenance.is_verified())
    };
    let mut repeated: HashMap<&str, bool> = HashMap::new();
    for (name, event) in &history.repeated_by {
        *repeated.entry(name).or_default() |= vouched(event);
    }
    let person = |person: &Person| Person { emails: Vec::new(), ..person.clone() };
    let mut people: HashMap<_, _> = history.people.iter().map(|(id, one)| (*id, person(one))).collect();
    for (customer, email, since) in &history.joins.addresses {
        if let Some(person) = people.get_mut(customer).filter(|_| since.is_none_or(|since| since <= at)) {
            person.emails.push(email.clone());
        }
    }
    let is_known = |sale: &&Conversion| {
        vouched(&sale.event_id) || repeated.get(sale.external_id.as_str()).copied().unwrap_or_default()
    };
    let counts = |decision: &Decision| {
        decision.decided_at <= at && (decision.kind == DecisionKind::Reattribute || decision.about_claim)
    };
    BuyerHistory {
        conversions: history.conversions.iter().filter(is_known).cloned().collect(),
        people,
        touches: history.touches.iter().filter(|touch| was_received(&touch.event_id)).cloned().collect(),
        repeated_by: history.repeated_by.iter().filter(|(_, event)| was_received(event)).cloned().collect(),
        decisions: history.decisions.iter().filter(|decision| counts(decision)).cloned().collect(),
        joins: Joins { touched: history.joins.touched.clone(), ..Joins::default() },
        ..BuyerHistory::default()
    }
}

/// The affiliates that conversions credit, and what the conversions earn.
#[derive(Debug, Default)]
struct Worth {
    credits: HashMap<ConversionId, AffiliateId>,
    amounts: HashMap<(ConversionId, i32), Money>,
}

impl Worth {
    /// Computes the credits of all conversions if the customers form these sets, and what the conversions of the
    /// customers in `whose` earn. Tiers and limits count only those conversions, because other members of the group may
    /// become known later.
    fn of(
        history: &BuyerHistory,
        sets: &Sets,
        whose: impl Fn(CustomerId) -> bool,
        rates: &Rates,
    ) -> Result<Self, MoneyError> {
        let mut history = history.clone();
        assign(&mut history, sets);
        let mut attributed = attribute(&history, rates)?;
        let mut worth = Self::default();
        for (sale, attributed) in history.conversions.iter().zip(&attributed) {
            if let Some(credit) = attributed.credit {
                worth.credits.insert(sale.id, credit.affiliate_id);
            }
        }
        let own: Vec<bool> = history.conversions.iter().map(|sale| sale.customer_id.is_some_and(&whose)).collect();
        // The index of each of their own conversions after the others are removed.
        let places = own.iter().scan(0, |next, is_own| {
            let place = *next;
            *next += usize::from(*is_own);
            Some(is_own.then_some(place))
        });
        let places: Vec<Option<usize>> = places.collect();
        for one in &mut attributed {
            one.hangs_on = one.hangs_on.and_then(|root| places.get(root).copied().flatten());
        }
        let mut is_own = own.iter();
        attributed.retain(|_| is_own.next().copied().unwrap_or_default());
        let mut is_own = own.iter();
        history.conversions.retain(|_| is_own.next().copied().unwrap_or_default());
        worth.amounts = amounts(history, attributed, rates)?;
        Ok(worth)
    }

    /// Whether anyone loses by the change: another affiliate or no one is credited, or an amount decreases.
    fn moves_to(&self, after: &Self, exempt: Option<ConversionId>) -> Option<Cause> {
        let counts = |sale: &ConversionId| Some(*sale) != exempt;
        let mut credits = self.credits.iter().filter(|(sale, _)| counts(sale));
        if credits.any(|(sale, affiliate)| after.credits.get(sale) != Some(affiliate)) {
            return Some(Cause::Credit);
        }
        let mut amounts = self.amounts.iter().filter(|((sale, _), _)| counts(sale));
        let falls = |now: Option<&Money>, before: &Money| {
            before.minor > 0 && now.is_none_or(|now| now.currency != before.currency || now.minor < before.minor)
        };
        amounts.any(|(slot, before)| falls(after.amounts.get(slot), before)).then_some(Cause::Amount)
    }
}

/// What the conversions of a history earn, by conversion and component.
fn amounts(
    history: BuyerHistory,
    attributed: Vec<Attributed<'_>>,
    rates: &Rates,
) -> Result<HashMap<(ConversionId, i32), Money>, MoneyError> {
    let key = HistoryKey::Alone(OrganizationId::from_bytes([0; 16]), EventId::from_bytes([0; 16]));
    let part = Part { key, history, attributed };
    let complete = Complete { pools: pools(&part, rates), ..Complete::default() };
    let nobody = CommissionId::from_bytes([0; 16]);
    let changes = recompute(&[part], &complete, rates, Timestamp::EPOCH, || nobody)?;
    let earned = changes.into_iter().flat_map(|changes| changes.commissions);
    // A recruiter's share follows its commission, and has the component of it.
    let earned = earned.filter(|(_, earned)| earned.parent().is_none());
    let amount = |(_, earned): (Option<Commission>, Commission)| {
        let slot = (earned.conversion()?, earned.component);
        Some((slot, Money::new(earned.amount, earned.earned.currency)))
    };
    Ok(earned.filter_map(amount).collect())
}
