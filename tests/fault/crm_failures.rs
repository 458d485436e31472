//! Goal: a CRM that is busy, broken, silent or nonsensical in the middle of a sequence is waited for as it asks, and the
//! sequence goes on at the call that failed: no contact twice, no other brand delayed; a key that is refused pauses the
//! connection and its owner is told (case 18).
//! Method: ActiveCampaign's third call of a sync meets each fault in turn; another brand with a connection of its own
//! approves somebody meanwhile.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use world::{
    crm_fixture::{CrmFixture, connect, text},
    fakes::Mood,
    wait,
};

/// After which the ledger gives up a call that hangs; nobody else may wait for that.
const GIVEN_UP: Duration = Duration::from_secs(15);
/// The call that saves the contact.
const SAVE: &str = "POST /api/3/contact/sync";

async fn fixture() -> CrmFixture {
    let fixture = CrmFixture::of(&["activecampaign", "customer-io"]).await;
    connect(&fixture.world.other_api(), &fixture.crm("customer-io").vendor, &json!({})).await;
    fixture
}

/// How long another brand's affiliate takes.
async fn another_brands(fixture: &CrmFixture, number: usize) -> Duration {
    let (api, started) = (fixture.world.other_api(), Instant::now());
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
    let fixture = fixture().await;
    let crm = fixture.crm("activecampaign");
    let first = fixture.approve_once("First Comer", "first@creators.test").await;
    fixture.arrive(&first).await;
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
        let before = crm.count();
        crm.vendor.once(SAVE, mood.clone());
        let email = format!("comer-{number}@creators.test");
        let affiliate = fixture.approve_once("Next Comer", &email).await;
        let others = another_brands(&fixture, number).await;
        assert!(others < GIVEN_UP, "another brand waited {others:?} under {mood:?}");
        let sync = fixture.ended_within(crm, &affiliate, 90).await;
        assert_eq!(sync["state"], "Succeeded", "{mood:?}: {}", fixture.details(&sync).await);
        crm.holds(&email);
        let calls = crm.vendor.calls();
        let saved: Vec<usize> = (before..calls.len()).filter(|at| calls[*at].line().starts_with(SAVE)).collect();
        assert_eq!(saved.len(), 2, "{mood:?}: sent twice, since it failed once");
        assert_eq!(saved[1], saved[0] + 1, "{mood:?}: it goes on at the very call");
        let waited = calls[saved[1]].at - calls[saved[0]].at;
        assert!(waited >= pause, "{mood:?}: waited {waited:?}");
        assert_eq!(crm.vendor.with(|crm| crm.contacts()), number + 2, "{mood:?}: nobody twice");
    }
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_pauses_and_tells_its_owner() {
    let fixture = fixture().await;
    let crm = fixture.crm("activecampaign");
    crm.vendor.nth("", 2, Mood::Says(401, json!({"message": "Unauthorized"})));
    let affiliate = fixture.approve_once("Lauren Vale", "vale@creators.test").await;
    wait::until("the pause", 20, async || (fixture.connection(crm).await["status"] == "paused").then_some(())).await;
    let emails = wait::until("the letter", 20, async || {
        let emails = fixture.emails("crm_paused").await;
        (!emails.is_empty()).then_some(emails)
    })
    .await;
    assert_eq!(emails.len(), 1);
    let calls = crm.count();
    assert!(another_brands(&fixture, 0).await < Duration::from_secs(6));
    assert_eq!(crm.count(), calls, "nothing is sent while it is paused");
    let credentials = json!({"credentials": crm.vendor.with(|crm| crm.credentials())});
    fixture.api().patch(&format!("/connections/{}", crm.connection), &credentials).await.expect_status(200);
    fixture.arrive(&affiliate).await;
    crm.holds("vale@creators.test");
    fixture.finish().await;
}
