//! Who is credited, and what a person should look at, from the rules in words.
//!
//! A person's word comes first. Else the buyer's first credited sale has bound them to its affiliate, and to the plan of
//! its day. Else the purchase's own coupon that overrides, else the latest click within 60 days, else the purchase's own
//! slug, else the latest lead within 60 days of theirs, or of another buyer with the same address. Leads are credited and
//! bind nobody. A person's word about one conversion only changes nothing else, not even an earlier word about the
//! customer; one about the customer binds (or frees) the customer from then on, who keeps the plan that they came with.
//! A denied conversion binds nobody, and what it was credited by is spent. An unknown buyer's sale stands alone.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    facts::{Conversion, DAY, EMAILS, Event, Evidence, Fact, Name, OF_AN_AFFILIATE, Owner, People, conversions},
    worth::{Version, pays_leads},
};

const WINDOW: i64 = 60 * DAY;
/// Coupons come before clicks, slugs after.
const CLICK: u8 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    Conversion,
    Customer,
}

/// What a person said about a credit: to whom (or nobody), and how far.
pub(crate) type Word = (Option<usize>, Reach);
/// In the order in which they were given.
pub(crate) type Words = BTreeMap<Name, Vec<Word>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Credit {
    pub(crate) affiliate: usize,
    /// The plan in force then applies.
    pub(crate) plan_at: i64,
    pub(crate) by: By,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Word,
    /// The conversion that bound the buyer.
    Bound(Name),
    Evidence,
}

/// Conversions that a person looked at: whether they denied it.
pub(crate) type Reviewed = BTreeMap<Name, bool>;

#[derive(Debug, Clone, Copy)]
struct Touch {
    /// Lower beats higher.
    rank: u8,
    affiliate: usize,
    from: i64,
    /// When the sale or lead was made that it was reported with: it says nothing about an earlier one.
    reported: i64,
    of: Name,
}

/// What a person's decision used up: of an affiliate, or of everyone.
struct Spent {
    owner: Owner,
    affiliate: Option<usize>,
    until: i64,
    subscription: Option<(u8, u8)>,
}

impl Spent {
    fn takes(&self, affiliate: usize, from: i64, conversion: &Conversion) -> bool {
        self.owner == conversion.owner && self.affiliate.is_none_or(|whose| whose == affiliate) && from <= self.until
    }

    /// A renewal repeats its subscription's coupon or slug. A click has its own time.
    fn takes_touch(&self, touch: &Touch, conversion: &Conversion) -> bool {
        let renewed = self.subscription.is_some() && conversion.subscription == self.subscription;
        let repeated = renewed && touch.of == conversion.name && touch.rank != CLICK;
        let from = if repeated { self.until } else { touch.from };
        self.takes(touch.affiliate, from, conversion)
    }
}

/// When a click was made that a report brings along: at no time that anything else has.
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
        Evidence::Coupon => Touch { rank: 0, affiliate: 0, from: event.at, reported: event.at, of: name },
        Evidence::Click { affiliate, hours } => {
            Touch { rank: CLICK, affiliate, from: clicked(event, hours), reported: event.at, of: name }
        }
        Evidence::Slug { affiliate } => Touch { rank: 2, affiliate, from: event.at, reported: event.at, of: name },
    };
    Some((name, touch))
}

/// A coupon or slug is a word about its own purchase.
fn latest(touches: &[Touch], conversion: &Conversion, spent: &[Spent]) -> Option<usize> {
    let at = conversion.at;
    let fitting = touches.iter().filter(|touch| touch.reported <= at && at <= touch.from + WINDOW);
    let about = fitting.filter(|touch| touch.rank == CLICK || touch.of == conversion.name);
    let left = about.filter(|touch| !spent.iter().any(|spent| spent.takes_touch(touch, conversion)));
    left.min_by_key(|touch| (touch.rank, -touch.from)).map(|touch| touch.affiliate)
}

/// Sales and leads in the order in which they happened.
pub(crate) fn in_time(conversions: &BTreeMap<Name, Conversion>) -> Vec<&Conversion> {
    let mut in_time: Vec<&Conversion> = conversions.values().collect();
    in_time.sort_by_key(|conversion| (conversion.at, conversion.name));
    in_time
}

/// What came before says: who bound each buyer and by which conversion, every lead's credit, what is spent.
#[derive(Default)]
struct Past {
    bound: BTreeMap<Owner, (Credit, Name)>,
    leads: Vec<(Owner, i64, Credit)>,
    spent: Vec<Spent>,
}

/// Of everything reported, by name.
pub(crate) fn credits(
    report: &[Event],
    people: &People,
    words: &Words,
    reviewed: &Reviewed,
) -> BTreeMap<Name, Option<Credit>> {
    let conversions = conversions(report, people);
    let mut touches: BTreeMap<Owner, Vec<Touch>> = BTreeMap::new();
    for event in report {
        let Some((name, touch)) = touch(event) else { continue };
        // Evidence is the customer's with whom it was reported.
        let customer = event.customer().map(|customer| Owner::Buyer(people.buyer(customer.number)));
        touches.entry(customer.unwrap_or(conversions[&name].owner)).or_default().push(touch);
    }
    let (mut credits, mut past) = (BTreeMap::new(), Past::default());
    for conversion in in_time(&conversions) {
        let touches = touches.get(&conversion.owner).map_or(&[][..], Vec::as_slice);
        let by_rules = past.by_rules(conversion, touches, people);
        let words = words.get(&conversion.name).map_or(&[][..], Vec::as_slice);
        let by_word = |past: &Past, (to, _): &Word| to.map(|affiliate| past.by_word(conversion, affiliate));
        let credit = words.last().map_or(by_rules, |word| by_word(&past, word));
        credits.insert(conversion.name, credit);
        // A person's word about the customer holds from here on; one about this conversion changes nothing else.
        let of_customer = words.iter().rev().find(|(_, reach)| *reach == Reach::Customer);
        if let Some(credit) = of_customer.map(|word| by_word(&past, word)) {
            past.decide(conversion, credit);
        } else if reviewed.get(&conversion.name) == Some(&true) {
            past.deny(conversion, credit);
        } else {
            past.keep(conversion, by_rules);
        }
    }
    credits
}

impl Past {
    fn by_rules(&self, conversion: &Conversion, touches: &[Touch], people: &People) -> Option<Credit> {
        let (at, owner) = (conversion.at, conversion.owner);
        let speaks = |(whose, report, credit): &&(Owner, i64, Credit)| {
            let spent = self.spent.iter().any(|spent| spent.takes(credit.affiliate, *report, conversion));
            at <= report + WINDOW && (*whose == owner || people.share_an_address(*whose, owner)) && !spent
        };
        let by_lead = || self.leads.iter().rev().find(speaks).map(|(_, _, credit)| credit.affiliate);
        let bound = self.bound.get(&owner).map(|(credit, name)| Credit { by: By::Bound(*name), ..*credit });
        let fresh = |affiliate: usize| Credit { affiliate, plan_at: at, by: By::Evidence };
        bound.or_else(|| latest(touches, conversion, &self.spent).or_else(by_lead).map(fresh))
    }

    /// The customer keeps the plan that they came with.
    fn by_word(&self, conversion: &Conversion, affiliate: usize) -> Credit {
        let plan_at = self.bound.get(&conversion.owner).map_or(conversion.at, |(credit, _)| credit.plan_at);
        Credit { affiliate, plan_at, by: By::Word }
    }

    fn keep(&mut self, conversion: &Conversion, credit: Option<Credit>) {
        let Some(credit) = credit else { return };
        if conversion.is_lead() {
            self.leads.push((conversion.owner, conversion.at, credit));
        } else {
            self.bound.entry(conversion.owner).or_insert((credit, conversion.name));
        }
    }

    fn decide(&mut self, conversion: &Conversion, credit: Option<Credit>) {
        if let Some(credit) = credit {
            self.keep(conversion, Some(credit));
            self.bound.insert(conversion.owner, (credit, conversion.name));
        } else {
            self.bound.remove(&conversion.owner);
            self.spend(conversion, None);
        }
    }

    /// What bound the buyer before stays.
    fn deny(&mut self, conversion: &Conversion, credit: Option<Credit>) {
        if let Some(credit) = credit.filter(|credit| !matches!(credit.by, By::Bound(_))) {
            self.spend(conversion, Some(credit.affiliate));
        }
    }

    fn spend(&mut self, conversion: &Conversion, affiliate: Option<usize>) {
        let (owner, until, subscription) = (conversion.owner, conversion.at, conversion.subscription);
        self.spent.push(Spent { owner, affiliate, until, subscription });
    }
}

/// What waits for a person's look: a buyer with the affiliate's own address, the first sale of a buyer whose address
/// another one bought under before, the first paid lead of one whose address another one came with before, and what new
/// evidence credits to an affiliate to whom the buyer was denied.
pub(crate) fn flagged(
    reported: &[Event],
    people: &People,
    credits: &BTreeMap<Name, Option<Credit>>,
    reviewed: &Reviewed,
    versions: &[Version],
) -> BTreeSet<Name> {
    let conversions = conversions(reported, people);
    // In the order of their first sale, of their first lead, and of whichever was first.
    let (mut bought, mut led, mut came): (Vec<Owner>, Vec<Owner>, Vec<Owner>) = Default::default();
    let mut denied: BTreeSet<(Owner, usize)> = BTreeSet::new();
    let mut flagged = BTreeSet::new();
    for conversion in in_time(&conversions) {
        let owner = conversion.owner;
        let of_another = |before: &[Owner]| {
            let first = |email: u8| before.iter().find(|other| people.has(**other, email));
            (0..EMAILS).any(|email| people.has(owner, email) && first(email).is_some_and(|first| *first != owner))
        };
        let mut again = false;
        if conversion.is_lead() && !led.contains(&owner) {
            again = of_another(&came);
            led.push(owner);
            came.push(owner);
        } else if !conversion.is_lead() && conversion.cents > 0 && !bought.contains(&owner) {
            again = of_another(&bought);
            bought.push(owner);
            came.push(owner);
        }
        let Some(credit) = credits[&conversion.name] else { continue };
        let again = again && (!conversion.is_lead() || pays_leads(versions, credit));
        let own = credit.affiliate == 0 && people.has(owner, OF_AN_AFFILIATE);
        let after_denial = credit.by == By::Evidence && denied.contains(&(owner, credit.affiliate));
        if again || own || after_denial {
            flagged.insert(conversion.name);
        }
        if reviewed.get(&conversion.name) == Some(&true) {
            denied.insert((owner, credit.affiliate));
        }
    }
    flagged
}

/// What waits for a person: flagged conversions that nobody looked at, and what hangs on such a sale.
pub(crate) fn waiting(
    credits: &BTreeMap<Name, Option<Credit>>,
    flagged: &BTreeSet<Name>,
    reviewed: &Reviewed,
) -> BTreeSet<Name> {
    let own = |name: Name| flagged.contains(&name) && !reviewed.contains_key(&name);
    let hangs = |(name, credit): (&Name, &Option<Credit>)| {
        let root = credit.and_then(|credit| if let By::Bound(root) = credit.by { Some(root) } else { None });
        let held = root.is_some_and(|root| matches!(root, Name::Sale(_)) && own(root));
        (own(*name) || (held && !reviewed.contains_key(name))).then_some(*name)
    };
    credits.iter().filter_map(hangs).collect()
}
