//! Who is one customer: which customers of a group count as one buyer, and which joins wait for a person.
//!
//! Two customers that verified reports name as the buyer of one sale are a join. It applies at once where it moves no
//! credit that was booked before the second report was received, and no amount falls; else it waits. What a person decides
//! about a join comes before every rule. Everything goes by when the edge received a report, and never by when it reached
//! the ledger, so the order of arrival can't matter. Pure; [`super::joins_store`] loads and keeps it.

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

/// Two systems that report one new purchase do so within this time; which of them comes first makes no difference then.
const PROMPT_MS: i64 = 24 * 60 * 60 * 1_000;

/// One person has no more addresses than this. A customer id with more of them is a placeholder or a shared account.
const ADDRESSES_MAX: usize = 3;

text_enum! {
    /// Whether two customers count as one.
    State {
        Joined,
        /// For a person to decide.
        Waiting,
        /// A person said that they are two.
        Split,
    }
}

text_enum! {
    /// Why a join waits.
    Cause {
        /// A conversion that was known before would be credited to another affiliate, or to no one.
        Credit,
        /// A commission that was known before would become smaller.
        Amount,
        /// The customers have more addresses than one person has.
        Addresses,
        /// A person split customers that it would join again.
        Split,
    }
}

/// What the rules say about a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Joined,
    Waiting(Cause),
}

/// Two customers that were reported as the buyer of one sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    pub id: CustomerJoinId,
    /// In the order of their ids.
    pub one: CustomerId,
    pub other: CustomerId,
    /// Joined before joins were kept one by one: the rules aren't asked.
    pub is_legacy: bool,
    /// What people decided.
    pub words: Vec<Word>,
    pub status: JoinStatus,
    /// As it is stored.
    pub stored: JoinStatus,
}

/// Where a join stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinStatus {
    /// When the second of the two customers was first reported for the other one's sale.
    pub found_at: Timestamp,
    /// None before the rules were asked.
    pub verdict: Option<Verdict>,
    pub state: State,
}

impl JoinStatus {
    /// Why it waits, where it does.
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
    /// Whether the two are one customer.
    pub same: bool,
}

/// When a customer was first reported as the buyer of a sale that was reported for several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// The event that reported the sale first of all: the conversion's own.
    pub sale: EventId,
    pub customer: CustomerId,
    pub received_at: Timestamp,
    pub event: EventId,
}

/// Everything about the joins of a group. Empty for almost every group.
#[derive(Debug, Clone, Default)]
pub struct Joins {
    pub joins: Vec<Join>,
    pub reports: Vec<Report>,
    /// The customers' addresses, each with when it was first received; none for what was known before that was kept.
    pub addresses: Vec<(CustomerId, String, Option<Timestamp>)>,
    /// Whose evidence each touch is.
    pub touched: BTreeMap<(EventId, TouchKind), CustomerId>,
    /// By customer, the buyer that is stored.
    pub stored_buyers: BTreeMap<CustomerId, CustomerId>,
    /// From when on something is new: what the rules said of earlier moments holds.
    pub since: Option<Timestamp>,
}

/// By what two customers are a join.
#[derive(Debug, Clone, Copy)]
struct Evidence {
    sale: EventId,
    /// The second customer's report.
    at: Timestamp,
    event: EventId,
    /// Both reports came within [`PROMPT_MS`].
    is_prompt: bool,
}

impl Joins {
    pub const fn is_empty(&self) -> bool {
        self.joins.is_empty()
    }

    /// Something that was received at this moment has become known.
    pub fn receive(&mut self, received_at: Timestamp) {
        self.since = Some(self.since.map_or(received_at, |since| since.min(received_at)));
    }

    /// A sale that was known changed: whatever counted on it is asked anew.
    pub const fn receive_all(&mut self) {
        self.since = Some(Timestamp::EPOCH);
    }

    /// Forgets what the rules said, so that they are asked anew.
    pub fn forget(&mut self) {
        for join in self.joins.iter_mut().filter(|join| !join.is_legacy) {
            join.status.verdict = None;
        }
    }

    /// As if a person decided now.
    pub fn suppose(&mut self, id: CustomerJoinId, same: bool, now: Timestamp) {
        for join in self.joins.iter_mut().filter(|join| join.id == id) {
            join.words.push(Word { at: now, id: Uuid::max(), same });
        }
    }

    /// Whether the rules have to say something about any join.
    pub fn are_due(&self) -> bool {
        self.joins.iter().any(|join| self.asks(join).is_some())
    }

    /// What the rules have to judge a join by; none where they did already, and nothing new is that old.
    fn asks(&self, join: &Join) -> Option<Evidence> {
        let evidence = self.evidence(join).filter(|_| !join.is_legacy)?;
        let is_new = self.since.is_some_and(|since| evidence.at >= since);
        (is_new || join.status.verdict.is_none()).then_some(evidence)
    }

    /// The sale that said so first.
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

    /// The customer that was reported first for a sale, where there are several.
    fn owner(&self, sale: EventId) -> Option<CustomerId> {
        let reports = self.reports.iter().filter(|report| report.sale == sale);
        reports.min_by_key(|report| moment(report)).map(|report| report.customer)
    }
}

const fn moment(report: &Report) -> (Timestamp, EventId) {
    (report.received_at, report.event)
}

/// Puts each sale that was reported for several customers with the one that was reported first.
pub fn place(history: &mut BuyerHistory) {
    for conversion in &mut history.conversions {
        if let Some(owner) = history.joins.owner(conversion.event_id) {
            conversion.customer_id = Some(owner);
        }
    }
}

/// Makes one buyer of the customers that are joined, by what the rules and people said, and notes where each join stands.
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

/// Joins in the order in which they were found; it depends on nothing but what was reported.
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

/// Who is one buyer: by the decisions up to a moment, the latest first, then by what the rules said of these joins.
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

/// Gives every customer and touch of the history its buyer.
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
