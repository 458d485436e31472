//! A model of the expected result of each story, written from `docs/guide/attribution.md` and
//! `docs/guide/commissions.md`. It uses none of the ledger's code.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    make::{Evidence, Kind, Mode, Story, What, Word, are_kin, subscription},
    worth::{flagged, worth},
};

const DAY: i64 = 86_400;
const WINDOW: i64 = 60 * DAY;
const SKEW: i64 = 600;

/// Who is credited with a report, and on what terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Credit {
    pub(super) program: u8,
    pub(super) affiliate: u8,
    pub(super) bound_at: i64,
    pub(super) plan_at: i64,
    pub(super) by: By,
    /// The sale through which the customer came.
    pub(super) root: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Word,
    Binding,
    Evidence,
    Lead,
}

#[derive(Debug, Clone, Copy)]
struct Bound {
    credit: Credit,
    by: Option<usize>,
    by_word: bool,
}

/// What a decision about this sale or lead used up: an affiliate's evidence, or everyone's.
struct Spent {
    of: usize,
    person: u8,
    whose: Option<(u8, u8)>,
}

/// A piece of evidence with the report that contained it.
#[derive(Debug, Clone, Copy)]
struct Touch {
    evidence: Evidence,
    from: i64,
    place: usize,
}

#[derive(Default)]
struct Past {
    /// By person, one for each program: the latest decision in front, then by date.
    bound: BTreeMap<u8, Vec<Bound>>,
    firsts: BTreeMap<(u8, u8), (usize, Credit)>,
    subscriptions: BTreeMap<(u8, (u8, u8)), u8>,
    leads: Vec<(u8, usize, Credit)>,
    spent: Vec<Spent>,
    /// Imports that were already applied, by person, and the person to whom each import's mailbox belongs.
    imported: BTreeSet<(u8, usize)>,
    addressed: BTreeMap<usize, u8>,
    brought: BTreeMap<u8, i64>,
}

/// The expected result of a story, by the report's index.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) credits: BTreeMap<usize, Credit>,
    pub(super) flagged: BTreeSet<usize>,
    pub(super) held: BTreeSet<usize>,
    /// Cents, by component.
    pub(super) worth: BTreeMap<(usize, u8), i64>,
}

pub(super) fn outcome(story: &Story) -> Outcome {
    let (credits, brought) = credits(story);
    let flagged = flagged(story, &credits, &brought);
    let own = |place: &usize| flagged.contains(place) && review(story, *place).is_none();
    let hangs = |place: &usize| credits[place].root.is_some_and(|root| is_sale(story, root) && own(&root));
    let held: BTreeSet<usize> = credits
        .keys()
        .filter(|place| own(place) || (hangs(place) && review(story, **place).is_none()))
        .copied()
        .collect();
    let counts = |place: usize| !held.contains(&place) && review(story, place) != Some(true);
    let all = worth(story, &credits, &brought, &|_| true);
    let mut worth = worth(story, &credits, &brought, &counts);
    worth.extend(all.into_iter().filter(|((place, _), _)| held.contains(place)));
    Outcome { credits, flagged, held, worth }
}

pub(super) fn is_sale(story: &Story, place: usize) -> bool {
    matches!(story.reports[place].what, What::Sale { .. })
}

fn is_lead(story: &Story, place: usize) -> bool {
    matches!(story.reports[place].what, What::Lead { .. })
}

/// Sales and leads in chronological order.
pub(super) fn in_time(story: &Story) -> Vec<usize> {
    let mut places: Vec<usize> =
        (0..story.reports.len()).filter(|place| is_sale(story, *place) || is_lead(story, *place)).collect();
    places.sort_by_key(|place| story.at(*place));
    places
}

/// The latest decision about a report: `Some(true)` if it denies.
pub(super) fn review(story: &Story, of: usize) -> Option<bool> {
    let of_this = story.words.iter().rev().find_map(|word| match word {
        Word::Review { of: other, deny } if *other == of => Some(*deny),
        _ => None,
    });
    of_this.filter(|_| is_sale(story, of) || is_lead(story, of))
}

/// What people decided about a report's credit, the latest first: to whom, and whether that is about the customer.
fn words(story: &Story, of: usize) -> impl Iterator<Item = (Option<(u8, u8)>, bool)> {
    story.words.iter().rev().filter_map(move |word| match word {
        Word::Credit { of: other, to, customer } if *other == of => Some((*to, *customer)),
        _ => None,
    })
}

fn touches(story: &Story, person: u8) -> Vec<Touch> {
    let of_person = (0..story.reports.len()).filter(|place| story.person(*place) == person);
    let touch = |place: usize| {
        let evidence = story.reports[place].evidence?;
        let from = match evidence.kind {
            Kind::Click { days } => story.at(place) - days * DAY - 60,
            Kind::Coupon | Kind::Slug => story.at(place),
        };
        Some(Touch { evidence, from, place })
    };
    of_person.filter_map(touch).collect()
}

const fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Coupon => 0,
        Kind::Click { .. } => 1,
        Kind::Slug => 2,
    }
}

/// Whether the touch was reported with the sale or lead itself, or with the checkout or trial of its subscription.
fn is_own(story: &Story, touch: &Touch, place: usize) -> bool {
    let is_checkout = matches!(story.reports[touch.place].what, What::Checkout { .. } | What::Lead { .. });
    let same =
        subscription(story, touch.place).is_some() && subscription(story, touch.place) == subscription(story, place);
    touch.place == place || (is_checkout && same)
}

/// Whether the touch was there at the time, as far as clocks agree. What came with another sale never reaches back.
fn came(story: &Story, touch: &Touch, place: usize) -> bool {
    let (at, reported) = (story.at(place), is_sale(story, touch.place) || is_lead(story, touch.place));
    let of_another = reported && !is_own(story, touch, place);
    let skew = if of_another { 0 } else { SKEW };
    touch.from <= at + skew && !(of_another && story.at(touch.place) > at)
}

fn credits(story: &Story) -> (BTreeMap<usize, Credit>, BTreeMap<u8, i64>) {
    let (mut credits, mut past) = (BTreeMap::new(), Past::default());
    for place in in_time(story) {
        let person = story.person(place);
        past.import(story, person, story.at(place));
        let by_rules = past.by_rules(story, place);
        let by_word = |past: &Past, to: Option<(u8, u8)>| to.map(|to| past.by_word(story, place, to));
        let credit = words(story, place).next().map_or(by_rules, |(to, _)| by_word(&past, to));
        credits.extend(credit.map(|credit| (place, credit)));
        // A decision about this report only doesn't change what was decided about its customer.
        let of_customer = words(story, place).find(|(_, is_of_customer)| *is_of_customer);
        match of_customer.map(|(to, _)| by_word(&past, to)) {
            Some(credit) => past.decide(story, place, credit),
            None if review(story, place) == Some(true) => past.deny(story, place, credit),
            None => past.keep(story, place, by_rules),
        }
    }
    (credits, past.brought)
}

impl Past {
    fn import(&mut self, story: &Story, person: u8, until: i64) {
        let mut rows: Vec<(bool, i64, usize, u8, u8)> = Vec::new();
        for (place, report) in story.reports.iter().enumerate() {
            let What::Import { program, affiliate } = report.what else { continue };
            let own = story.person(place) == person;
            if story.at(place) <= until && (own || are_kin(story, story.person(place), person)) {
                rows.push((!own, story.at(place), place, program, affiliate));
            }
        }
        rows.sort_unstable();
        for (is_kin, at, place, program, affiliate) in rows {
            let first = *self.addressed.entry(place).or_insert(person);
            if is_kin && first != person {
                continue;
            }
            let since = self.brought.entry(person).or_insert(at);
            *since = at.min(*since);
            if self.imported.insert((person, place)) {
                let credit = Credit { program, affiliate, bound_at: at, plan_at: at, by: By::Evidence, root: None };
                let bound = Bound { credit, by: None, by_word: false };
                self.bind(person, bound);
            }
        }
    }

    fn bound_in(&self, person: u8, program: u8) -> Option<&Bound> {
        self.bound.get(&person)?.iter().find(|bound| bound.credit.program == program)
    }

    fn bind(&mut self, person: u8, bound: Bound) {
        if self.bound_in(person, bound.credit.program).is_none() {
            self.bound.entry(person).or_default().push(bound);
        }
    }

    fn by_rules(&self, story: &Story, place: usize) -> Option<Credit> {
        self.binding(story, place).or_else(|| self.evidence(story, place)).or_else(|| self.lead(story, place))
    }

    fn binding(&self, story: &Story, place: usize) -> Option<Credit> {
        let (person, at) = (story.person(place), story.at(place));
        let all = touches(story, person);
        let mode = |bound: &Bound| story.modes[usize::from(bound.credit.program)];
        let binds = |bound: &Bound| bound.by_word || mode(bound) != Mode::None;
        let own = |touch: &&Touch| {
            let was_there = touch.place == place || came(story, touch, place);
            let is_bound = self.bound_in(person, touch.evidence.program).is_some_and(binds);
            is_own(story, touch, place) && was_there && (is_bound || self.fits(story, touch, place))
        };
        let first = all.iter().filter(own).min_by_key(|touch| (rank(touch.evidence.kind), touch.place));
        let of_subscription = || self.subscriptions.get(&(person, subscription(story, place)?)).copied();
        let bound = match first.map(|touch| touch.evidence.program).or_else(of_subscription) {
            Some(program) => self.bound_in(person, program)?,
            None => self.bound.get(&person)?.iter().find(|bound| binds(bound))?,
        };
        let credit = bound.credit;
        if !story.is_approved(credit.affiliate, at) {
            return None;
        }
        let plan_at = match mode(bound) {
            Mode::Plan => credit.plan_at,
            Mode::Affiliate => at,
            Mode::None if bound.by_word => at,
            Mode::None => return None,
        };
        Some(Credit { plan_at, by: By::Binding, root: bound.by, ..credit })
    }

    /// Whether a touch counts for a sale or lead.
    fn fits(&self, story: &Story, touch: &Touch, place: usize) -> bool {
        let (at, affiliate) = (story.at(place), touch.evidence.affiliate);
        let about = touch.is_click() || touch.names_none(story) || is_own(story, touch, place);
        let approved = story.is_approved(affiliate, touch.from) && story.is_approved(affiliate, at);
        let spent = self.spent.iter().any(|spent| spent.takes_touch(story, touch, place));
        came(story, touch, place) && at <= touch.from + WINDOW && about && approved && !spent
    }

    fn evidence(&self, story: &Story, place: usize) -> Option<Credit> {
        let all = touches(story, story.person(place));
        let fitting: Vec<&Touch> = all.iter().filter(|touch| self.fits(story, touch, place)).collect();
        let best = |of: &dyn Fn(&Touch) -> bool| {
            let order = |touch: &&&Touch| {
                let first = story.first_touch && touch.is_click();
                (rank(touch.evidence.kind), if first { touch.from } else { -touch.from }, touch.place)
            };
            fitting.iter().filter(|touch| of(touch)).min_by_key(order).map(|touch| **touch)
        };
        let own = best(&|touch| is_own(story, touch, place)).map(|touch| touch.evidence.program);
        let won = best(&|touch| own.is_none_or(|program| program == touch.evidence.program))?;
        Some(self.fresh(story, place, (won.evidence.program, won.evidence.affiliate), By::Evidence))
    }

    fn lead(&self, story: &Story, place: usize) -> Option<Credit> {
        let (person, at) = (story.person(place), story.at(place));
        let speaks = |(whose, lead, credit): &&(u8, usize, Credit)| {
            let spent = self.spent.iter().any(|spent| spent.takes_lead(story, credit, *lead, person));
            (*whose == person || are_kin(story, *whose, person))
                && at <= story.at(*lead) + WINDOW
                && story.is_approved(credit.affiliate, at)
                && !spent
        };
        let mut speaking = self.leads.iter().filter(speaks);
        let found = if story.first_touch { speaking.next() } else { speaking.next_back() };
        let (_, lead, credit) = found?;
        Some(Credit { root: Some(*lead), ..self.fresh(story, place, (credit.program, credit.affiliate), By::Lead) })
    }

    /// A new credit: if nothing binds, months count from the customer's first sale in the program.
    fn fresh(&self, story: &Story, place: usize, (program, affiliate): (u8, u8), by: By) -> Credit {
        let at = story.at(place);
        let fresh = Credit { program, affiliate, bound_at: at, plan_at: at, by, root: None };
        match self.firsts.get(&(story.person(place), program)) {
            Some((first, credit)) if story.modes[usize::from(program)] == Mode::None => {
                let same = credit.affiliate == affiliate && is_sale(story, place);
                Credit { bound_at: credit.bound_at, root: same.then_some(*first), ..fresh }
            }
            _ => fresh,
        }
    }

    /// A credit by decision, which keeps the customer's months and plan.
    fn by_word(&self, story: &Story, place: usize, to: (u8, u8)) -> Credit {
        let fresh = self.fresh(story, place, to, By::Word);
        let mode = story.modes[usize::from(to.0)];
        match self.bound_in(story.person(place), to.0) {
            Some(bound) if mode != Mode::None => Credit {
                bound_at: bound.credit.bound_at,
                plan_at: if mode == Mode::Plan { bound.credit.plan_at } else { fresh.plan_at },
                ..fresh
            },
            _ => fresh,
        }
    }

    fn keep(&mut self, story: &Story, place: usize, credit: Option<Credit>) {
        let Some(credit) = credit else { return };
        let person = story.person(place);
        if is_lead(story, place) {
            return self.leads.push((person, place, credit));
        }
        let bound = Bound { credit, by: Some(place), by_word: false };
        self.firsts.entry((person, credit.program)).or_insert((place, credit));
        self.bind(person, bound);
        if let Some(subscription) = subscription(story, place) {
            self.subscriptions.entry((person, subscription)).or_insert(credit.program);
        }
    }

    fn decide(&mut self, story: &Story, place: usize, credit: Option<Credit>) {
        let person = story.person(place);
        if let Some(credit) = credit {
            self.keep(story, place, Some(credit));
            let bound = Bound { credit, by: Some(place), by_word: true };
            let all = self.bound.entry(person).or_default();
            all.retain(|other| other.credit.program != credit.program);
            all.insert(0, bound);
        } else {
            self.bound.remove(&person);
            self.firsts.retain(|(whose, _), _| *whose != person);
            self.spend(story, place, None);
        }
    }

    fn deny(&mut self, story: &Story, place: usize, credit: Option<Credit>) {
        if let Some(credit) = credit.filter(|credit| credit.by != By::Binding) {
            self.spend(story, place, Some((credit.program, credit.affiliate)));
        }
    }

    fn spend(&mut self, story: &Story, of: usize, whose: Option<(u8, u8)>) {
        self.spent.push(Spent { of, person: story.person(of), whose });
    }
}

impl Touch {
    const fn is_click(&self) -> bool {
        matches!(self.evidence.kind, Kind::Click { .. })
    }

    fn names_none(&self, story: &Story) -> bool {
        matches!(story.reports[self.place].what, What::Update)
    }
}

impl Spent {
    fn is_of(&self, person: u8, whose: (u8, u8)) -> bool {
        self.person == person && self.whose.is_none_or(|spent| spent == whose)
    }

    fn takes_lead(&self, story: &Story, credit: &Credit, lead: usize, person: u8) -> bool {
        self.is_of(person, (credit.program, credit.affiliate)) && story.at(lead) <= story.at(self.of)
    }

    fn takes_touch(&self, story: &Story, touch: &Touch, place: usize) -> bool {
        self.is_of(story.person(place), (touch.evidence.program, touch.evidence.affiliate))
            && (self.had(story, touch) || (!touch.is_click() && self.is_repeated(story, touch, place)))
    }

    /// What was there, and every coupon or slug of the purchase that was decided about.
    fn had(&self, story: &Story, touch: &Touch) -> bool {
        let of_purchase = !touch.is_click() && is_own(story, touch, self.of);
        touch.from <= story.at(self.of) || came(story, touch, self.of) || of_purchase
    }

    /// A renewal repeats what its subscription came with; a report without a purchase repeats what was there.
    fn is_repeated(&self, story: &Story, touch: &Touch, place: usize) -> bool {
        let renewed = subscription(story, self.of).is_some_and(|of| subscription(story, place) == Some(of));
        let known = |other: &Touch| other.evidence == touch.evidence && self.had(story, other);
        let again = || touch.names_none(story) && touches(story, self.person).iter().any(known);
        (renewed && is_own(story, touch, place)) || again()
    }
}
