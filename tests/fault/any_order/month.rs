//! Goal: a month in which everything comes together ends in the same book, whatever the order, the batches and the
//! repetitions in which it is told: the same credit, commissions to the cent, states, flags and accounts.
//! Method: the [`story`] is told sorted by time, and its amounts are checked against those worked out by hand; then 30
//! times shuffled, cut into batches and partly repeated, each time into an emptied book. The seed is printed.

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};
use shared::{batch::Verdict, event::Event};
use world::{World, random_cases};

use super::story::{Cast, story};

const PERMUTATIONS: u32 = 30;

/// Conversions with their credit; commissions that are worth something or were refunded; accounts. Without ids, and
/// without what is left of commissions that somebody earned only until more was known.
async fn book(world: &World) -> Vec<Vec<String>> {
    const ROWS: [&str; 3] = [
        "select v.external_id, v.kind, v.status, v.refunded, v.paid, v.occurred_at, v.sequence, v.bound_at, v.credited_by, a.slug,
                v.flags::text, v.review, v.dispute, v.issues::text, v.subscription_id, p.effective_at
         from conversions v left join affiliates a on (a.organization_id, a.id) = (v.organization_id, v.affiliate_id)
         left join plan_versions p on (p.organization_id, p.id) = (v.organization_id, v.plan_version_id) order by 1",
        "select v.external_id, a.slug, c.component, c.amount, c.earned, c.currency, c.status, c.held, c.hold_until, c.reason
         from commissions c join conversions v on (v.organization_id, v.id) = (c.organization_id, c.conversion_id)
         join affiliates a on (a.organization_id, a.id) = (c.organization_id, c.affiliate_id)
         where c.amount <> 0 or (c.status = 'Refunded' and v.affiliate_id = c.affiliate_id) order by 1, 2, 3",
        "select c.kind, a.slug, c.currency, c.balance from accounts c
         left join affiliates a on (a.organization_id, a.id) = (c.organization_id, c.affiliate_id)
         where c.balance <> 0 order by 1, 2, 3",
    ];
    let mut book = Vec::new();
    for rows in ROWS {
        book.extend(world.database.texts(rows).await);
    }
    book
}

/// Worked out by hand, beside [`story`]: sale, affiliate, what is left of its commissions, state, flagged.
const BY_HAND: &[(&str, &str, i64, &str)] = &[
    ("in_S_1", "bob", 495, "Approved"),
    ("in_S_2", "bob", 0, "Refunded"),
    ("in_T_1", "ada", 1_980 + 1_500, "Approved"),
    ("in_T_2", "ada", 990, "Approved"),
    ("order-2", "ada", 1_000 + 1_500, "Pending"),
    ("order-4", "ada", 200, "Approved"),
    ("order-5", "ada", 0, "Refunded"),
    ("order-7", "ada", 200 + 1_500, "Approved"),
    ("order-8", "bob", 648, "Approved"),
    ("order-9", "bob", 1_299, "Approved"),
    ("order-b", "bob", 100, "Approved"),
    ("pi_o1", "ada", 990 + 750, "Approved"),
    ("signup", "ada", 0, "Approved"),
];

async fn check_by_hand(world: &World) {
    let rows =
        "select v.external_id, a.slug, v.status, coalesce(sum(c.amount), 0)::bigint::text as z from conversions v
                join affiliates a on (a.organization_id, a.id) = (v.organization_id, v.affiliate_id)
                left join commissions c on (c.organization_id, c.conversion_id) = (v.organization_id, v.id)
                group by 1, 2, 3 order by 1";
    let text = |row: &(&str, &str, i64, &str)| {
        let mut row = [row.0.to_owned(), row.1.to_owned(), row.2.to_string(), row.3.to_owned()];
        row.sort();
        row
    };
    let mut found = world.database.texts(rows).await;
    found.iter_mut().for_each(|row| row.sort());
    assert_eq!(found, BY_HAND.iter().map(text).collect::<Vec<_>>());
    let one = |query: &str| {
        let query = format!("select count(*) from conversions where {query}");
        async move { world.database.count(&query).await }
    };
    assert_eq!(one("flags = '{DuplicateCustomer}' and external_id = 'order-2'").await, 1);
    assert_eq!(one("flags <> '{}'").await, 1);
    assert_eq!(one("issues = '{RefundCurrency}' and external_id = 'order-7'").await, 1);
    assert_eq!(one("affiliate_id is null and external_id = 'order-x'").await, 1);
    assert_eq!(world.database.count("select count(*) from conversions").await, 14);
}

async fn report(world: &World, batches: &[Vec<Event>]) {
    for batch in batches {
        for verdict in world.intake().post(batch).await {
            assert!(matches!(verdict, Verdict::Accepted | Verdict::Duplicate), "{verdict:?}");
        }
    }
}

/// A permutation in batches, some events of it told twice.
fn shuffled(story: &[Event], chance: &mut StdRng) -> Vec<Vec<Event>> {
    let mut events: Vec<Event> = story.to_vec();
    events.extend(story.iter().filter(|_| chance.random_bool(0.3)).cloned());
    events.shuffle(chance);
    let mut batches = Vec::new();
    while !events.is_empty() {
        let size = chance.random_range(1..8).min(events.len());
        batches.push(events.split_off(events.len() - size));
    }
    batches
}

#[tokio::test]
async fn any_order_batches_and_repetitions() {
    let world = World::start().await;
    let cast = Cast::join(&world).await;
    let story = story(&world.acme, &cast);
    report(&world, std::slice::from_ref(&story)).await;
    check_by_hand(&world).await;
    world.check().await;
    let sorted = book(&world).await;
    let mut chance = StdRng::seed_from_u64(random_cases::seed());
    for number in 0..random_cases::cases(PERMUTATIONS) {
        random_cases::forget(&mut world.database.connect().await).await;
        let batches = shuffled(&story, &mut chance);
        report(&world, &batches).await;
        assert_eq!(book(&world).await, sorted, "permutation {number}: {batches:#?}");
        world.check().await;
    }
    world.finish().await;
}
