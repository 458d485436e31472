//! Goal: a person who unsubscribes between our look and a retry stays unsubscribed, in every CRM, whichever write failed and
//! however long it waited.
//! Method: every vendor's sync is counted once; then for each of its writes in turn one more affiliate is approved. That write
//! fails once, and at that very moment the person unsubscribes at the fake server, which takes a subscription at its word as its
//! vendor does. It fails by 500, by an answer that is lost after it was done, and by 401, which pauses the connection until the
//! brand connects again.

use serde_json::{Value, json};
use world::{
    crm_fixture::{ConnectedCrm, CrmFixture, Line},
    fakes::{
        Mood,
        crm::{Subscribed, emailoctopus::EmailOctopus},
    },
    wait,
};

use super::failure::usual;

/// Waits until the sync ended; connects again where the connection is paused on the way.
async fn end(fixture: &CrmFixture, crm: &ConnectedCrm, affiliate: &str) -> Value {
    let what = format!("{} to end or to be paused", crm.slug);
    let is_paused = wait::until(&what, 60, async || {
        let syncs = fixture.syncs(crm, affiliate).await;
        let ended = !syncs.is_empty() && syncs.iter().all(|sync| sync["finishedAt"].is_string());
        let paused = fixture.connection(crm).await["status"] == "paused";
        (ended || paused).then_some(paused)
    })
    .await;
    if is_paused {
        let credentials = json!({"credentials": crm.vendor.with(|crm| crm.credentials())});
        fixture.api().patch(&format!("/connections/{}", crm.connection), &credentials).await.expect_status(200);
    }
    fixture.ended(crm, affiliate).await
}

/// What is wrong with the end of a sync; nothing, if nothing is.
async fn wrong(
    fixture: &CrmFixture,
    crm: &ConnectedCrm,
    (affiliate, email): (&str, &str),
    is_first: bool,
) -> Option<String> {
    let sync = end(fixture, crm, affiliate).await;
    let subscribed = crm.contact(email).map(|contact| contact.subscribed);
    if subscribed != Some(Subscribed::No) {
        return Some(format!("{}: {email} is subscribed again: {subscribed:?}", crm.slug));
    }
    // Up to the first write nothing is decided: whoever can be asked must be asked again.
    let is_left_alone = sync["code"] == "left_alone";
    let is_requested = crm.vendor.with(|crm| crm.reports_consent());
    let is_well = is_left_alone || (sync["state"] == "Succeeded" && !(is_first && is_requested));
    (!is_well).then(|| format!("{}: {email}: {sync}", crm.slug))
}

async fn each_write_in_turn(mood: Mood) {
    let fixture = CrmFixture::all().await;
    let writes: Vec<Vec<usize>> = usual(&fixture).await.iter().map(|lines| writes(lines)).collect();
    let most = writes.iter().map(Vec::len).max().unwrap();
    let mut all_wrong = Vec::new();
    for turn in 0..most {
        let email = format!("turn{turn}@creators.test");
        for (crm, writes) in fixture.crms.iter().zip(&writes) {
            if let Some(nth) = writes.get(turn) {
                let email = email.clone();
                crm.vendor.nth_then("", *nth, mood.clone(), move |crm| {
                    crm.settle();
                    crm.leaves_list(&email);
                });
            }
        }
        let affiliate = fixture.approve_once("Turn Comer", &email).await;
        for (crm, writes) in fixture.crms.iter().zip(&writes) {
            if writes.len() > turn {
                all_wrong.extend(wrong(&fixture, crm, (&affiliate, &email), turn == 0).await);
            } else {
                fixture.ended(crm, &affiliate).await;
            }
        }
    }
    assert!(all_wrong.is_empty(), "under {mood:?}:\n{}", all_wrong.join("\n"));
    fixture.finish().await;
}

/// Which of the calls are writes.
fn writes(lines: &[Line]) -> Vec<usize> {
    (0..lines.len()).filter(|at| !lines[*at].looks()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_unsubscribes_before_a_retry_stays_unsubscribed() {
    each_write_in_turn(Mood::Says(500, Value::Null)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_unsubscribes_after_a_lost_answer_stays_unsubscribed() {
    each_write_in_turn(Mood::Breaks).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_unsubscribes_while_the_connection_is_paused_stays_unsubscribed() {
    each_write_in_turn(Mood::Says(401, Value::Null)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_is_looked_for_on_the_lists_that_we_used_alone() {
    let fixture = CrmFixture::with(vec![Box::new(EmailOctopus::with_lists(60))], 200).await;
    let crm = &fixture.crms[0];
    let email = "vale@creators.test";
    let affiliate = fixture.approve_once("Lauren Vale", email).await;
    fixture.arrive(&affiliate).await;
    // Another list from now on: they stay on the first one too.
    let other = "7a3b1c9e-0001-11f1-8000-000000000001";
    fixture.api().patch(&format!("/connections/{}", crm.connection), &json!({"list": other})).await.expect_status(200);
    fixture.api().patch(&format!("/affiliates/{affiliate}"), &json!({"name": "Laura Vale"})).await.expect_status(200);
    fixture.arrive(&affiliate).await;
    assert_eq!(crm.contact(email).unwrap().lists.len(), 2);
    for status in ["Banned", "Archived"] {
        let before = crm.count();
        fixture.api().patch(&format!("/affiliates/{affiliate}"), &json!({"status": status})).await.expect_status(200);
        fixture.arrive(&affiliate).await;
        let made = crm.since(before);
        let (looks, writes): (Vec<&Line>, Vec<&Line>) = made.iter().partition(|line| line.looks());
        assert_eq!((looks.len(), writes.len()), (2, 2), "{status}: {made:?}");
        let contact = crm.contact(email).unwrap();
        assert_eq!(contact.tags, ["Rekomi former affiliate".to_owned()].into(), "{status}");
    }
    fixture.finish().await;
}
