//! Who is credited, from the rules in words.
//!
//! A person's word comes first. Else the buyer's first credited sale has bound them to its affiliate, and to the plan of
//! its day. Else a coupon that overrides, else the latest click within 60 days, else the latest slug, else the latest
//! lead within 60 days. Leads are credited and bind nobody. A person's word about one conversion only changes nothing
//! else; one about the customer binds (or frees) the customer from then on. An unknown buyer's sale stands alone.

use std::collections::BTreeMap;

use super::facts::{Conversion, DAY, Event, Evidence, Fact, Name, conversions};

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

/// Whose: a buyer's, or one lone purchase's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    Buyer(u8),
    Alone(Name),
}

pub(crate) fn owner(conversion: &Conversion) -> Owner {
    conversion.buyer.map_or(Owner::Alone(conversion.name), Owner::Buyer)
}

#[derive(Debug, Clone, Copy)]
struct Touch {
    /// Lower beats higher.
    rank: u8,
    affiliate: usize,
    from: i64,
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
        Evidence::Coupon => Touch { rank: 0, affiliate: 0, from: event.at },
        Evidence::Click { affiliate, hours } => Touch { rank: 1, affiliate, from: clicked(event, hours) },
        Evidence::Slug { affiliate } => Touch { rank: 2, affiliate, from: event.at },
    };
    Some((name, touch))
}

fn latest(touches: &[Touch], at: i64) -> Option<usize> {
    let fitting = touches.iter().filter(|touch| touch.from <= at && at <= touch.from + WINDOW);
    fitting.min_by_key(|touch| (touch.rank, -touch.from)).map(|touch| touch.affiliate)
}

/// Of everything told, by name.
pub(crate) fn credits(told: &[Event], words: &Words) -> BTreeMap<Name, Option<Credit>> {
    let conversions = conversions(told);
    let mut touches: BTreeMap<Owner, Vec<Touch>> = BTreeMap::new();
    for (name, touch) in told.iter().filter_map(touch) {
        touches.entry(owner(&conversions[&name])).or_default().push(touch);
    }
    let mut groups: BTreeMap<Owner, Vec<&Conversion>> = BTreeMap::new();
    for conversion in conversions.values() {
        groups.entry(owner(conversion)).or_default().push(conversion);
    }
    let mut credits = BTreeMap::new();
    for (owner, mut group) in groups {
        group.sort_by_key(|conversion| (conversion.at, conversion.name));
        of_one_buyer(&group, touches.get(&owner).map_or(&[], Vec::as_slice), words, &mut credits);
    }
    credits
}

fn of_one_buyer(group: &[&Conversion], touches: &[Touch], words: &Words, credits: &mut BTreeMap<Name, Option<Credit>>) {
    let mut bound: Option<Credit> = None;
    let mut lead: Option<(i64, Credit)> = None;
    for conversion in group {
        let at = conversion.at;
        let fresh = |affiliate: usize| Credit { affiliate, plan_at: at };
        let by_lead = || lead.filter(|(told, _)| at <= told + WINDOW).map(|(_, credit)| credit.affiliate);
        let by_rules = bound.or_else(|| latest(touches, at).or_else(by_lead).map(fresh));
        let word = words.get(&conversion.name);
        credits.insert(conversion.name, word.map_or(by_rules, |(to, _)| to.map(fresh)));
        match word {
            Some((to, Reach::Customer)) => bound = to.map(fresh),
            _ if conversion.is_lead() => lead = by_rules.map(|credit| (at, credit)).or(lead),
            _ => bound = bound.or(by_rules),
        }
    }
}
