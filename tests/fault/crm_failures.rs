//! Goal: a CRM that is busy, broken, silent or nonsensical in the middle of a sequence is waited for as it asks, and the
//! sequence goes on at the call that failed: no contact twice, no other brand delayed; a key that is refused pauses the
//! connection and its owner is told (case 18).
//! Method: ActiveCampaign's third call of a sync meets each fault in turn; another brand with a connection of its own
//! approves somebody meanwhile, whose sync must be over while the call still hangs, or the connection is still paused.

use std::time::Duration;

use serde_json::{Value, json};
use world::{
    crm_fixture::{CrmFixture, connect, text},
    fakes::Mood,
    wait,
};

/// How often a call may hang until another brand's sync is over before the ledger gives the call up, which it does after
/// 15 seconds: a busy machine may be too slow for that. Brands that wait for each other never manage it.
const HANGS: usize = 3;
/// The call that saves the contact.
const SAVE: &str = "POST /api/3/contact/sync";

async fn fixture() -> CrmFixture {
    let fixture = CrmFixture::of(&["activecampaign", "customer-io"]).await;
    connect(&fixture.world.other_api(), &fixture.crm("customer-io").vendor, &json!({})).await;
    fixture
}

/// Another brand's affiliate, until its sync has succeeded.
async fn another_brands(fixture: &CrmFixture, number: usize) {
    let api = fixture.world.other_api();
    let body = json!({"name": "Other Comer", "email": format!("other-{number}@creators.test")});
    let id = text(&api.post("/affiliates", &body).await.expect_status(201).json()["id"]);
    wait::until("another brand's affiliate to arrive", 30, async || {
        let syncs = api.all(&format!("/syncs?affiliateId={id}")).await;
        syncs.iter().any(|sync| sync["state"] == "Succeeded").then_some(())
    })
    .await;
}

/// An affiliate whose contact is saved by the second call, as the first one fails. Returns whether the first one still hung
/// when another brand's sync, which began after it, was over.
async fn saved_again(fixture: &CrmFixture, number: usize, mood: Mood, pause: Duration) -> bool {
    let crm = fixture.crm("activecampaign");
    let before = crm.count();
    crm.vendor.once(SAVE, mood.clone());
    let email = format!("comer-{number}@creators.test");
    let affiliate = fixture.approve_once("Next Comer", &email).await;
    if matches!(mood, Mood::Hangs) {
        wait::until("the call to hang", 30, async || (crm.vendor.hanging() > 0).then_some(())).await;
    }
    another_brands(fixture, number).await;
    let hangs = crm.vendor.hanging() > 0;
    let sync = fixture.ended_within(crm, &affiliate, 90).await;
    assert_eq!(sync["state"], "Succeeded", "{mood:?}: {}", fixture.details(&sync).await);
    crm.holds(&email);
    let calls = crm.vendor.calls();
    let saved: Vec<usize> = (before..calls.len()).filter(|at| calls[*at].line().starts_with(SAVE)).collect();
    assert_eq!(saved.len(), 2, "{mood:?}: sent twice, since it failed once");
    assert_eq!(saved[1], saved[0] + 1, "{mood:?}: it goes on at the very call");
    let waited = calls[saved[1]].at - calls[saved[0]].at;
    assert!(waited >= pause, "{mood:?}: waited {waited:?}");
    assert_eq!(crm.vendor.with(|crm| crm.contacts()), number + 2, "{mood:?}: no contact twice");
    hangs
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_middle_of_a_sequence() {
    let fixture = fixture().await;
    let first = fixture.approve_once("First Comer", "first@creators.test").await;
    fixture.arrive(&first).await;
    let half = "{\"contact\": {\"id\"".to_owned();
    let second = Duration::from_secs(1);
    let moods = [
        (Mood::Busy(4), 4 * second),
        (Mood::Says(500, Value::Null), second),
        (Mood::Garbage, second),
        (Mood::Writes(200, vec![("Content-Type", "application/json".to_owned())], half), second),
        (Mood::Breaks, second),
    ];
    let count = moods.len();
    for (number, (mood, pause)) in moods.into_iter().enumerate() {
        saved_again(&fixture, number, mood, pause).await;
    }
    let mut is_free = false;
    for number in count..count + HANGS {
        is_free = saved_again(&fixture, number, Mood::Hangs, 5 * second).await;
        if is_free {
            break;
        }
    }
    assert!(is_free, "another brand waits until a call that hangs is given up");
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_pauses_and_tells_its_owner() {
    let fixture = fixture().await;
    let crm = fixture.crm("activecampaign");
    crm.vendor.nth("", 2, Mood::Says(401, json!({"message": "Unauthorized"})));
    let affiliate = fixture.approve_once("Lauren Vale", "vale@creators.test").await;
    wait::until("the pause", 20, async || (fixture.connection(crm).await["status"] == "paused").then_some(())).await;
    let emails = wait::until("the email", 20, async || {
        let emails = fixture.emails("crm_paused").await;
        (!emails.is_empty()).then_some(emails)
    })
    .await;
    assert_eq!(emails.len(), 1);
    let calls = crm.count();
    another_brands(&fixture, 0).await;
    assert_eq!(fixture.connection(crm).await["status"], "paused", "another brand's sync is over before");
    let waiting = fixture.syncs(crm, &affiliate).await;
    assert!(waiting.iter().all(|sync| sync["finishedAt"].is_null()), "{waiting:?}");
    assert_eq!(crm.count(), calls, "nothing is sent while it is paused");
    let credentials = json!({"credentials": crm.vendor.with(|crm| crm.credentials())});
    fixture.api().patch(&format!("/connections/{}", crm.connection), &credentials).await.expect_status(200);
    fixture.arrive(&affiliate).await;
    crm.holds("vale@creators.test");
    fixture.finish().await;
}
