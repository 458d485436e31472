//! Goal: `kill -9` of the ledger at any step of a sync, or two ledgers on one database, and the effect is that of one sync:
//! nobody is there twice, no step is sent twice at once, and an event that would count twice is never sent again.
//! Method: at each call in turn every vendor does what it was asked and doesn't answer; then the ledger is killed and started
//! again. For two ledgers: both work off the same fifty people.

use std::collections::BTreeMap;

use serde_json::json;
use world::{
    stage::{self, Desk, Stage, called, text},
    vendors::{Mood, crm},
    wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_each_step() {
    let mut stage = Stage::all().await;
    let first = stage.approve_once("First Comer", "first@creators.test").await;
    stage.arrive(&first).await;
    let mut before: Vec<usize> = stage.desks.iter().map(Desk::count).collect();
    let usual = stage.approve_once("Usual Comer", "usual@creators.test").await;
    stage.arrive(&usual).await;
    let lengths: Vec<usize> = stage.desks.iter().zip(&before).map(|(desk, before)| desk.count() - before).collect();
    let most = *lengths.iter().max().unwrap();
    for nth in 0..most {
        before = stage.desks.iter().map(Desk::count).collect();
        for (desk, length) in stage.desks.iter().zip(&lengths) {
            if nth < *length {
                desk.vendor.nth("", nth, Mood::Lost);
            }
        }
        let email = format!("nth{nth}@creators.test");
        let affiliate = stage.approve_once("Nth Comer", &email).await;
        for ((desk, length), before) in stage.desks.iter().zip(&lengths).zip(&before) {
            if nth < *length {
                called(desk, before + nth + 1).await;
            }
        }
        stage.world.ledger.kill();
        stage.desks.iter().for_each(|desk| desk.vendor.recover());
        stage.leases_end().await;
        stage.world.ledger.start().await;
        stage.arrive(&affiliate).await;
        for ((desk, length), before) in stage.desks.iter().zip(&lengths).zip(&before) {
            desk.holds(&email);
            let writes = |lines: &[stage::Line]| lines.iter().filter(|line| !line.looks()).count();
            let made = desk.since(*before);
            // The call once more, and the looks that a write with consent rests on.
            assert!(made.len() <= length + 3, "{}: killed at call {nth}: {made:?}", desk.slug);
            assert!(writes(&made) <= length + 1, "{}: killed at call {nth}", desk.slug);
        }
    }
    for desk in &stage.desks {
        assert_eq!(desk.vendor.with(|crm| crm.contacts()), most + 2, "{}: nobody twice", desk.slug);
    }
    stage.finish().await;
}

/// Vendors that take events, each with such a connection.
async fn listeners() -> Stage {
    let takes = |slug: &str| connector::vendor::named(slug).is_some_and(|one| one.descriptor().events.is_some());
    let crms: Vec<_> = crm::all().into_iter().filter(|crm| takes(crm.slug())).collect();
    let stage = Stage::with(crms, 200).await;
    for desk in &stage.desks {
        let body = json!({"events": ["affiliate_approved"]});
        stage.api().patch(&format!("/connections/{}", desk.connection), &body).await.expect_status(200);
    }
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_never_counted_twice() {
    let mut stage = listeners().await;
    assert!(stage.desks.len() >= 5);
    let first = stage.approve_once("First Comer", "first@creators.test").await;
    stage.arrive(&first).await;
    let counted = |desk: &Desk, email: &str| {
        desk.vendor.with(|crm| {
            crm.settle();
            crm.events().iter().filter(|(_, who)| who == email).count()
        })
    };
    // The last call of all is the event's.
    let mut before: Vec<usize> = Vec::new();
    for desk in &stage.desks {
        assert_eq!(counted(desk, "first@creators.test"), 1, "{}", desk.slug);
        before.push(desk.count());
    }
    let usual = stage.approve_once("Usual Comer", "usual@creators.test").await;
    stage.arrive(&usual).await;
    for (desk, before) in stage.desks.iter().zip(&mut before) {
        let length = desk.count() - *before;
        *before = desk.count() + length;
        desk.vendor.nth("", length - 1, Mood::Lost);
    }
    let affiliate = stage.approve_once("Lost Comer", "lost@creators.test").await;
    for (desk, count) in stage.desks.iter().zip(&before) {
        called(desk, *count).await;
    }
    stage.world.ledger.kill();
    stage.desks.iter().for_each(|desk| desk.vendor.recover());
    stage.leases_end().await;
    stage.world.ledger.start().await;
    for desk in &stage.desks {
        stage.ended(desk, &affiliate).await;
        assert_eq!(counted(desk, "lost@creators.test"), 1, "{}: done once, counted once", desk.slug);
        let syncs = stage.syncs(desk, &affiliate).await;
        let event = syncs.iter().find(|sync| sync["task"] == "event").unwrap();
        let unclear = event["code"] == "outcome_unknown";
        assert!(unclear || event["state"] == "Succeeded", "{}: {event}", desk.slug);
        if unclear {
            let retry = stage.api().post(&format!("/syncs/{}/retry", text(&event["id"])), &json!({})).await;
            assert_eq!(retry.refusal(), (409, "not_retryable".to_owned()), "{}", desk.slug);
        }
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_ledgers_send_nothing_twice() {
    let stage = Stage::of(&["activecampaign", "customer-io", "klaviyo"]).await;
    let first = stage.approve_once("First Comer", "first@creators.test").await;
    stage.arrive(&first).await;
    let mut second = stage.world.ledger.beside();
    second.start().await;
    let before: Vec<usize> = stage.desks.iter().map(Desk::count).collect();
    let count = 50;
    for number in 0..count {
        stage.world.acme.join(&stage.world.database, &format!("comer-{number}")).await;
    }
    let mut batches = Vec::new();
    for desk in &stage.desks {
        let path = format!("/connections/{}/resync", desk.connection);
        batches.push(text(&stage.api().post(&path, &json!({})).await.expect_status(202).json()["id"]));
    }
    for (desk, batch) in stage.desks.iter().zip(&batches) {
        let path = format!("/connections/{}/resyncs/{batch}", desk.connection);
        let done = wait::until("everybody to be there", 120, async || {
            let now = stage.api().get(&path).await.expect_status(200).json();
            (now["percent"] == 100).then_some(now)
        })
        .await;
        assert_eq!(done["succeeded"], done["total"], "{}: {done}", desk.slug);
    }
    for (desk, before) in stage.desks.iter().zip(before) {
        for number in 0..count {
            desk.holds(&format!("comer-{number}@creators.test"));
        }
        let mut writes: BTreeMap<(String, String), usize> = BTreeMap::new();
        for line in desk.since(before).into_iter().filter(|line| line.method != "GET" && !line.body.is_empty()) {
            *writes.entry((line.path, line.body)).or_default() += 1;
        }
        let twice: Vec<_> = writes.iter().filter(|(line, count)| **count > 1 && line.1.contains("comer-")).collect();
        assert!(twice.is_empty(), "{}: {twice:?}", desk.slug);
    }
    second.stop();
    stage.finish().await;
}
