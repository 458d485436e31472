//! Goal: `kill -9` of the ledger at any step of a sync, or two ledgers on one database, and the effect is that of one sync:
//! nobody is there twice, no step is sent twice at once, and an event that would count twice is never sent again.
//! Method: at each call in turn every vendor does what it was asked and doesn't answer; then the ledger is killed and started
//! again. For two ledgers: both work off the same fifty people.

use std::collections::BTreeMap;

use serde_json::json;
use world::{
    crm_fixture::{self, ConnectedCrm, CrmFixture, called, text},
    fakes::{Mood, crm},
    wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_each_step() {
    let mut fixture = CrmFixture::all().await;
    let first = fixture.approve_once("First Comer", "first@creators.test").await;
    fixture.arrive(&first).await;
    let mut before: Vec<usize> = fixture.crms.iter().map(ConnectedCrm::count).collect();
    let usual = fixture.approve_once("Usual Comer", "usual@creators.test").await;
    fixture.arrive(&usual).await;
    let lengths: Vec<usize> = fixture.crms.iter().zip(&before).map(|(crm, before)| crm.count() - before).collect();
    let most = *lengths.iter().max().unwrap();
    for nth in 0..most {
        before = fixture.crms.iter().map(ConnectedCrm::count).collect();
        for (crm, length) in fixture.crms.iter().zip(&lengths) {
            if nth < *length {
                crm.vendor.nth("", nth, Mood::Lost);
            }
        }
        let email = format!("nth{nth}@creators.test");
        let affiliate = fixture.approve_once("Nth Comer", &email).await;
        for ((crm, length), before) in fixture.crms.iter().zip(&lengths).zip(&before) {
            if nth < *length {
                called(crm, before + nth + 1).await;
            }
        }
        fixture.world.ledger.kill();
        fixture.crms.iter().for_each(|crm| crm.vendor.recover());
        fixture.leases_end().await;
        fixture.world.ledger.start().await;
        fixture.arrive(&affiliate).await;
        for ((crm, length), before) in fixture.crms.iter().zip(&lengths).zip(&before) {
            crm.holds(&email);
            let writes = |lines: &[crm_fixture::Line]| lines.iter().filter(|line| !line.looks()).count();
            let mut made = crm.since(*before);
            made.retain(|line| !line.is_login());
            // The call once more, and the looks that a write with consent rests on: four at most.
            assert!(made.len() <= length + 5, "{}: killed at call {nth}: {made:?}", crm.slug);
            assert!(writes(&made) <= length + 1, "{}: killed at call {nth}", crm.slug);
        }
    }
    for crm in &fixture.crms {
        assert_eq!(crm.vendor.with(|crm| crm.contacts()), most + 2, "{}: nobody twice", crm.slug);
    }
    fixture.finish().await;
}

/// Vendors that take events, each with such a connection.
async fn listeners() -> CrmFixture {
    let takes = |slug: &str| connector::providers::named(slug).is_some_and(|one| one.descriptor().events.is_some());
    let crms: Vec<_> = crm::all().into_iter().filter(|crm| takes(crm.slug())).collect();
    let fixture = CrmFixture::with(crms, 200).await;
    for crm in &fixture.crms {
        let body = json!({"events": ["affiliate_approved"]});
        fixture.api().patch(&format!("/connections/{}", crm.connection), &body).await.expect_status(200);
    }
    fixture
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_never_counted_twice() {
    let mut fixture = listeners().await;
    assert!(fixture.crms.len() >= 5);
    let first = fixture.approve_once("First Comer", "first@creators.test").await;
    fixture.arrive(&first).await;
    let counted = |crm: &ConnectedCrm, email: &str| {
        crm.vendor.with(|crm| {
            crm.settle();
            crm.events().iter().filter(|(_, who)| who == email).count()
        })
    };
    // The last call of all is the event's.
    let mut before: Vec<usize> = Vec::new();
    for crm in &fixture.crms {
        assert_eq!(counted(crm, "first@creators.test"), 1, "{}", crm.slug);
        before.push(crm.count());
    }
    let usual = fixture.approve_once("Usual Comer", "usual@creators.test").await;
    fixture.arrive(&usual).await;
    for (crm, before) in fixture.crms.iter().zip(&mut before) {
        let length = crm.count() - *before;
        *before = crm.count() + length;
        crm.vendor.nth("", length - 1, Mood::Lost);
    }
    let affiliate = fixture.approve_once("Lost Comer", "lost@creators.test").await;
    for (crm, count) in fixture.crms.iter().zip(&before) {
        called(crm, *count).await;
    }
    fixture.world.ledger.kill();
    fixture.crms.iter().for_each(|crm| crm.vendor.recover());
    fixture.leases_end().await;
    fixture.world.ledger.start().await;
    for crm in &fixture.crms {
        fixture.ended(crm, &affiliate).await;
        assert_eq!(counted(crm, "lost@creators.test"), 1, "{}: done once, counted once", crm.slug);
        let syncs = fixture.syncs(crm, &affiliate).await;
        let event = syncs.iter().find(|sync| sync["task"] == "event").unwrap();
        let unclear = event["code"] == "outcome_unknown";
        assert!(unclear || event["state"] == "Succeeded", "{}: {event}", crm.slug);
        if unclear {
            let retry = fixture.api().post(&format!("/syncs/{}/retry", text(&event["id"])), &json!({})).await;
            assert_eq!(retry.refusal(), (409, "not_retryable".to_owned()), "{}", crm.slug);
        }
    }
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_ledgers_send_nothing_twice() {
    let fixture = CrmFixture::of(&["activecampaign", "customer-io", "klaviyo"]).await;
    let first = fixture.approve_once("First Comer", "first@creators.test").await;
    fixture.arrive(&first).await;
    let mut second = fixture.world.ledger.beside();
    second.start().await;
    let before: Vec<usize> = fixture.crms.iter().map(ConnectedCrm::count).collect();
    let count = 50;
    for number in 0..count {
        fixture.world.acme.join(&fixture.world.database, &format!("comer-{number}")).await;
    }
    let mut batches = Vec::new();
    for crm in &fixture.crms {
        let path = format!("/connections/{}/resync", crm.connection);
        batches.push(text(&fixture.api().post(&path, &json!({})).await.expect_status(202).json()["id"]));
    }
    for (crm, batch) in fixture.crms.iter().zip(&batches) {
        let path = format!("/connections/{}/resyncs/{batch}", crm.connection);
        let done = wait::until("everybody to be there", 120, async || {
            let now = fixture.api().get(&path).await.expect_status(200).json();
            (now["percent"] == 100).then_some(now)
        })
        .await;
        assert_eq!(done["succeeded"], done["total"], "{}: {done}", crm.slug);
    }
    for (crm, before) in fixture.crms.iter().zip(before) {
        for number in 0..count {
            crm.holds(&format!("comer-{number}@creators.test"));
        }
        let mut writes: BTreeMap<(String, String), usize> = BTreeMap::new();
        for line in crm.since(before).into_iter().filter(|line| line.method != "GET" && !line.body.is_empty()) {
            *writes.entry((line.path, line.body)).or_default() += 1;
        }
        let twice: Vec<_> = writes.iter().filter(|(line, count)| **count > 1 && line.1.contains("comer-")).collect();
        assert!(twice.is_empty(), "{}: {twice:?}", crm.slug);
    }
    second.stop();
    fixture.finish().await;
}
