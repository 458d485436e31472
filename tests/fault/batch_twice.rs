//! Goal: a batch that is delivered again changes nothing, whether afterwards or at the same time.
//! Method: the same signed events one after the other, then in parallel from eight consumers, clicks and sales mixed.

use shared::{batch::Verdict, event::Event};
use world::{World, brand::But, wait::now};

fn mixed(world: &World, name: &str) -> Vec<Event> {
    let brand = &world.acme;
    let token = brand.token(&brand.partner, now());
    let mut events: Vec<Event> = (0..20).map(|_| brand.click(&brand.partner)).collect();
    events.extend((0..20).map(|number| {
        let (token, customer) = (token.clone(), format!("{name}-c{}", number % 7));
        brand.sale(&format!("{name}-{number}"), 9_900).but(|report| {
            report.click_token = Some(token);
            report.customer_id = Some(customer);
        })
    }));
    events
}

#[tokio::test]
async fn one_after_the_other() {
    let world = World::shared().await;
    let events = mixed(&world, "again");
    world.intake().accept(&events).await;
    for _ in 0..2 {
        let verdicts = world.intake().post(&events).await;
        assert!(verdicts.iter().all(|verdict| *verdict == Verdict::Duplicate), "{verdicts:?}");
    }
    assert_eq!(world.database.count("select count(*) from clicks").await, 20);
    assert_eq!(world.database.count("select count(*) from commissions").await, 20);
    assert_eq!(world.database.count("select sum(amount)::bigint from transfers").await, 20 * 1_980);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_same_time() {
    let world = World::shared().await;
    let events = mixed(&world, "at-once");
    let posts: Vec<_> = (0..8)
        .map(|_| {
            let (intake, events) = (world.intake(), events.clone());
            tokio::spawn(async move { intake.post(&events).await })
        })
        .collect();
    let mut accepted = vec![0; events.len()];
    for post in posts {
        for (index, verdict) in post.await.unwrap().into_iter().enumerate() {
            match verdict {
                Verdict::Accepted => accepted[index] += 1,
                Verdict::Duplicate => {}
                other => panic!("event {index}: {other:?}"),
            }
        }
    }
    assert!(accepted.iter().all(|count| *count == 1), "each is accepted exactly once: {accepted:?}");
    assert_eq!(world.database.count("select count(*) from commissions").await, 20);
    assert_eq!(world.database.count("select clicks from click_hours").await, 20);
    world.finish().await;
}

/// The ledger applies such a batch a second time, because it first doesn't ask which clicks are new.
#[tokio::test]
async fn partly_known() {
    let world = World::shared().await;
    let events = mixed(&world, "partly");
    world.intake().accept(&events[..10]).await;
    let verdicts = world.intake().post(&events).await;
    assert!(verdicts[..10].iter().all(|verdict| *verdict == Verdict::Duplicate), "{verdicts:?}");
    assert!(verdicts[10..].iter().all(|verdict| *verdict == Verdict::Accepted), "{verdicts:?}");
    assert_eq!(world.database.count("select count(*) from clicks").await, 20);
    assert_eq!(world.database.count("select sum(clicks)::bigint from click_hours").await, 20);
    assert_eq!(world.database.count("select count(*) from commissions").await, 20);
    world.finish().await;
}

#[tokio::test]
async fn twice_within_one_batch() {
    let world = World::shared().await;
    let mut events = mixed(&world, "within");
    let count = events.len();
    events.extend(events.clone());
    let verdicts = world.intake().post(&events).await;
    assert!(verdicts[..count].iter().all(|verdict| *verdict == Verdict::Accepted), "{verdicts:?}");
    assert!(verdicts[count..].iter().all(|verdict| *verdict == Verdict::Duplicate), "{verdicts:?}");
    assert_eq!(world.database.count("select count(*) from commissions").await, 20);
    world.finish().await;
}
