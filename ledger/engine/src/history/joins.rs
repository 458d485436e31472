//! Determines which customers of a group count as one buyer, and which joins wait for a person.
//!
//! Two customers that verified reports name as the buyer of the same sale form a join. It applies immediately if it
//! moves no credit that was booked before the second report was received, and lowers no amount; otherwise it waits. A
//! person's decision about a join overrides every rule. All times are those at which the edge received a report, never
//! those at which it reached the ledger, so the order of arrival can't matter. No side effects; [`super::joins_store`]
//! loads and saves joins.

mod evaluate;
mod sets;

use std::collections::{BTreeMap, HashMap};

use shared::{
    id::{CustomerId, CustomerJoinId, EventId},
    text_enum,
    timestamp::Timestamp,
};
use uuid::Uuid;

pub use self::evaluate::{Receipt, Received, judge};
use self::sets::Sets;
use super::BuyerHistory;
use rules::attribution::touch::{BuyerKey, TouchKind};

/// Two systems that report the same new purchase do so within this time; the order of their reports then makes no
/// difference.
const PROMPT_MS: i64 = 24 * 60 * 60 * 1_000;

/// The most addresses that one person has. A customer id with more of them is a placeholder or a shared account.
const ADDRESSES_MAX: usize = 3;

text_enum! {
    /// Whether two customers count as one.
    State {
        Joined,
        /// Waits for a person's decision.
        Waiting,
        /// A person decided that they are different customers.
        Split,
    }
}

text_enum! {
    /// Why a join waits.
    Cause {
        /// A known conversion would be credited to another affiliate, or to no one.
        Credit,
        /// A known commission would become smaller.
        Amount,
        /// The customers have more addresses than one person has.
        Addresses,
        /// A person split customers that it would join again.
        Split,
    }
}

/// The verdict of the rules on a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Joined,
    Waiting(Cause),
}

/// Two customers that were reported as the buyer of the same sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    pub id: CustomerJoinId,
    /// The two customers in the order of their ids.
    pub one: CustomerId,
    pub other: CustomerId,
    /// Joined before joins were recorded individually: the rules don't apply.
    pub is_legacy: bool,
    /// The decisions that people made.
    pub words: Vec<Word>,
    pub status: JoinStatus,
    /// The status in the database.
    pub stored: JoinStatus,
}

/// The status of a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinStatus {
    /// When the second of the two customers was first reported as the buyer of the other one's sale.
    pub found_at: Timestamp,
    /// `None` until the rules are evaluated.
    pub verdict: Option<Verdict>,
    pub state: State,
}

impl JoinStatus {
    /// Returns why the join waits, if it does.
    pub fn cause(&self) -> Option<Cause> {
        match (self.state, self.verdict) {
            (State::Waiting, Some(Verdict::Waiting(cause))) => Some(cause),
            (State::Waiting, Some(Verdict::Joined)) => Some(Cause::Split),
            (State::Waiting, None) | (State::Joined | State::Split, _) => None,
        }
    }
}

/// A person's decision about a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word {
    pub at: Timestamp,
    pub id: Uuid,
    /// Whether the two are the same customer.
    pub same: bool,
}

/// The first report of a customer as the buyer of a sale that was reported for several customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// The conversion's own event: the one that first reported the sale.
    pub sale: EventId,
    pub customer: CustomerId,
    pub received_at: Timestamp,
    pub event: EventId,
}

/// All data about the joins of a group. Empty for almost every group.
#[derive(Debug, Clone, Default)]
pub struct Joins {
    pub joins: Vec<Join>,
    pub reports: Vec<Report>,
    /// The customers' addresses, each with the time at which it was first received; `None` if it was known before times
    /// were recorded.
    pub addresses: Vec<(CustomerId, String, Option<Timestamp>)>,
    /// The customer that each touch belongs to.
    pub touched: BTreeMap<(EventId, TouchKind), CustomerId>,
    /// The stored buyer of each customer.
    pub stored_buyers: BTreeMap<CustomerId, CustomerId>,
    /// The earliest receipt time of new facts: verdicts on joins found before it remain valid.
    pub since: Option<Timestamp>,
}

/// The reports that establish a join.
#[derive(Debug, Clone, Copy)]
struct Evidence {
    sale: EventId,
    /// The time of the second customer's report.
    at: Timestamp,
    event: EventId,
    /// Both reports arrived within [`PROMPT_MS`].
    is_prompt: bool,
}

impl Joins {
    pub const fn is_empty(&self) -> bool {
        self.joins.is_empty()
    }

    /// Notes that a fact with this receipt time has become known.
    pub fn receive(&mut self, received_at: Timestamp) {
        self.since = Some(self.since.map_or(received_at, |since| since.min(received_at)));
    }

    /// Notes that a known sale changed, so that all verdicts are evaluated again.
    pub const fn receive_all(&mut self) {
        self.since = Some(Timestamp::EPOCH);
    }

    /// Clears the verdicts, so that the rules are evaluated again.
    pub fn forget(&mut self) {
        for join in self.joins.iter_mut().filter(|join| !join.is_legacy) {
            join.status.verdict = None;
        }
    }

    /// Adds a hypothetical decision made now.
    pub fn suppose(&mut self, id: CustomerJoinId, same: bool, now: Timestamp) {
        for join in self.joins.iter_mut().filter(|join| join.id == id) {
            join.words.push(Word { at: now, id: Uuid::max(), same });
        }
    }

    /// Whether the rules must be evaluated for any join.
    pub fn are_due(&self) -> bool {
        self.joins.iter().any(|join| self.asks(join).is_some())
    }

    /// Returns the evidence for evaluating a join; `None` if it has a verdict and no new fact is old enough to change
    /// it.
    fn asks(&self, join: &Join) -> Option<Evidence> {
        let evidence = self.evidence(join).filter(|_| !join.is_legacy)?;
        let is_new = self.since.is_some_and(|since| evidence.at >= since);
        (is_new || join.status.verdict.is_none()).then_some(evidence)
    }

    /// Returns the earliest evidence for a join.
    fn evidence(&self, join: &Join) -> Option<Evidence> {
        let of = |customer: CustomerId| self.reports.iter().filter(move |report| report.customer == customer);
        let pairs = of(join.one).filter_map(|one| Some((one, of(join.other).find(|other| other.sale == one.sale)?)));
        let evidence = pairs.map(|(one, other)| {
            let (first, second) = if moment(one) < moment(other) { (one, other) } else { (other, one) };
            let is_prompt = second.received_at <= first.received_at.plus_millis(PROMPT_MS);
            Evidence { sale: one.sale, at: second.received_at, event: second.event, is_prompt }
        });
        evidence.min_by_key(|evidence| (evidence.at, evidence.event))
    }

    /// Returns the customer that was reported first for a sale with several reports.
    fn owner(&self, sale: EventId) -> Option<CustomerId> {
        let reports = self.reports.iter().filter(|report| report.sale == sale);
        reports.min_by_key(|report| moment(report)).map(|report| report.customer)
    }
}

const fn moment(report: &Report) -> (Timestamp, EventId) {
    (report.received_at, report.event)
}

/// Assigns each sale that was reported for several customers to the one that was reported first.
pub fn place(history: &mut BuyerHistory) {
    for conversion in &mut history.conversions {
        if let Some(owner) = history.joins.owner(conversion.event_id) {
            conversion.customer_id = Some(owner);
        }
    }
}

/// Merges joined customers into one buyer, according to verdicts and decisions, and updates the status of each join.
pub fn apply(history: &mut BuyerHistory) {
    let order = order(history);
    let sets = resolve(&history.joins.joins, &order, None);
    for join in &mut history.joins.joins {
        let latest = join.words.iter().max();
        join.status.state = match latest {
            _ if sets.are_one(join.one, join.other) => State::Joined,
            Some(word) if !word.same => State::Split,
            _ => State::Waiting,
        };
    }
    assign(history, &sets);
}

/// Returns the joins in the order in which they were found, which depends only on what was reported.
fn order(history: &BuyerHistory) -> Vec<usize> {
    let name = |id: &CustomerId| history.people.get(id).map(|person| person.name.as_str()).unwrap_or_default();
    let mut order: Vec<usize> = (0..history.joins.joins.len()).collect();
    order.sort_by_cached_key(|index| {
        let join = &history.joins.joins[*index];
        let evidence = history.joins.evidence(join).filter(|_| !join.is_legacy);
        let mut names = [name(&join.one).to_owned(), name(&join.other).to_owned()];
        names.sort_unstable();
        (evidence.map(|evidence| (evidence.at, evidence.event)), names)
    });
    order
}

/// Determines who is one buyer: by the decisions up to a given time, latest first, then by the verdicts on these joins.
fn resolve(joins: &[Join], of: &[usize], until: Option<Timestamp>) -> Sets {
    let mut sets = Sets::default();
    let latest =
        |join: &Join| join.words.iter().filter(|word| until.is_none_or(|until| word.at <= until)).max().copied();
    let mut decided: Vec<(Word, &Join)> = joins.iter().filter_map(|join| Some((latest(join)?, join))).collect();
    decided.sort_by_key(|(word, _)| std::cmp::Reverse(*word));
    for (word, join) in decided {
        if word.same {
            sets.join(join.one, join.other);
        } else {
            sets.split(join.one, join.other);
        }
    }
    let undecided = of.iter().map(|index| &joins[*index]).filter(|join| latest(join).is_none());
    for join in undecided.filter(|join| join.status.verdict == Some(Verdict::Joined)) {
        sets.join(join.one, join.other);
    }
    sets
}

/// Assigns a buyer to every customer and touch of the history.
fn assign(history: &mut BuyerHistory, sets: &Sets) {
    for (customer, person) in &mut history.people {
        person.buyer = sets.smallest(*customer);
    }
    let mut sales: HashMap<EventId, BuyerKey> = HashMap::new();
    let mut names: HashMap<&str, BuyerKey> = HashMap::new();
    for conversion in &history.conversions {
        let buyer = history.buyer(conversion);
        sales.insert(conversion.event_id, buyer);
        names.insert(&conversion.external_id, buyer);
    }
    for (name, event) in &history.repeated_by {
        if let Some(buyer) = names.get(name.as_str()) {
            sales.insert(*event, *buyer);
        }
    }
    let buyers: Vec<BuyerKey> = history
        .touches
        .iter()
        .map(|touch| match history.joins.touched.get(&(touch.event_id, touch.kind)) {
            Some(customer) => history.known(*customer),
            None => sales.get(&touch.event_id).copied().unwrap_or(touch.buyer),
        })
        .collect();
    for (touch, buyer) in history.touches.iter_mut().zip(buyers) {
        touch.buyer = buyer;
    }
}

#[cfg(test)]
mod tests;
