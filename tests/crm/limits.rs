//! Goal: a vendor that says "too fast" is left in peace for as long as it asks, with everything of that connection; others
//! go on.
//! Method: every second vendor answers the next call in its own way of saying so; when calls came is compared.

use std::time::{Duration, Instant};

use serde_json::json;
use world::{stage::Stage, vendors::Mood, wait::now};

/// Stand-ins that name a moment know the rehearsal's clock; here it is the real one. Answers the moment, too: it stays the
/// same however late the first call comes.
fn from_now(mood: Mood, seconds: u64) -> (Mood, Option<Instant>) {
    let Mood::Writes(status, mut headers, text) = mood else { return (mood, None) };
    let mut named = None;
    for (_, value) in &mut headers {
        if value.parse::<u64>().is_ok_and(|moment| moment > 1_000_000_000) {
            // Headers name whole seconds, so the moment may come up to one second sooner.
            named = Some(Instant::now() + Duration::from_secs(seconds + 2));
            *value = (now().seconds().unsigned_abs() + seconds + 3).to_string();
        }
    }
    (Mood::Writes(status, headers, text), named)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_connection_waits_as_told_and_no_other() {
    let stage = Stage::all().await;
    let first = stage.approve_once("First Comer", "first@creators.test").await;
    stage.arrive(&first).await;
    let limited: Vec<_> = stage.desks.iter().step_by(2).collect();
    let free: Vec<_> = stage.desks.iter().skip(1).step_by(2).collect();
    let mut asked = Vec::new();
    for desk in &limited {
        let (mood, seconds) = desk.vendor.with(|crm| crm.too_fast());
        let (mood, named) = from_now(mood, seconds.unwrap_or_default());
        asked.push((desk.count(), Duration::from_secs(seconds.unwrap_or(1)), named));
        desk.vendor.once("", mood);
    }
    let started = Instant::now();
    let mut comers = Vec::new();
    for number in 0..2 {
        comers.push(stage.approve_once("Next Comer", &format!("next-{number}@creators.test")).await);
    }
    for affiliate in &comers {
        for desk in &free {
            assert_eq!(stage.ended(desk, affiliate).await["state"], "Succeeded", "{}", desk.slug);
        }
    }
    println!("the others took {:?}", started.elapsed());
    for affiliate in &comers {
        for desk in &limited {
            let sync = stage.ended_within(desk, affiliate, 60).await;
            assert_eq!(sync["state"], "Succeeded", "{}: {}", desk.slug, stage.told(&sync).await);
        }
    }
    for (desk, (count, pause, named)) in limited.iter().zip(asked) {
        let calls = desk.vendor.calls();
        let refused = calls[count].at;
        let over = named.unwrap_or(refused + pause);
        // One call of each of the others may have been on its way already when the answer came.
        let early: Vec<_> = calls[count + 1..]
            .iter()
            .filter(|call| call.at < over)
            .map(|call| (call.line(), call.at - refused))
            .collect();
        println!("{} asked for {pause:?}", desk.slug);
        assert!(early.len() < comers.len(), "{} asked for {pause:?}: {early:?}", desk.slug);
        for number in 0..2 {
            desk.holds(&format!("next-{number}@creators.test"));
        }
    }
    let connections = stage.api().all("/connections").await;
    assert!(connections.iter().all(|one| one["status"] != json!("paused")), "too fast is no reason to pause");
    stage.finish().await;
}
