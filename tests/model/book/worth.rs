//! What is earned, from `docs/guide/commissions.md`: the components of a plan on what was reported. Plain arithmetic over
//! everything known; nothing is remembered.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    back::given_back,
    credit::{Credit, in_time},
    facts::{Conversion, Currency, DAY, Event, Name, Owner, People, conversions},
};

/// Half a unit goes up.
pub(crate) fn rounded(numerator: i128, denominator: i128) -> i64 {
    i64::try_from((numerator * 2 + denominator) / (denominator * 2)).unwrap()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Component {
    Share {
        ppm: u32,
        renewals_only: bool,
        cap: Option<Cap>,
    },
    /// US cents for each sale, or for the buyer's first one only.
    Flat {
        cents: i64,
        once: bool,
    },
    FirstConversion {
        cents: i64,
    },
    PerLead {
        cents: i64,
    },
    /// Over all times; revenue in USD.
    Tiers {
        by: By,
        steps: &'static [(i64, u32)],
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// Every sale at the step that all of them reach.
    AllSales,
    /// Each sale at its own step.
    EachSale,
    /// Each part of a sale at its own step.
    Revenue,
}

/// In US cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cap {
    pub(crate) per_sale: i64,
    pub(crate) per_customer: i64,
}

const fn share(ppm: u32) -> Component {
    Component::Share { ppm, renewals_only: false, cap: None }
}

/// The first component pays in the sale's currency, the second one in USD.
pub(crate) const PLANS: [&[Component]; 10] = [
    &[share(200_000)],
    &[share(333_333)],
    &[Component::Share { ppm: 50_000, renewals_only: true, cap: None }, Component::Flat { cents: 25_000, once: true }],
    &[share(180_000), Component::FirstConversion { cents: 1_500 }],
    &[share(100_000), Component::PerLead { cents: 200 }],
    &[share(1_000_000)],
    &[Component::Tiers { by: By::AllSales, steps: &[(1, 100_000), (3, 200_000), (5, 300_000)] }],
    &[
        Component::Tiers { by: By::EachSale, steps: &[(1, 100_000), (2, 150_000), (4, 250_000)] },
        Component::Flat { cents: 101, once: false },
    ],
    &[Component::Share { ppm: 250_000, renewals_only: false, cap: Some(Cap { per_sale: 2_000, per_customer: 5_000 }) }],
    &[Component::Tiers { by: By::Revenue, steps: &[(0, 100_000), (10_000, 150_000), (20_000, 200_000)] }],
];

/// A plan from a moment on, for all or for one affiliate; `None` ends an affiliate's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) from: i64,
    pub(crate) affiliate: Option<usize>,
    pub(crate) plan: Option<usize>,
    pub(crate) hold_days: i64,
}

/// The affiliate's own version, else everybody's: of each the latest that has come. Answers its place.
pub(crate) fn in_force(versions: &[Version], credit: Credit) -> usize {
    let latest = |scope: Option<usize>| {
        let come = versions.iter().enumerate().rev();
        let mut come = come.filter(|(_, version)| version.affiliate == scope && version.from <= credit.plan_at);
        come.next().filter(|(_, version)| version.plan.is_some()).map(|(place, _)| place)
    };
    latest(Some(credit.affiliate)).or_else(|| latest(None)).unwrap()
}

/// Whether the plan of a credit pays for leads.
pub(crate) fn pays_leads(versions: &[Version], credit: Credit) -> bool {
    let plan = versions[in_force(versions, credit)].plan.unwrap();
    PLANS[plan].iter().any(|component| matches!(component, Component::PerLead { .. }))
}

/// What a component earns somebody on something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Earned {
    pub(crate) currency: Currency,
    /// Before anything was given back.
    pub(crate) whole: i64,
    pub(crate) left: i64,
    /// When the hold ends.
    pub(crate) due: i64,
}

pub(crate) type Key = (Name, usize, u8);

/// A credited sale or lead, with what its price may depend on.
struct Priced<'a> {
    conversion: &'a Conversion,
    credit: Credit,
    version: usize,
    back: i64,
    /// The buyer's first sale of more than nothing, or first lead.
    first: bool,
    renewal: bool,
}

/// Everything that is earned, by conversion, affiliate and component. What waits for a person, or was denied, raises no
/// tier and uses up no cap; its own price is as if it counted.
pub(crate) fn earned(
    reported: &[Event],
    people: &People,
    credits: &BTreeMap<Name, Option<Credit>>,
    versions: &[Version],
    uncounted: &BTreeSet<Name>,
) -> BTreeMap<Key, Earned> {
    let counted = earned_among(reported, people, credits, versions, |name| !uncounted.contains(&name));
    let all = earned_among(reported, people, credits, versions, |_| true).into_iter();
    counted.into_iter().chain(all.filter(|((name, ..), _)| uncounted.contains(name))).collect()
}

fn earned_among(
    reported: &[Event],
    people: &People,
    credits: &BTreeMap<Name, Option<Credit>>,
    versions: &[Version],
    counts: impl Fn(Name) -> bool,
) -> BTreeMap<Key, Earned> {
    let conversions = conversions(reported, people);
    let mut seen = Vec::new();
    let mut priced = Vec::new();
    for conversion in in_time(&conversions) {
        let (first, renewal) = place(conversion, &mut seen);
        let Some(credit) = credits[&conversion.name].filter(|_| counts(conversion.name)) else { continue };
        let version = in_force(versions, credit);
        priced.push(Priced { conversion, credit, version, back: given_back(conversion, reported), first, renewal });
    }
    let mut earned = BTreeMap::new();
    let mut used: BTreeMap<(Owner, usize, u8), i64> = BTreeMap::new();
    for one in &priced {
        let version = &versions[one.version];
        for (place, component) in (0_u8..).zip(PLANS[version.plan.unwrap()]) {
            let Some((currency, mut whole)) = pays(component, one, &priced) else { continue };
            if let Component::Share { cap: Some(cap), .. } = component
                && currency == Currency::Usd
            {
                let used = used.entry((one.conversion.owner, one.version, place)).or_default();
                whole = whole.min(cap.per_sale).min(cap.per_customer - *used);
                *used += whole;
            }
            if whole > 0 {
                let kept = one.conversion.cents - one.back;
                let left = match one.conversion.cents {
                    0 => whole,
                    cents => rounded(i128::from(whole) * i128::from(kept), i128::from(cents)),
                };
                let due = one.conversion.at + version.hold_days * DAY;
                earned
                    .insert((one.conversion.name, one.credit.affiliate, place), Earned { currency, whole, left, due });
            }
        }
    }
    earned
}

/// Whether it is the buyer's first sale (or lead), and whether it is a renewal: not the first payment of its
/// subscription, or without one not the buyer's first sale. What cost nothing is no sale. `seen` came before.
fn place<'a>(conversion: &'a Conversion, seen: &mut Vec<&'a Conversion>) -> (bool, bool) {
    if !conversion.is_lead() && conversion.cents == 0 {
        return (false, false);
    }
    let alike = |other: &&Conversion| other.owner == conversion.owner && other.is_lead() == conversion.is_lead();
    let subscription = conversion.subscription;
    let first = !seen.iter().any(alike);
    let renewal =
        seen.iter().any(|other| alike(other) && (subscription.is_none() || other.subscription == subscription));
    seen.push(conversion);
    (first, renewal)
}

/// Before caps and refunds.
fn pays(component: &Component, one: &Priced<'_>, all: &[Priced<'_>]) -> Option<(Currency, i64)> {
    let (conversion, usd) = (one.conversion, |cents: i64| Some((Currency::Usd, cents)));
    let share = |ppm: u32| (conversion.currency, rounded(i128::from(conversion.cents) * i128::from(ppm), 1_000_000));
    if conversion.is_lead() {
        return match component {
            Component::PerLead { cents } if one.first => usd(*cents),
            _ => None,
        };
    }
    if conversion.cents == 0 {
        return None;
    }
    match *component {
        Component::Share { ppm, renewals_only, .. } => (!renewals_only || one.renewal).then(|| share(ppm)),
        Component::Flat { cents, once } => (!once || one.first).then_some((Currency::Usd, cents)),
        Component::FirstConversion { cents } => one.first.then_some((Currency::Usd, cents)),
        Component::PerLead { .. } => None,
        Component::Tiers { by, steps } => Some(tiers(by, steps, one, all, share)),
    }
}

/// The affiliate's other sales count, whatever plan they are under: those that weren't given back in full, revenue with
/// what was kept.
fn tiers(
    by: By,
    steps: &[(i64, u32)],
    one: &Priced<'_>,
    all: &[Priced<'_>],
    share: impl Fn(u32) -> (Currency, i64),
) -> (Currency, i64) {
    let kept = |other: &Priced<'_>| other.conversion.cents - other.back;
    let theirs = || all.iter().filter(|other| other.credit.affiliate == one.credit.affiliate && kept(other) > 0);
    let order = |other: &Priced<'_>| (other.conversion.at, other.conversion.name);
    let before = || theirs().filter(|other| order(other) < order(one));
    let reached = |count: i64| steps.iter().rev().find(|(from, _)| *from <= count).unwrap_or(&steps[0]).1;
    let count = |number: usize| i64::try_from(number).unwrap();
    match by {
        By::AllSales => share(reached(count(theirs().count()))),
        By::EachSale => share(reached(count(before().count()) + 1)),
        By::Revenue if one.conversion.currency != Currency::Usd => share(steps[0].1),
        By::Revenue => {
            let start: i64 = before().filter(|other| other.conversion.currency == Currency::Usd).map(kept).sum();
            let end = start + one.conversion.cents;
            let mut sum = 0;
            for (index, (from, ppm)) in steps.iter().enumerate() {
                let to = steps.get(index + 1).map_or(end, |next| next.0.min(end));
                sum += i128::from((to - start.max(*from)).max(0)) * i128::from(*ppm);
            }
            (Currency::Usd, rounded(sum, 1_000_000))
        }
    }
}
