//! Which customers are one, from the rules in words: two that were reported as the buyer of one sale, unless that moves
//! credit or lowers an amount that was known before the second report. Everything goes by when it was received.

use std::collections::BTreeMap;

use super::{
    credit::{Credit, Reviewed, Word, Words, credits, flagged, waiting},
    facts::{Customer, DAY, Event, Evidence, Fact, Name, Owner, People, Sale},
    worth::{Earned, Key, Version, earned},
};

/// Two systems that report one new purchase do so within this time.
const PROMPT: i64 = DAY;

/// Two customers of one sale.
#[derive(Debug, Clone, Copy)]
struct Pair {
    sale: u8,
    one: u8,
    other: u8,
    /// The second report: when it was received, and its number.
    found: (i64, u32),
    is_prompt: bool,
}

pub(crate) fn people(reported: &[Event], message: &[(i64, Name, Word)], versions: &[Version]) -> People {
    let mut joined: Vec<(u8, u8)> = Vec::new();
    for pair in pairs(reported) {
        let known: Vec<Event> = reported.iter().filter_map(|event| as_of(event, reported, pair.found.0)).collect();
        let before = People::of(&known, &joined);
        if before.buyer(pair.one) == before.buyer(pair.other) {
            continue;
        }
        let mut with = joined.clone();
        with.push((pair.one, pair.other));
        let mut words = Words::new();
        for (_, name, word) in message.iter().filter(|(day, ..)| day * DAY <= pair.found.0) {
            if known.iter().any(|event| is_of(event, *name)) {
                words.entry(*name).or_default().push(*word);
            }
        }
        let after = People::of(&known, &with);
        let whose = after.buyer(pair.one);
        let book = |people: &People| Book::of(&known, people, &words, versions, |one| after.buyer(one) == whose);
        if !book(&before).loses(&book(&after), pair) {
            joined = with;
        }
    }
    People::of(reported, &joined)
}

/// In the order in which they were found, each once.
fn pairs(reported: &[Event]) -> Vec<Pair> {
    let mut reports: BTreeMap<u8, Vec<(i64, u32, u8)>> = BTreeMap::new();
    for event in reported {
        if let Fact::Sale(Sale { sale, customer: Some(customer), .. }) = event.fact {
            reports.entry(sale).or_default().push((event.received, event.number, customer.number));
        }
    }
    let mut pairs: Vec<Pair> = Vec::new();
    for (sale, mut reports) in reports {
        reports.sort_unstable();
        for (place, (received, number, other)) in reports.iter().enumerate() {
            if reports[..place].iter().any(|known| known.2 == *other) {
                continue;
            }
            for (first, _, one) in &reports[..place] {
                let is_prompt = received - first <= PROMPT;
                pairs.push(Pair { sale, one: *one, other: *other, found: (*received, *number), is_prompt });
            }
        }
    }
    pairs.sort_by_key(|pair| pair.found);
    let mut once: Vec<Pair> = Vec::new();
    for pair in pairs {
        let same = |known: &Pair| {
            [known.one, known.other] == [pair.one, pair.other] || [known.other, known.one] == [pair.one, pair.other]
        };
        if !once.iter().any(same) {
            once.push(pair);
        }
    }
    once
}

/// What had been received. What a later report adds to a sale itself counts, and what it says of evidence doesn't.
fn as_of(event: &Event, reported: &[Event], at: i64) -> Option<Event> {
    match event.fact {
        Fact::Sale(_) | Fact::Lead(_) if event.received <= at => Some(*event),
        Fact::Sale(sale)
            if reported.iter().any(|other| other.received <= at && is_of(other, Name::Sale(sale.sale))) =>
        {
            let customer = sale.customer.map(|customer| Customer { email: None, ..customer });
            Some(Event { fact: Fact::Sale(Sale { customer, evidence: Evidence::None, ..sale }), ..*event })
        }
        _ => None,
    }
}

fn is_of(event: &Event, name: Name) -> bool {
    match event.fact {
        Fact::Sale(sale) => Name::Sale(sale.sale) == name,
        Fact::Lead(lead) => Name::Lead(lead.lead) == name,
        _ => false,
    }
}

/// Who is credited, and what the customers in question earn anyone.
struct Book {
    credits: BTreeMap<Name, Option<Credit>>,
    earned: BTreeMap<Key, Earned>,
}

impl Book {
    fn of(known: &[Event], people: &People, words: &Words, versions: &[Version], is_one: impl Fn(u8) -> bool) -> Self {
        // What was denied may still be approved, so reviews don't matter.
        let reviewed = Reviewed::new();
        let credits = credits(known, people, words, &reviewed);
        let waiting = waiting(&credits, &flagged(known, people, &credits, &reviewed, versions), &reviewed);
        let owners = super::facts::conversions(known, people);
        let own = |name: &Name| matches!(owners[name].owner, Owner::Buyer(buyer) if is_one(buyer));
        let theirs: BTreeMap<Name, Option<Credit>> =
            credits.iter().map(|(name, credit)| (*name, credit.filter(|_| own(name)))).collect();
        let earned = earned(known, people, &theirs, versions, &waiting);
        Self { credits, earned }
    }

    /// Whether anyone has less afterwards, other than by the sale that was just reported twice.
    fn loses(&self, after: &Self, pair: Pair) -> bool {
        let counts = |name: &Name| !(pair.is_prompt && *name == Name::Sale(pair.sale));
        let whose = |credit: Option<Credit>| credit.map(|credit| credit.affiliate);
        let moves = self
            .credits
            .iter()
            .filter(|(name, _)| counts(name))
            .any(|(name, credit)| credit.is_some() && whose(*credit) != whose(after.credits[name]));
        let falls = self.earned.iter().filter(|((name, ..), _)| counts(name)).any(|((name, _, component), before)| {
            let now = after.earned.iter().find(|((other, _, place), _)| (other, place) == (name, component));
            now.is_none_or(|(_, now)| now.currency != before.currency || now.left < before.left)
        });
        moves || falls
    }
}
