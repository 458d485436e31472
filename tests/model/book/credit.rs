//! Who is credited, and what a person should look at, from the rules in words.
//!
//! A person's word comes first. Else the buyer's first credited sale has bound them to its affiliate, and to the plan of
//! its day. Else a coupon that overrides, else the latest click within 60 days, else the latest slug, else the latest
//! lead within 60 days of theirs, or of another buyer with the same address. Leads are credited and bind nobody. A person's word about one conversion only changes nothing
//! else; one about the customer binds (or frees) the customer from then on. An unknown buyer's sale stands alone.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Conversion, DAY, Event, Evidence, Fact, Name, OF_AN_AFFILIATE, Owner, People, conversions};

const WINDOW: i64 = 60 * DAY;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    Conversion,
    Customer,
}

/// What a person said about a credit: to whom (or nobody), and how far.
pub(crate) type Words = BTreeMap<Name, (Option<usize>, Reach)>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Credit {
    pub(crate) affiliate: usize,
    /// The plan in force then applies.
    pub(crate) plan_at: i64,
}

#[derive(Debug, Clone, Copy)]
struct Touch {
    /// Lower beats higher.
    rank: u8,
    affiliate: usize,
    from: i64,
    /// When the sale or lead was made that it was reported with: it says nothing about an earlier one.
    reported: i64,
}

/// When a click was made that a telling brings along: at no time that anything else has.
pub(crate) fn clicked(event: &Event, hours: u16) -> i64 {
    event.at - i64::from(hours) * 3_600 - 900 - i64::from(event.number % 600)
}

fn touch(event: &Event) -> Option<(Name, Touch)> {
    let (name, evidence) = match event.fact {
        Fact::Sale(sale) => (Name::Sale(sale.sale), sale.evidence),
        Fact::Lead(lead) => (Name::Lead(lead.lead), lead.evidence),
        _ => return None,
    };
    let touch = match evidence {
        Evidence::None => return None,
        Evidence::Coupon => Touch { rank: 0, affiliate: 0, from: event.at, reported: event.at },
        Evidence::Click { affiliate, hours } => {
            Touch { rank: 1, affiliate, from: clicked(event, hours), reported: event.at }
        }
        Evidence::Slug { affiliate } => Touch { rank: 2, affiliate, from: event.at, reported: event.at },
    };
    Some((name, touch))
}

fn latest(touches: &[Touch], at: i64) -> Option<usize> {
    let fitting = touches.iter().filter(|touch| touch.reported <= at && at <= touch.from + WINDOW);
    fitting.min_by_key(|touch| (touch.rank, -touch.from)).map(|touch| touch.affiliate)
}

/// Sales and leads in the order in which they happened.
pub(crate) fn in_time(conversions: &BTreeMap<Name, Conversion>) -> Vec<&Conversion> {
    let mut in_time: Vec<&Conversion> = conversions.values().collect();
    in_time.sort_by_key(|conversion| (conversion.at, conversion.name));
    in_time
}

/// What came before says: who bound each buyer, and every lead's credit.
#[derive(Default)]
struct Past {
    bound: BTreeMap<Owner, Credit>,
    leads: Vec<(Owner, i64, Credit)>,
}

/// Of everything told, by name.
pub(crate) fn credits(told: &[Event], words: &Words) -> BTreeMap<Name, Option<Credit>> {
    let (conversions, people) = (conversions(told), People::of(told));
    let mut touches: BTreeMap<Owner, Vec<Touch>> = BTreeMap::new();
    for (name, touch) in told.iter().filter_map(touch) {
        touches.entry(conversions[&name].owner).or_default().push(touch);
    }
    let (mut credits, mut past) = (BTreeMap::new(), Past::default());
    for conversion in in_time(&conversions) {
        let (at, owner) = (conversion.at, conversion.owner);
        let fresh = |affiliate: usize| Credit { affiliate, plan_at: at };
        let touches = touches.get(&owner).map_or(&[][..], Vec::as_slice);
        let speaks = |(whose, told, _): &&(Owner, i64, Credit)| {
            at <= told + WINDOW && (*whose == owner || people.share_an_address(*whose, owner))
        };
        let by_lead = || past.leads.iter().rev().find(speaks).map(|(_, _, credit)| credit.affiliate);
        let bound = past.bound.get(&owner).copied();
        let by_rules = bound.or_else(|| latest(touches, at).or_else(by_lead).map(fresh));
        let word = words.get(&conversion.name);
        let credit = word.map_or(by_rules, |(to, _)| to.map(fresh));
        credits.insert(conversion.name, credit);
        // A person's word about the customer holds from here on; one about this conversion changes nothing else.
        let decides = word.is_some_and(|(_, reach)| *reach == Reach::Customer);
        let kept = if decides { credit } else { by_rules };
        if let (true, Some(credit)) = (conversion.is_lead(), kept) {
            past.leads.push((owner, at, credit));
        }
        match kept {
            Some(credit) if decides => drop(past.bound.insert(owner, credit)),
            None if decides => drop(past.bound.remove(&owner)),
            Some(credit) if !conversion.is_lead() => drop(past.bound.entry(owner).or_insert(credit)),
            _ => {}
        }
    }
    credits
}

/// What waits for a person's look: a buyer with the affiliate's own address, and the first sale of a buyer with an
/// address that another one bought under before.
pub(crate) fn flagged(told: &[Event], credits: &BTreeMap<Name, Option<Credit>>) -> BTreeSet<Name> {
    let (conversions, people) = (conversions(told), People::of(told));
    let mut bought: Vec<Owner> = Vec::new();
    let mut flagged = BTreeSet::new();
    for conversion in in_time(&conversions) {
        let owner = conversion.owner;
        let sale = !conversion.is_lead() && conversion.cents > 0;
        let first = sale && !bought.contains(&owner);
        let again = first && bought.iter().any(|other| people.share_an_address(*other, owner));
        bought.extend(first.then_some(owner));
        let Some(credit) = credits[&conversion.name] else { continue };
        if again || (credit.affiliate == 0 && people.has(owner, OF_AN_AFFILIATE)) {
            flagged.insert(conversion.name);
        }
    }
    flagged
}
