//! Goal: a CRM that is busy, broken, silent or nonsensical in the middle of a sequence is waited for as it asks, and the
//! sequence goes on at the call that failed: no contact twice, no other brand delayed; a key that is refused pauses the
//! connection and its owner is told (case 18).
//! Method: ActiveCampaign's third call of a sync meets each fault in turn; another brand with a connection of its own
//! approves somebody meanwhile.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use world::{
    stage::{Stage, connect, text},
    vendors::Mood,
    wait,
};

/// After which the ledger gives up a call that hangs; nobody else may wait for that.
const GIVEN_UP: Duration = Duration::from_secs(15);
/// The call that saves the contact.
const SAVE: &str = "POST /api/3/contact/sync";

async fn stage() -> Stage {
    let stage = Stage::of(&["activecampaign", "customer-io"]).await;
    connect(&stage.world.other_api(), &stage.desk("customer-io").vendor, &json!({})).await;
    stage
}

/// How long another brand's affiliate takes.
async fn another_brands(stage: &Stage, number: usize) -> Duration {
    let (api, started) = (stage.world.other_api(), Instant::now());
    let body = json!({"name": "Other Comer", "email": format!("other-{number}@creators.test")});
    let id = text(&api.post("/affiliates", &body).await.expect_status(201).json()["id"]);
    wait::until("another brand's affiliate to arrive", 30, async || {
        let syncs = api.all(&format!("/syncs?affiliateId={id}")).await;
        syncs.iter().any(|sync| sync["state"] == "Succeeded").then_some(())
    })
    .await;
    started.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_middle_of_a_sequence() {
    let stage = stage().await;
    let desk = stage.desk("activecampaign");
    let first = stage.approve_once("First Comer", "first@creators.test").await;
    stage.arrive(&first).await;
    let moods = [
        (Mood::Busy(4), Duration::from_secs(4)),
        (Mood::Says(500, Value::Null), Duration::from_secs(1)),
        (Mood::Garbage, Duration::from_secs(1)),
        (
            Mood::Writes(
                200,
                vec![("Content-Type", "application/json".to_owned())],
                "{\"contact\": {\"id\"".to_owned(),
            ),
            Duration::from_secs(1),
        ),
        (Mood::Breaks, Duration::from_secs(1)),
        (Mood::Hangs, Duration::from_secs(5)),
    ];
    for (number, (mood, pause)) in moods.into_iter().enumerate() {
        let before = desk.count();
        desk.vendor.once(SAVE, mood.clone());
        let email = format!("comer-{number}@creators.test");
        let affiliate = stage.approve_once("Next Comer", &email).await;
        let others = another_brands(&stage, number).await;
        assert!(others < GIVEN_UP, "another brand waited {others:?} under {mood:?}");
        let sync = stage.ended_within(desk, &affiliate, 90).await;
        assert_eq!(sync["state"], "Succeeded", "{mood:?}: {}", stage.told(&sync).await);
        desk.holds(&email);
        let calls = desk.vendor.calls();
        let saved: Vec<usize> = (before..calls.len()).filter(|at| calls[*at].line().starts_with(SAVE)).collect();
        assert_eq!(saved.len(), 2, "{mood:?}: sent twice, since it failed once");
        assert_eq!(saved[1], saved[0] + 1, "{mood:?}: it goes on at the very call");
        let waited = calls[saved[1]].at - calls[saved[0]].at;
        assert!(waited >= pause, "{mood:?}: waited {waited:?}");
        assert_eq!(desk.vendor.with(|crm| crm.contacts()), number + 2, "{mood:?}: nobody twice");
    }
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_pauses_and_tells_its_owner() {
    let stage = stage().await;
    let desk = stage.desk("activecampaign");
    desk.vendor.nth("", 2, Mood::Says(401, json!({"message": "Unauthorized"})));
    let affiliate = stage.approve_once("Lauren Vale", "vale@creators.test").await;
    wait::until("the pause", 20, async || (stage.connection(desk).await["status"] == "paused").then_some(())).await;
    let letters = wait::until("the letter", 20, async || {
        let letters = stage.letters("crm_paused").await;
        (!letters.is_empty()).then_some(letters)
    })
    .await;
    assert_eq!(letters.len(), 1);
    let calls = desk.count();
    assert!(another_brands(&stage, 0).await < Duration::from_secs(6));
    assert_eq!(desk.count(), calls, "nothing is sent while it is paused");
    let credentials = json!({"credentials": desk.vendor.with(|crm| crm.credentials())});
    stage.api().patch(&format!("/connections/{}", desk.connection), &credentials).await.expect_status(200);
    stage.arrive(&affiliate).await;
    desk.holds("vale@creators.test");
    stage.finish().await;
}
