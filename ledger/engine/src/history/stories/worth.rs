//! The expected flags and earnings, from `docs/guide/attribution.md` and `docs/guide/commissions.md`.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    ideal::{By, Credit, in_time, is_sale, review},
    make::{Pay, Story, What},
    recruits::months_after,
};

/// The start of a story's first day, in seconds since 1970.
pub(super) const START: i64 = 1_700_000_000;

fn cents(story: &Story, place: usize) -> i64 {
    match story.reports[place].what {
        What::Sale { cents, .. } => cents,
        _ => 0,
    }
}

/// The index of the plan version in force: the affiliate's own, else the program's.
pub(super) fn version(story: &Story, credit: &Credit) -> usize {
    let all = &story.versions[usize::from(credit.program)];
    let latest = |scope: Option<u8>| {
        let in_force = all.iter().enumerate().filter(|(_, version)| version.affiliate == scope);
        let in_force = in_force.filter(|(_, version)| version.from * 86_400 <= credit.plan_at);
        in_force.max_by_key(|(place, version)| (version.from, *place)).map(|(place, _)| place)
    };
    latest(Some(credit.affiliate)).or_else(|| latest(None)).unwrap()
}

fn pay(story: &Story, credit: &Credit) -> Pay {
    story.versions[usize::from(credit.program)][version(story, credit)].pay
}

/// Flags the first sale or paid lead of a customer with a mailbox that another customer used before, and conversions
/// that new evidence credits to an affiliate to whom the customer was denied.
pub(super) fn flagged(
    story: &Story,
    credits: &BTreeMap<usize, Credit>,
    brought: &BTreeMap<u8, i64>,
) -> BTreeSet<usize> {
    let (buyers, leads) = repeaters(story);
    let mut denied = BTreeSet::new();
    let mut flagged = BTreeSet::new();
    for Sold { place, credit, first, .. } in sold(story, credits, brought) {
        let person = story.person(place);
        let again = if is_sale(story, place) {
            buyers.contains(&person)
        } else {
            leads.contains(&person) && pay(story, &credit) == Pay::Bounties
        };
        let whose = (person, credit.program, credit.affiliate);
        let anew = matches!(credit.by, By::Evidence | By::Lead);
        if (first && again) || (anew && denied.contains(&whose)) {
            flagged.insert(place);
        }
        if review(story, place) == Some(true) {
            denied.insert(whose);
        }
    }
    flagged
}

/// Customers with a mailbox that another customer bought with, or came with, before their first sale, or lead.
fn repeaters(story: &Story) -> (BTreeSet<u8>, BTreeSet<u8>) {
    let mailboxes = |person: u8| {
        let own = (0..story.people.len()).filter(move |customer| story.people[*customer] == person);
        own.filter_map(|customer| story.mailboxes[customer]).collect::<BTreeSet<_>>()
    };
    let (mut bought, mut led, mut came): (Vec<u8>, Vec<u8>, Vec<u8>) = Default::default();
    let (mut buyers, mut leads) = (BTreeSet::new(), BTreeSet::new());
    for place in in_time(story) {
        let person = story.person(place);
        let of_another = |before: &[u8]| {
            let first = |mailbox: &u8| before.iter().find(|other| mailboxes(**other).contains(mailbox));
            mailboxes(person).iter().any(|mailbox| first(mailbox).is_some_and(|first| *first != person))
        };
        if !is_sale(story, place) && !led.contains(&person) {
            leads.extend(of_another(&came).then_some(person));
            led.push(person);
            came.push(person);
        } else if cents(story, place) > 0 && !bought.contains(&person) {
            buyers.extend(of_another(&bought).then_some(person));
            bought.push(person);
            came.push(person);
        }
    }
    (buyers, leads)
}

struct Sold {
    place: usize,
    credit: Credit,
    kept: i64,
    first: bool,
}

/// The remaining cents of what each component earns, counting the sales for which `counts` returns true.
pub(super) fn worth(
    story: &Story,
    credits: &BTreeMap<usize, Credit>,
    brought: &BTreeMap<u8, i64>,
    counts: &dyn Fn(usize) -> bool,
) -> BTreeMap<(usize, u8), i64> {
    let all = sold(story, credits, brought);
    let counted: Vec<&Sold> = all.iter().filter(|sold| counts(sold.place)).collect();
    let mut used: BTreeMap<(u8, u8, usize), i64> = BTreeMap::new();
    let mut worth = BTreeMap::new();
    for sold in &counted {
        let amount = cents(story, sold.place);
        let mut earn = |component: u8, earned: i64| {
            let left = if amount > 0 { rounded(earned * sold.kept, amount) } else { earned };
            if earned > 0 {
                worth.insert((sold.place, component), left);
            }
        };
        let share = |ppm: i64| rounded(amount * ppm, 1_000_000);
        match pay(story, &sold.credit) {
            Pay::Bounties if !is_sale(story, sold.place) => earn(0, if sold.first { 200 } else { 0 }),
            _ if amount == 0 => {}
            Pay::Bounties => earn(1, if sold.first { 1_000 } else { 0 }),
            Pay::Share(ppm) if story.at(sold.place) < months_after(sold.credit.bound_at, 12) => {
                earn(0, share(i64::from(ppm)))
            }
            Pay::Share(_) => {}
            Pay::Tiers => {
                let whose = (sold.credit.program, sold.credit.affiliate);
                let of_affiliate =
                    |other: &&&Sold| (other.credit.program, other.credit.affiliate) == whose && other.kept > 0;
                let reached = counted.iter().filter(of_affiliate).count();
                earn(0, share(if reached >= 3 { 200_000 } else { 100_000 }));
            }
            Pay::Capped => {
                let of_customer = (story.person(sold.place), sold.credit.program, version(story, &sold.credit));
                let used = used.entry(of_customer).or_default();
                let earned = share(500_000).min(6_000 - *used);
                *used += earned;
                earn(0, earned);
            }
        }
    }
    worth
}

/// Everything credited, in chronological order.
fn sold(story: &Story, credits: &BTreeMap<usize, Credit>, brought: &BTreeMap<u8, i64>) -> Vec<Sold> {
    let mut counts: BTreeMap<(u8, bool, Option<u8>), u32> = BTreeMap::new();
    let mut sold = Vec::new();
    for place in in_time(story) {
        let (person, sale) = (story.person(place), is_sale(story, place));
        if sale && cents(story, place) == 0 {
            sold.extend(credits.get(&place).map(|credit| Sold { place, credit: *credit, kept: 0, first: false }));
            continue;
        }
        let Some(credit) = credits.get(&place) else {
            *counts.entry((person, sale, None)).or_default() += 1;
            continue;
        };
        let organic = counts.get(&(person, sale, None)).copied().unwrap_or_default();
        let of_program = counts.entry((person, sale, Some(credit.program))).or_default();
        *of_program += 1;
        let elsewhere = sale && brought.get(&person).is_some_and(|since| *since <= story.at(place));
        let refunded: i64 = story.refunds.iter().filter(|(of, _)| *of == place).map(|(_, cents)| *cents).sum();
        let kept = (cents(story, place) - refunded).max(0);
        sold.push(Sold { place, credit: *credit, kept, first: *of_program + organic == 1 && !elsewhere });
    }
    sold
}

/// Rounds half a cent up.
pub(super) fn rounded(numerator: i64, denominator: i64) -> i64 {
    (numerator * 2 + denominator) / (denominator * 2)
}
