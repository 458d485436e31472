//! Goal: a plan's limits apply only where plans are sold, a trial ends automatically, and the operator sets the paid
//! plan.
//! Method: a ledger with limits and one without; days pass.

use futures_util::future::join_all;
use serde_json::{Value, json};
use world::{
    Plan, World,
    client::api::Api,
    http::{Request, Response},
    organization_fixture::{key, owner, pass_days, set_plan},
    receiver,
    webhook_fixture::{WebhookFixture, path},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_ends_and_a_plan_begins() {
    let world = Plan::default().ledger_setting("REKOMI_PLAN_GATES", "on").start().await;
    let api = world.api();
    let plan = api.get("/organization").await.json()["plan"].clone();
    assert_eq!(
        (&plan["tier"], &plan["status"], &plan["membersMax"]),
        (&json!("Starter"), &json!("Trialing"), &json!(2))
    );
    let euro = json!({"currency": "EUR"});
    let put = async |body: &serde_json::Value| {
        let mut request = Request::post("/api/v1/home-currency", body.to_string());
        request.method = "PUT".to_owned();
        api.send(request).await
    };
    put(&euro).await.expect_status(200);
    let mut owner = owner(&world).await;
    let page = owner.browser.get("/dashboard/settings").await.text();
    assert!(page.contains("plan-title") && page.contains("Trial ends"), "{page}");

    pass_days(&world, 15).await;
    let plan = api.get("/organization").await.json()["plan"].clone();
    assert_eq!((&plan["status"], plan["trialEndsAt"].is_null()), (&json!("Cancelled"), true));
    let refused = put(&euro).await;
    assert_eq!(refused.refusal(), (402, "plan_tier_required".to_owned()));
    let body = refused.json();
    assert_eq!((&body["required"], &body["current"]), (&json!("Pro"), &json!("None")));
    put(&json!({"currency": null})).await.expect_status(200);
    assert_eq!(api.get("/home-currency").await.json()["currency"], json!(null));
    assert_eq!(
        world.database.count("select count(*) from audit_log where action = 'subscription.trial_ended'").await,
        2
    );

    assert!(set_plan(&world, &["--tier", "Growth"]).await);
    let body = put(&euro).await.expect_status(402).json();
    assert_eq!((&body["required"], &body["current"]), (&json!("Pro"), &json!("Growth")));
    assert!(set_plan(&world, &["--tier", "Pro"]).await);
    put(&euro).await.expect_status(200);
    assert!(set_plan(&world, &["--tier", "Pro", "--status", "PastDue"]).await);
    put(&euro).await.expect_status(200);
    assert!(!set_plan(&world, &["--tier", "Gold"]).await);
    assert!(!set_plan(&world, &["--tier", "Pro", "--status", "Trialing"]).await);
    world.finish().await;
}

/// What may be refused: a bulk invitation, and a webhook, created or changed.
async fn requested(fixture: &WebhookFixture, hook: &Value) -> [Response; 3] {
    let (api, program) = (fixture.world.api(), fixture.world.acme.program.to_string());
    let list = json!({"programId": program, "destination": "https://acme.test/", "affiliates": [{"email": "ada@creators.test"}]});
    let url = fixture.url("/more");
    [
        api.post("/affiliates/bulk-invite", &list).await,
        api.post("/webhooks", &json!({"url": url, "events": ["*"]})).await,
        fixture.change(hook, &json!({"events": ["conversion_created"]})).await,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_plan_lacks_is_refused_and_webhooks_that_exist_go_on() {
    let world = Plan::default().ledger_setting("REKOMI_PLAN_GATES", "on").start().await;
    let fixture = WebhookFixture { world, receiver: receiver::start() };
    let (hook, _) = fixture.listen("/kept", &json!(["conversion_created"])).await;
    let statuses = |answers: &[Response]| answers.iter().map(|answer| answer.status).collect::<Vec<_>>();
    let trial = requested(&fixture, &hook).await;
    assert_eq!(statuses(&trial), [402, 201, 200], "a trial invites no one in bulk");
    assert_eq!((&trial[0].json()["required"], &trial[0].json()["current"]), (&json!("Starter"), &json!("Trial")));

    pass_days(&fixture.world, 15).await;
    for refused in requested(&fixture, &hook).await {
        assert_eq!(refused.refusal(), (402, "plan_tier_required".to_owned()));
        assert_eq!((&refused.json()["required"], &refused.json()["current"]), (&json!("Starter"), &json!("None")));
    }
    for action in ["/rotate-secret", "/test"] {
        let refused = fixture.world.api().post(&path(&hook, action), &json!({})).await;
        assert_eq!(refused.refusal(), (402, "plan_tier_required".to_owned()), "{action}");
    }
    fixture.sale("after the trial").await;
    let delivered = fixture.arrived("/kept", 1).await;
    assert_eq!(
        (delivered[0].kind.as_str(), &delivered[0].data()["externalEventId"]),
        ("conversion_created", &json!("after the trial"))
    );

    assert!(set_plan(&fixture.world, &["--tier", "Starter"]).await);
    assert_eq!(statuses(&requested(&fixture, &hook).await), [200, 201, 200]);
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paying_recruiters_takes_pro_and_goes_on_without_it() {
    let world = Plan::default().ledger_setting("REKOMI_PLAN_GATES", "on").start().await;
    let put = async |enabled: bool, percent: i64, months: Option<i64>| {
        let path = format!("/api/v1/programs/{}/sub-affiliate-config", world.acme.program);
        let body = json!({"enabled": enabled, "percent": percent, "months": months});
        let mut request = Request::post(&path, body.to_string());
        request.method = "PUT".to_owned();
        world.api().send(request).await
    };
    assert!(set_plan(&world, &["--tier", "Growth"]).await);
    let refused = put(true, 10, None).await.expect_status(402).json();
    let named = ["error", "required", "current", "field"].map(|name| refused[name].as_str().unwrap_or_default());
    assert_eq!(named, ["plan_tier_required", "Pro", "Growth", "enabled"], "{refused}");
    let mut owner = owner(&world).await;
    let organization = world.acme.organization.to_string();
    let fields = [("organization", organization.as_str()), ("enabled", "yes"), ("percent", "10"), ("months", "")];
    let form = format!("/dashboard/programs/{}/sub-affiliates", world.acme.program);
    let page = owner.submit(&form, &fields).await.expect_status(402).text();
    assert!(page.contains("the Pro plan or higher") && page.contains("value=\"10\""), "{page}");
    put(false, 10, None).await.expect_status(200);

    assert!(set_plan(&world, &["--tier", "Pro"]).await);
    put(true, 10, Some(12)).await.expect_status(200);
    assert!(set_plan(&world, &["--tier", "Growth"]).await);
    for (enabled, percent, months, expected) in [
        (true, 10, Some(12), 200),
        (true, 11, Some(12), 402),
        (true, 10, None, 402),
        (true, 5, Some(12), 200),
        (true, 10, Some(12), 402),
        (false, 5, Some(12), 200),
        (true, 5, Some(12), 402),
    ] {
        assert_eq!(put(enabled, percent, months).await.status, expected, "{enabled} {percent} {months:?}");
    }
    world.finish().await;
}

/// A key of the organization's test mode.
async fn test_mode(world: &World) -> Api {
    let live = world.acme.organization.to_string();
    let there = owner(world).await.submit("/dashboard/test-mode", &[("organization", live.as_str())]).await;
    let twin = there.header("location").unwrap().split_once("organization=").unwrap().1.to_owned();
    key(world, &twin, "rk_test_planning", "owner").await
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_a_test_mode_take_one_connection_each() {
    // Two of the connections are for requests.
    let plan = Plan::default().ledger_setting("REKOMI_PLAN_GATES", "on");
    let world = plan.ledger_setting("REKOMI_DATABASE_CONNECTIONS", "4").start().await;
    let test = test_mode(&world).await;
    let answers = join_all((0..12).map(|_| test.get("/organization"))).await;
    assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [200; 12]);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn test_mode_has_the_plan_of_the_live_organization() {
    let world = Plan::default().ledger_setting("REKOMI_PLAN_GATES", "on").start().await;
    let test = test_mode(&world).await;
    // The tier, the status, and what a home currency, which takes Pro, is answered with.
    let seen = async || {
        let plan = test.get("/organization").await.expect_status(200).json()["plan"].clone();
        let mut request = Request::post("/api/v1/home-currency", json!({"currency": "EUR"}).to_string());
        request.method = "PUT".to_owned();
        let status = test.send(request).await.status;
        (plan["tier"].as_str().unwrap().to_owned(), plan["status"].as_str().unwrap().to_owned(), status)
    };
    let expected = |tier: &str, plan_status: &str, status: u16| (tier.to_owned(), plan_status.to_owned(), status);
    assert_eq!(seen().await, expected("Starter", "Trialing", 200));
    assert!(set_plan(&world, &["--tier", "Growth"]).await);
    assert_eq!(seen().await, expected("Growth", "Active", 402));
    assert!(set_plan(&world, &["--tier", "Pro"]).await);
    assert_eq!(seen().await, expected("Pro", "Active", 200));
    assert!(set_plan(&world, &["--tier", "Pro", "--status", "Cancelled"]).await);
    assert_eq!(seen().await, expected("Pro", "Cancelled", 402));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_gates_nothing_ends() {
    let world = World::start().await;
    pass_days(&world, 400).await;
    let mut request = Request::post("/api/v1/home-currency", json!({"currency": "EUR"}).to_string());
    request.method = "PUT".to_owned();
    world.api().send(request).await.expect_status(200);
    assert_eq!(
        world.database.count("select count(*) from organizations where subscription_status <> 'Trialing'").await,
        0
    );
    world.finish().await;
}
