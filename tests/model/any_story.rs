//! Goal: whatever happened, however it was told, the book is the ideal one, to the cent.
//! Method: proptest makes stories; each is told to one organization sorted by time, and to the other shuffled, split into
//! batches, with repetitions; both books and the ideal one are compared, and the oracle is asked. The seed is printed, and
//! `REKOMI_TEST_SEED` takes it.

use std::collections::BTreeMap;

use proptest::{prelude::*, test_runner::Config};
use shared::{batch::Verdict, event::Event};
use sqlx::Row;
use world::{
    World,
    brand::{Brand, Partner},
    random_cases,
    wait::now,
};

use crate::{
    ideal::{self, Book},
    story::{Op, PARTNERS, report, story},
};

/// `REKOMI_TEST_CASES` asks for more.
const CASES: u32 = 24;

/// How a story is told: a permutation, where batches end, and which events come again.
#[derive(Debug, Clone)]
struct Delivery {
    order: Vec<u32>,
    batch_len: usize,
    again: Vec<bool>,
}

fn delivery() -> impl Strategy<Value = Delivery> {
    (prop::collection::vec(any::<u32>(), 32), 1_usize..8, prop::collection::vec(prop::bool::weighted(0.3), 32))
        .prop_map(|(order, batch_len, again)| Delivery { order, batch_len, again })
}

impl Delivery {
    /// The batches, repetitions included.
    fn batches(&self, events: Vec<Event>) -> Vec<Vec<Event>> {
        let mut keyed: Vec<(u32, usize, Event)> = events
            .into_iter()
            .enumerate()
            .map(|(index, event)| (self.order[index % self.order.len()], index, event))
            .collect();
        keyed.sort_by_key(|(key, index, _)| (*key, *index));
        let shuffled: Vec<Event> = keyed
            .into_iter()
            .flat_map(|(_, index, event)| {
                let times = if self.again[index % self.again.len()] { 2 } else { 1 };
                std::iter::repeat_n(event, times)
            })
            .collect();
        shuffled.chunks(self.batch_len).map(<[Event]>::to_vec).collect()
    }
}

async fn real_book(world: &World, brand: &Brand, partners: &[Partner]) -> Book {
    let rows = sqlx::query(
        "select v.external_id, v.affiliate_id, coalesce(sum(c.amount), 0)::bigint from conversions v
         left join commissions c on (c.organization_id, c.conversion_id) = (v.organization_id, v.id)
         where v.organization_id = $1 and v.kind <> 'Lead' group by 1, 2",
    )
    .bind(brand.organization.uuid())
    .fetch_all(&mut world.database.connect().await)
    .await
    .unwrap();
    rows.iter()
        .map(|row| {
            let affiliate: Option<uuid::Uuid> = row.get(1);
            let partner =
                affiliate.map(|id| partners.iter().position(|partner| partner.affiliate.uuid() == id).unwrap());
            (row.get(0), (partner, row.get(2)))
        })
        .collect::<BTreeMap<_, _>>()
}

async fn play(world: &World, cast: &[(Brand, Vec<Partner>)], ops: &[Op], delivery: &Delivery) {
    random_cases::forget(&mut world.database.connect().await).await;
    let start = now().plus_days(-90);
    let mut sorted = ops.to_vec();
    sorted.sort_by_key(|op| match op {
        Op::Sale { hour, .. } | Op::Lead { hour, .. } | Op::Refund { hour, .. } | Op::Click { hour, .. } => *hour,
    });
    let (first, second) = (&cast[0], &cast[1]);
    world.intake().accept(&report(&first.0, &first.1, start, &sorted)).await;
    for batch in delivery.batches(report(&second.0, &second.1, start, ops)) {
        for verdict in world.intake().post(&batch).await {
            assert!(matches!(verdict, Verdict::Accepted | Verdict::Duplicate), "{verdict:?}");
        }
    }
    let ideal = ideal::book(ops);
    assert_eq!(real_book(world, &first.0, &first.1).await, ideal, "sorted");
    assert_eq!(real_book(world, &second.0, &second.1).await, ideal, "shuffled");
    world.check().await;
    world::verify::check(&world.ledger).await;
}

#[test]
fn the_book_is_the_ideal_one() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (world, cast) = runtime.block_on(async {
        let world = World::start().await;
        let mut cast = Vec::new();
        for brand in [&world.acme, &world.globex] {
            let mut partners = Vec::new();
            for number in 0..PARTNERS {
                partners.push(brand.join(&world.database, &format!("partner-{number}")).await);
            }
            world
                .database
                .run(&format!(
                    "insert into coupons (organization_id, id, program_id, affiliate_id, code, created_at)
                     values ('{}', gen_random_uuid(), '{}', '{}', 'MODEL', now())",
                    brand.organization.uuid(),
                    brand.program.uuid(),
                    partners[0].affiliate.uuid()
                ))
                .await;
            cast.push((brand.clone(), partners));
        }
        (world, cast)
    });
    let config = Config {
        cases: random_cases::cases(CASES),
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let mut runner = random_cases::runner(config);
    let stories = story().prop_filter("the rules alone decide", |ops| ideal::is_clear(ops));
    let outcome = runner.run(&(stories, delivery()), |(ops, delivery)| {
        runtime.block_on(play(&world, &cast, &ops, &delivery));
        Ok(())
    });
    drop(world);
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
