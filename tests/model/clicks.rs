//! Goal: whatever visitors click, in whatever order, how often and how late it is sent, and whenever the ledger recounts: a
//! day's clicks earn what a page of plain arithmetic says, to the cent, within the program's limits.
//! Method: random clicks of a few visitors on two partners' links over three days, sent shuffled, split and repeated, with
//! recounts between; the commissions by API against the ideal ones.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{prelude::*, test_runner::Config};
use serde_json::{Value, json};
use shared::event::ClickClass;
use world::{
    World,
    brand::Partner,
    random_cases,
    visits::{Paying, classed, noon},
};

const CASES: u32 = 12;
const PARTNERS: usize = 2;
const ANYONE: i64 = 10;
const GERMANS: i64 = 7;

/// A click. Its order is the one in which visitors are paid for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Clicked {
    day: i64,
    minute: i64,
    partner: usize,
    country: Option<&'static str>,
    visitor: Option<u8>,
    machine: bool,
}

#[derive(Debug, Clone, Copy)]
struct Limits {
    visitors: i64,
    budget: Option<i64>,
}

/// By partner, day and component.
type Book = BTreeMap<(usize, i64, i64), i64>;

fn clicked() -> impl Strategy<Value = Clicked> {
    let country = prop_oneof![Just(None), Just(Some("DE")), Just(Some("US"))];
    let visitor = prop::option::weighted(0.9, 0_u8..8);
    (0_i64..3, 0_i64..600, 0..PARTNERS, country, visitor, prop::bool::weighted(0.1)).prop_map(
        |(day, minute, partner, country, visitor, machine)| Clicked { day, minute, partner, country, visitor, machine },
    )
}

fn limits() -> impl Strategy<Value = Limits> {
    (1_i64..9, prop::option::of(1_i64..150)).prop_map(|(visitors, budget)| Limits { visitors, budget })
}

/// What the clicks are worth. A visitor is paid for at their first click of a day, in the alphabetically first country
/// that is known of them.
fn ideal(clicks: &[Clicked], limits: Limits) -> Book {
    // By day, affiliate and visitor.
    type Visit = (i64, usize, Option<u8>);
    let mut visitors: BTreeMap<Visit, (i64, Option<&str>)> = BTreeMap::new();
    for click in clicks.iter().filter(|click| !click.machine) {
        let known = visitors.entry((click.day, click.partner, click.visitor)).or_insert((click.minute, click.country));
        known.0 = known.0.min(click.minute);
        known.1 = [known.1, click.country].into_iter().flatten().min();
    }
    let mut in_order: Vec<_> =
        visitors.into_iter().map(|((day, partner, _), (minute, country))| (day, minute, partner, country)).collect();
    in_order.sort_unstable();
    let (mut book, mut paid, mut spent) = (Book::new(), BTreeMap::new(), BTreeMap::new());
    for (day, _, partner, country) in in_order {
        let german = country == Some("DE");
        let cost = ANYONE + if german { GERMANS } else { 0 };
        let paid: &mut i64 = paid.entry((day, partner)).or_default();
        let spent: &mut i64 = spent.entry(day).or_default();
        if *paid < limits.visitors && limits.budget.is_none_or(|budget| *spent + cost <= budget) {
            *paid += 1;
            *spent += cost;
            *book.entry((partner, day, ANYONE)).or_default() += ANYONE;
            if german {
                *book.entry((partner, day, GERMANS)).or_default() += GERMANS;
            }
        }
    }
    book
}

/// What the ledger booked; what is worth nothing left out.
fn booked(earned: &[Value], partners: &[Partner], first: i64) -> Book {
    let mut book = Book::new();
    for one in earned.iter().filter(|one| one["amountCents"] != 0) {
        let partner = partners.iter().position(|partner| one["affiliateId"] == partner.affiliate.to_string().as_str());
        let reason = one["reason"].as_str().unwrap();
        let day = (0..3).find(|day| reason.contains(noon(first - day).to_string().split('T').next().unwrap()));
        let each = if reason.contains("USD 0.07 each") { GERMANS } else { ANYONE };
        let before = book.insert((partner.unwrap(), day.unwrap(), each), one["amountCents"].as_i64().unwrap());
        assert_eq!(before, None, "one commission for a partner, day and component");
    }
    book
}

async fn play(world: &World, clicks: &[Clicked], limits: Limits, order: &[u32]) {
    /// The first of the three days, so many days ago.
    const FIRST: i64 = 5;
    let part =
        |cents: i64, when: Value| json!({"type": "per_click", "amountCents": cents, "currency": "USD", "when": when});
    let plan = json!([part(ANYONE, json!({})), part(GERMANS, json!({"countries": ["DE"]}))]);
    let paying = Paying::by(world, plan).await;
    let mut partners = Vec::new();
    for number in 0..PARTNERS {
        partners.push(paying.partner(&format!("model{number}-{:x}", rand::random::<u32>())).await);
    }
    partners.sort_unstable_by_key(|partner| partner.affiliate);
    let (budget, currency) = match limits.budget {
        Some(budget) => (budget.to_string(), "'USD'"),
        None => ("null".to_owned(), "null"),
    };
    let rules = format!(
        "insert into click_rules values ('{}', '{}', '2020-01-01', {}, {budget}, {currency}, null, now())",
        world.acme.organization.uuid(),
        paying.program.uuid(),
        limits.visitors,
    );
    world.database.run(&rules).await;
    let event = |click: &Clicked| {
        let at = noon(FIRST - click.day).plus_millis(click.minute * 60_000);
        let visitor = click.visitor.map(|visitor| format!("{visitor:032x}"));
        let event = paying.click_from(world, &partners[click.partner], at, visitor.as_deref(), click.country);
        if click.machine { classed(event, ClickClass::Bot) } else { event }
    };
    let mut events: Vec<_> = clicks.iter().map(event).zip(order.iter().cycle()).collect();
    events.sort_by_key(|(_, place)| **place);
    let events: Vec<_> = events.into_iter().map(|(event, _)| event).collect();
    for part in events.chunks(7) {
        world.intake().post(part).await;
        if part.len() % 2 == 1 {
            paying.recount(world).await;
        }
        world.intake().post(&part[..1]).await;
    }
    paying.recount(world).await;
    let ideal = ideal(clicks, limits);
    assert_eq!(booked(&paying.earned().await, &partners, FIRST), ideal, "{limits:?} {clicks:?}");
    let days: BTreeSet<i64> = ideal.keys().map(|(_, day, _)| *day).collect();
    for day in days {
        let sum: i64 = ideal.iter().filter(|((_, on, _), _)| *on == day).map(|(_, cents)| cents).sum();
        assert!(limits.budget.is_none_or(|budget| sum <= budget), "never more than the budget");
    }
    world.check().await;
}

#[test]
fn clicks_earn_what_the_rules_say() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::start());
    let config = Config {
        cases: random_cases::cases(CASES),
        failure_persistence: None,
        max_shrink_iters: 40,
        ..Config::default()
    };
    let mut runner = random_cases::runner(config);
    let stories = (prop::collection::vec(clicked(), 1..60), limits(), prop::collection::vec(any::<u32>(), 60));
    let outcome = runner.run(&stories, |(clicks, limits, order)| {
        runtime.block_on(play(&world, &clicks, limits, &order));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    runtime.block_on(world.finish());
}
