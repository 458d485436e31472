//! Generates stories of two years: two programs, three affiliates, ten customers, some of whom are one person or share
//! a mailbox.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::recruits::{Recruits, recruits};

pub(super) const DAYS: i64 = 730;
pub(super) const PROGRAMS: u8 = 2;
pub(super) const AFFILIATES: u8 = 3;
pub(super) const CUSTOMERS: u8 = 10;
const SUBSCRIPTIONS: u8 = 3;

/// How a program binds customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Plan,
    Affiliate,
    None,
}

/// What a program pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pay {
    /// A share of each payment, for twelve months.
    Share(u32),
    /// All sales at the rate of the tier that their number reaches: 10%, from the third sale 20%.
    Tiers,
    /// 50%, at most 60.00 per customer.
    Capped,
    /// 2.00 for a lead, 10.00 for the first sale.
    Bounties,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Version {
    pub(super) from: i64,
    pub(super) affiliate: Option<u8>,
    pub(super) pay: Pay,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Coupon,
    Click { days: i64 },
    Slug,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Evidence {
    pub(super) program: u8,
    pub(super) affiliate: u8,
    pub(super) kind: Kind,
}

/// What is reported about a customer. A report's index in the story is its name.
#[derive(Debug, Clone, Copy)]
pub(super) enum What {
    /// A sale in cents, possibly of one of the customer's subscriptions.
    Sale {
        cents: i64,
        subscription: Option<u8>,
    },
    /// A sign-up, or the trial of a subscription.
    Lead {
        trial: Option<u8>,
    },
    /// A checkout of a subscription, which reports neither sale nor lead.
    Checkout {
        subscription: u8,
    },
    /// An event about the customer that names no purchase, such as a change of their data at the gateway.
    Update,
    Import {
        program: u8,
        affiliate: u8,
    },
}

#[derive(Debug, Clone)]
pub(super) struct Report {
    pub(super) day: i64,
    pub(super) customer: u8,
    pub(super) what: What,
    pub(super) evidence: Option<Evidence>,
}

/// People's decisions, in their order.
#[derive(Debug, Clone, Copy)]
pub(super) enum Word {
    Review { of: usize, deny: bool },
    Credit { of: usize, to: Option<(u8, u8)>, customer: bool },
}

#[derive(Debug, Clone)]
pub(super) struct Story {
    pub(super) modes: [Mode; PROGRAMS as usize],
    pub(super) first_touch: bool,
    pub(super) versions: [Vec<Version>; PROGRAMS as usize],
    pub(super) reports: Vec<Report>,
    /// The report's index and the refunded cents.
    pub(super) refunds: Vec<(usize, i64)>,
    pub(super) words: Vec<Word>,
    /// The customers who are one person at the end of the story.
    pub(super) people: People,
    /// The earlier assumptions about who is one person, because customers are joined and split again.
    pub(super) taken_for: Vec<People>,
    /// Customers who are erased, together with everyone who is the same person at that time.
    pub(super) erased: Vec<u8>,
    /// The mailbox of each customer, if known.
    pub(super) mailboxes: [Option<u8>; CUSTOMERS as usize],
    /// The days between which the last affiliate isn't approved.
    pub(super) banned: Option<(i64, i64)>,
    /// Who recruited whom, and what programs pay for it.
    pub(super) recruits: Recruits,
    /// The order in which everything arrives, and what happens with money after each arrival.
    pub(super) order: Vec<u32>,
    pub(super) money: Vec<Moves>,
}

/// By customer, the smallest number of the customers who are the same person.
pub(super) type People = [u8; CUSTOMERS as usize];

/// What happens with money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moves {
    Nothing,
    /// Everything that is payable is paid.
    Paid,
    /// Everything that was paid is returned, as a result file or a person reports.
    ComesBack,
    /// Half of what was paid is returned, as by a reversed Stripe transfer.
    HalfComesBack,
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![3 => Just(Mode::Plan), 1 => Just(Mode::Affiliate), 1 => Just(Mode::None)]
}

fn pay() -> impl Strategy<Value = Pay> {
    prop_oneof![
        (1_u32..5).prop_map(|tens| Pay::Share(tens * 100_000)),
        Just(Pay::Tiers),
        Just(Pay::Capped),
        Just(Pay::Bounties)
    ]
}

fn versions() -> impl Strategy<Value = Vec<Version>> {
    let later = (1..DAYS, prop::option::weighted(0.4, 0..AFFILIATES), pay());
    (pay(), prop::collection::vec(later, 0..3)).prop_map(|(pay, later)| {
        let mut all = vec![Version { from: -1, affiliate: None, pay }];
        all.extend(later.into_iter().map(|(from, affiliate, pay)| Version { from, affiliate, pay }));
        all
    })
}

fn evidence() -> impl Strategy<Value = Evidence> {
    let kind = prop_oneof![
        1 => Just(Kind::Coupon),
        3 => (0_i64..80).prop_map(|days| Kind::Click { days }),
        1 => Just(Kind::Slug),
    ];
    (0..PROGRAMS, 0..AFFILIATES, kind).prop_map(|(program, affiliate, kind)| Evidence { program, affiliate, kind })
}

fn report() -> impl Strategy<Value = Report> {
    let cents = prop_oneof![Just(0_i64), Just(1), Just(9_999), 1_i64..20_000];
    let what = prop_oneof![
        8 => (cents, prop::option::weighted(0.5, 0..SUBSCRIPTIONS))
            .prop_map(|(cents, subscription)| What::Sale { cents, subscription }),
        2 => prop::option::weighted(0.5, 0..SUBSCRIPTIONS).prop_map(|trial| What::Lead { trial }),
        2 => (0..SUBSCRIPTIONS).prop_map(|subscription| What::Checkout { subscription }),
        2 => Just(What::Update),
        1 => (0..PROGRAMS, 0..AFFILIATES).prop_map(|(program, affiliate)| What::Import { program, affiliate }),
    ];
    // Few customers in most stories, so that each has several events.
    let customer = prop_oneof![3 => 0_u8..3, 1 => 0..CUSTOMERS];
    (0..DAYS, customer, what, prop::option::weighted(0.6, evidence())).prop_map(|(day, customer, what, evidence)| {
        let evidence = evidence.filter(|_| !matches!(what, What::Import { .. }));
        Report { day, customer, what, evidence }
    })
}

fn word() -> impl Strategy<Value = Word> {
    let to = prop::option::weighted(0.6, (0..PROGRAMS, 0..AFFILIATES));
    prop_oneof![
        2 => (0_usize..24, any::<bool>()).prop_map(|(of, deny)| Word::Review { of, deny }),
        1 => (0_usize..24, to, any::<bool>()).prop_map(|(of, to, customer)| Word::Credit { of, to, customer }),
    ]
}

/// Groups customers into people; only these pairs are the same person.
fn people(pairs: &[(u8, u8)]) -> People {
    let mut people: People = std::array::from_fn(|number| u8::try_from(number).unwrap());
    for (a, b) in pairs {
        let (a, b) = (people[usize::from(*a)], people[usize::from(*b)]);
        people.iter_mut().filter(|person| **person == a.max(b)).for_each(|person| *person = a.min(b));
    }
    people
}

fn moves() -> impl Strategy<Value = Moves> {
    prop_oneof![
        16 => Just(Moves::Nothing),
        4 => Just(Moves::Paid),
        1 => Just(Moves::ComesBack),
        1 => Just(Moves::HalfComesBack),
    ]
}

pub(super) fn story() -> impl Strategy<Value = Story> {
    let programs = ((mode(), mode()), any::<bool>(), (versions(), versions()), recruits());
    let report = (
        prop::collection::vec(report(), 1..16),
        prop::collection::vec((0_usize..16, 1_i64..20_000), 0..4),
        prop::collection::vec(word(), 0..5),
    );
    let pairs = || prop::collection::vec((0..CUSTOMERS, 0..CUSTOMERS), 0..3);
    let who = (
        pairs(),
        prop::collection::vec(pairs(), 0..3),
        prop::collection::vec(0..CUSTOMERS, 0..2),
        prop::array::uniform10(prop::option::weighted(0.5, 0_u8..4)),
        prop::option::weighted(0.3, (0..DAYS, 1_i64..200)),
    );
    let arrival = (prop::collection::vec(any::<u32>(), 40), prop::collection::vec(moves(), 40));
    (programs, report, who, arrival).prop_map(
        |((modes, first_touch, versions, recruits), report, who, (order, money))| {
            let ((reports, refunds, words), (one, taken_for, erased, mailboxes, banned)) = (report, who);
            let count = reports.len();
            Story {
                modes: [modes.0, modes.1],
                first_touch,
                versions: [versions.0, versions.1],
                reports,
                refunds: refunds.into_iter().filter(|(of, _)| *of < count).collect(),
                words: words.into_iter().filter(|word| word.of() < count).collect(),
                people: people(&one),
                taken_for: taken_for.iter().map(|pairs| people(pairs)).collect(),
                erased,
                mailboxes,
                banned: banned.map(|(from, days)| (from, from + days)),
                recruits,
                order,
                money,
            }
        },
    )
}

impl Word {
    pub(super) const fn of(self) -> usize {
        match self {
            Self::Review { of, .. } | Self::Credit { of, .. } => of,
        }
    }
}

/// The subscription that a report is about: its customer and its number.
pub(super) fn subscription(story: &Story, place: usize) -> Option<(u8, u8)> {
    let report = &story.reports[place];
    match report.what {
        What::Sale { subscription, .. } => subscription.map(|number| (report.customer, number)),
        What::Checkout { subscription } => Some((report.customer, subscription)),
        What::Lead { trial } => trial.map(|number| (report.customer, number)),
        What::Import { .. } | What::Update => None,
    }
}

fn mailboxes(story: &Story, person: u8) -> BTreeSet<u8> {
    let of_person = (0..story.people.len()).filter(|customer| story.people[*customer] == person);
    of_person.filter_map(|customer| story.mailboxes[customer]).collect()
}

/// Whether two people share a mailbox.
pub(super) fn are_kin(story: &Story, one: u8, other: u8) -> bool {
    !mailboxes(story, one).is_disjoint(&mailboxes(story, other))
}

impl Story {
    /// A report's time in seconds; no two reports have the same.
    pub(super) fn at(&self, place: usize) -> i64 {
        self.reports[place].day * 86_400 + i64::try_from(place).unwrap() * 600
    }

    pub(super) fn person(&self, place: usize) -> u8 {
        self.people[usize::from(self.reports[place].customer)]
    }

    pub(super) const fn is_approved(&self, affiliate: u8, at: i64) -> bool {
        match self.banned {
            Some((from, to)) if affiliate == AFFILIATES - 1 => at < from * 86_400 || to * 86_400 <= at,
            _ => true,
        }
    }
}
