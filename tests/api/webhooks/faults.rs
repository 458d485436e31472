//! Goal: a receiver that fails, hangs, redirects, answers 410 or is down for days harms no one else, and gets what it
//! missed again under the same id. A ledger that is killed between decision and delivery loses nothing.
//! Method: the receiver misbehaves path by path; days pass by the development clock; the ledger is killed with -9.

use serde_json::{Value, json};
use world::{
    fakes::Mood,
    http::Request,
    wait,
    webhook_fixture::{WebhookFixture, path},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_tried_again_under_the_same_id_with_a_new_time() {
    let fixture = WebhookFixture::shared().await;
    let (hook, secret) = fixture.listen("/hook", &json!(["conversion_created"])).await;
    fixture.receiver.when("POST /hook", Mood::Says(500, Value::Null));
    fixture.sale("order").await;
    fixture.arrived("/hook", 1).await;
    let health = wait::until("the failure to be shown", 10, async || {
        Some(fixture.read(&hook).await).filter(|hook| hook["failingSince"].is_string())
    })
    .await;
    assert_eq!((&health["lastError"], &health["pending"]), (&json!("responded 500"), &json!(1)));
    fixture.receiver.recover();
    let got = fixture.arrived("/hook", 2).await;
    assert_eq!(got[0].id, got[1].id);
    assert!(got[1].timestamp - got[0].timestamp >= 5, "{} {}", got[0].timestamp, got[1].timestamp);
    assert!(got.iter().all(|one| one.is_signed_with(&secret)));
    assert_eq!(got[0].body, got[1].body);
    let healed = wait::until("the success to be shown", 10, async || {
        Some(fixture.read(&hook).await).filter(|hook| hook["lastSuccessAt"].is_string())
    })
    .await;
    assert_eq!((&healed["failingSince"], &healed["pending"]), (&Value::Null, &json!(0)));
    let delivery = &fixture.deliveries(&hook).await[0];
    assert_eq!((&delivery["status"], &delivery["attemptCount"]), (&json!("Delivered"), &json!(2)));
    assert_eq!((&delivery["attempts"][0]["number"], &delivery["attempts"][1]["status"]), (&json!(2), &json!(500)));
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_not_followed_and_gone_is_gone() {
    let fixture = WebhookFixture::shared().await;
    let (away, _) = fixture.listen("/away", &json!(["conversion_created"])).await;
    let (gone, _) = fixture.listen("/gone", &json!(["conversion_created"])).await;
    let (busy, _) = fixture.listen("/busy", &json!(["conversion_created"])).await;
    fixture.receiver.when("POST /away", Mood::Redirects(fixture.url("/inner")));
    fixture.receiver.when("POST /gone", Mood::Says(410, Value::Null));
    fixture.receiver.when("POST /busy", Mood::Busy(3_600));
    fixture.sale("order").await;
    let settled = |hook: Value| {
        let fixture = &fixture;
        wait::until("an attempt to be settled", 10, async move || {
            // The attempts are read after the delivery, which says by its own count whether it knows them.
            let known = |one: &Value| one["attempts"][0].is_object() && one["attemptCount"] != 0;
            fixture.deliveries(&hook).await.into_iter().find(known)
        })
    };
    let delivery = settled(away.clone()).await;
    assert_eq!(
        (&delivery["attempts"][0]["error"], &delivery["status"]),
        (&json!("redirect_not_followed"), &json!("Pending"))
    );
    assert!(fixture.receiver.calls().iter().all(|call| call.path != "/inner"));
    let delivery = settled(gone.clone()).await;
    assert_eq!((&delivery["attempts"][0]["error"], &delivery["status"]), (&json!("gone"), &json!("Failed")));
    let shown = fixture.read(&gone).await;
    assert_eq!(shown["enabled"], false);
    assert!(shown["disabledReason"].as_str().unwrap().contains("410"), "{shown}");
    // `Retry-After` is respected: it waits an hour, not five seconds.
    let delivery = settled(busy.clone()).await;
    let next = shared::timestamp::Timestamp::parse_rfc3339(delivery["nextAttemptAt"].as_str().unwrap()).unwrap();
    let seconds = (next.millis() - wait::now().millis()) / 1_000;
    assert!((3_500..4_100).contains(&seconds), "{seconds}");
    fixture.sale("another").await;
    fixture.arrived("/away", 2).await;
    assert_eq!(fixture.receiver.received("/gone").len(), 1, "it is not asked again");
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_counts_although_its_body_breaks_off() {
    let fixture = WebhookFixture::shared().await;
    let (hook, _) = fixture.listen("/hook", &json!(["conversion_created"])).await;
    fixture.receiver.when("POST /hook", Mood::Breaks);
    fixture.sale("order").await;
    let delivery = wait::until("the attempt to be settled", 10, async || {
        fixture.deliveries(&hook).await.into_iter().find(|one| one["attempts"][0].is_object())
    })
    .await;
    assert_eq!((&delivery["status"], &delivery["lastStatus"]), (&json!("Delivered"), &json!(200)), "{delivery}");
    assert_eq!((&delivery["attemptCount"], &delivery["attempts"][0]["error"]), (&json!(1), &Value::Null), "{delivery}");
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_one_holds_up_nobody() {
    let fixture = WebhookFixture::start().await;
    let (slow, _) = fixture.listen("/slow", &json!(["conversion_created"])).await;
    fixture.listen("/quick", &json!(["conversion_created"])).await;
    fixture.receiver.when("POST /slow", Mood::Hangs);
    for number in 0..30 {
        fixture.sale(&format!("order {number}")).await;
    }
    fixture.arrived("/quick", 30).await;
    // In one queue, the last quick one would come after twenty of the slow ones.
    let given_up = fixture.receiver.given_up();
    assert!(given_up.len() < 20, "the quick ones wait: {given_up:?}");
    assert!(fixture.receiver.hanging() <= 10, "only a few of one endpoint at once");
    let timed_out = wait::until("the time-out to be written", 25, async || {
        let all = fixture.deliveries(&slow).await;
        all.into_iter().find(|one| one["attempts"][0]["error"] == "timeout")
    })
    .await;
    let took = timed_out["attempts"][0]["durationMs"].as_i64().unwrap();
    assert!((14_000..30_000).contains(&took), "{took}");
    fixture.world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_for_five_days_is_switched_off_with_notice() {
    let fixture = WebhookFixture::start().await;
    let (dead, _) = fixture.listen("/dead", &json!(["conversion_created"])).await;
    let (alive, _) = fixture.listen("/alive", &json!(["conversion_created"])).await;
    fixture.receiver.when("POST /dead", Mood::Says(503, Value::Null));
    fixture.sale("order").await;
    fixture.arrived("/dead", 1).await;
    let mut days = 0;
    let mut attempts = 1;
    while fixture.read(&dead).await["enabled"] == true {
        assert!(days < 7, "it is never switched off");
        fixture.advance(1).await;
        days += 1;
        attempts += 1;
        fixture.arrived("/dead", attempts).await;
        wait::until("the attempt to be settled", 10, async || {
            let delivery = fixture.deliveries(&dead).await.pop()?;
            (delivery["attempts"].as_array()?.len() >= attempts).then_some(())
        })
        .await;
    }
    assert_eq!(days, 5);
    let shown = fixture.read(&dead).await;
    assert!(shown["disabledReason"].as_str().unwrap().contains("five days"), "{shown}");
    assert_eq!(fixture.read(&alive).await["enabled"], true);
    let report = fixture
        .world
        .database
        .texts("select action || ' ' || actor from audit_log where action = 'webhook.disabled'")
        .await;
    assert_eq!(report, [["webhook.disabled system"]]);
    let mailbox = Request::get("/dev/mailbox").send(&fixture.world.ledger.base()).await.unwrap().json().to_string();
    assert!(mailbox.contains("a webhook was paused"), "{mailbox}");
    // Switched on again, it gets the waiting events at once, although their next attempt is tomorrow.
    fixture.receiver.recover();
    fixture.change(&dead, &json!({"enabled": true})).await.expect_status(200);
    let last = fixture.arrived("/dead", attempts + 1).await;
    assert_eq!(last.first().unwrap().id, last.last().unwrap().id);
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_failure_long_after_a_failed_test_switches_nothing_off() {
    let fixture = WebhookFixture::start().await;
    let (hook, _) = fixture.listen("/hook", &json!(["conversion_created"])).await;
    fixture.receiver.when("POST /hook", Mood::Says(503, Value::Null));
    let tested = fixture.world.api().send(Request::new("POST", &format!("/api/v1{}", path(&hook, "/test")))).await;
    let tested = tested.expect_status(200).json();
    assert_eq!((&tested["ok"], &tested["status"]), (&json!(false), &json!(503)), "{tested}");
    let shown = fixture.read(&hook).await;
    assert_eq!((&shown["lastError"], &shown["failingSince"]), (&json!("responded 503"), &Value::Null));
    fixture.advance(6).await;
    fixture.receiver.when("POST /hook", Mood::Busy(3_600));
    fixture.sale("order").await;
    let failing = wait::until("the failure to be shown", 10, async || {
        Some(fixture.read(&hook).await).filter(|hook| hook["failingSince"].is_string())
    })
    .await;
    assert_eq!((&failing["enabled"], &failing["pending"]), (&json!(true), &json!(1)), "{failing}");
    // What failed at one URL says nothing about another.
    let kept = fixture.change(&hook, &json!({"description": "the same"})).await.expect_status(200).json();
    assert_eq!(kept["failingSince"], failing["failingSince"]);
    // Its events needn't wait for the hour that the old one asked for.
    let moved = fixture.change(&hook, &json!({"url": fixture.url("/moved")})).await.expect_status(200).json();
    assert_eq!((&moved["enabled"], &moved["failingSince"]), (&json!(true), &Value::Null));
    fixture.arrived("/moved", 1).await;
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_ledger_loses_nothing() {
    let mut fixture = WebhookFixture::start().await;
    let (hook, secret) = fixture.listen("/hook", &json!(["conversion_created"])).await;
    fixture.receiver.when("POST /hook", Mood::Hangs);
    fixture.sale("under way").await;
    fixture.arrived("/hook", 1).await;
    // Decided, and possibly not being sent yet.
    fixture.sale("just decided").await;
    fixture.world.ledger.kill();
    fixture.receiver.recover();
    fixture.world.ledger.start().await;
    // An attempt without an outcome counts as lost after a minute.
    fixture.advance(1).await;
    let got = wait::until("both to arrive", 20, async || {
        let all = fixture.receiver.received("/hook");
        let both = |name: &str| all.iter().any(|one| one.data()["externalEventId"] == name);
        let delivered = fixture.deliveries(&hook).await.iter().all(|one| one["status"] == "Delivered");
        (both("under way") && both("just decided") && delivered).then_some(all)
    })
    .await;
    let mut names: Vec<(String, String)> =
        got.iter().map(|one| (one.data()["externalEventId"].as_str().unwrap().to_owned(), one.id.clone())).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 2, "a repetition has the same id");
    assert!(got.iter().all(|one| one.is_signed_with(&secret)));
    let begun: Vec<i64> =
        fixture.deliveries(&hook).await.iter().map(|one| one["attemptCount"].as_i64().unwrap()).collect();
    assert!(begun.iter().any(|count| *count >= 2), "the attempt that was lost was counted: {begun:?}");
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_events_are_forgotten() {
    let mut fixture = WebhookFixture::start().await;
    fixture.listen("/hook", &json!(["*"])).await;
    fixture.sale("order").await;
    fixture.arrived("/hook", 3).await;
    let age = "update webhook_deliveries set state = 'Delivered', next_attempt_at = null;
               with old as (select organization_id, id, kind, data, created_at from messages)
               insert into messages select organization_id, '01890a5d-ac96-774b-bcce-b302099a8057', kind, data, now() - interval '31 days'
               from old limit 1";
    fixture.world.database.run(age).await;
    assert_eq!(fixture.world.database.count("select count(*) from messages").await, 4);
    fixture.world.ledger.stop();
    fixture.world.ledger.start().await;
    fixture.world.ledger.run_jobs().await;
    wait::until("the old one to be forgotten", 20, async || {
        (fixture.world.database.count("select count(*) from messages").await == 3).then_some(())
    })
    .await;
    fixture.world.check().await;
}
