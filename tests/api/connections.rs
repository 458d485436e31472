//! Goal: a brand connects its gateway by API, and from then on the gateway's webhooks are accepted until the connection
//! is removed. No response contains a secret, and no other organization sees the connection.
//! Method: fake servers of the gateways' APIs check every field; the real edge takes webhooks that are signed with what
//! the fake server issued.
//! Elsewhere: tests/crm/crash.rs: `/connections/{id}/resync`, `/connections/{id}/resyncs/{batchId}`
//! Elsewhere: tests/crm/retries.rs: `/connections/{id}/resyncs`

mod crm;
mod crm_settings;
mod maintenance;
mod refused;
mod stand_ins;

use serde_json::{Value, json};
use world::{
    Plan,
    fakes::{braintree, creem, dodo, paddle, stripe},
    gateway_fixture::{GatewayFixture, hook, target},
    http::{Request, Response},
    settings,
    shared_app::name,
    stripe::Purchase,
    vendor_webhooks::{Account, Delivery, earns, shape},
    wait,
};

fn fixture_file(name: &str) -> Value {
    let text = std::fs::read_to_string(settings::root().join("tests/fixtures").join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Waits for the edge to learn of a connection or its change, which takes seconds.
async fn answers(what: &str, status: u16, mut send: impl AsyncFnMut() -> Response) -> Response {
    wait::until(what, 20, async || Some(send().await).filter(|response| response.status == status)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn stripe_from_key_to_commission_and_away_again() {
    let fixture = GatewayFixture::start(Plan::default().edge()).await;
    let answer = fixture.connect("stripe", &json!({"apiKey": stripe::RESTRICTED_KEY})).await.expect_status(201);
    let made = answer.json();
    assert_eq!(made["status"], "active", "{made}");
    assert_eq!((made["environment"].as_str(), made["account"].as_str()), (Some("test"), Some(stripe::ACCOUNT)));
    assert_eq!((made["managed"].as_bool(), &made["nextStep"]), (Some(true), &Value::Null));
    assert!(made["credentials"]["apiKey"].as_str().unwrap().starts_with("rk_test_\u{2026}"));
    let endpoint = fixture.stripe.with(|stripe| stripe.endpoints.values().next().cloned()).expect("an endpoint");
    assert_eq!((&endpoint["url"], &endpoint["enabled_events"]), (&made["webhookUrl"], &made["events"]));
    assert_eq!(endpoint["metadata"]["rekomi_connection"], made["id"]);
    assert_eq!(endpoint["api_version"], "2026-07-29.dahlia");

    let account = fixture.signs(&made, endpoint["secret"].as_str().unwrap());
    let token = fixture.world.acme.token(&fixture.world.acme.partner, wait::now());
    let purchase = Purchase::new(&name("connected"), Some(&token));
    answers("the edge to take webhooks", 200, async || account.deliver(&purchase.checkout()).await).await;
    account.deliver(&purchase.paid("invoice.paid.basil", 1)).await.expect_status(200);
    let api = fixture.world.api();
    wait::until("the sale to earn", 10, async || {
        let (_, commissions) = api.booked(&purchase.invoice(1)).await?;
        (commissions.len() == 1 && commissions[0]["amountCents"] == 1_980).then_some(())
    })
    .await;
    let tested = fixture.test(&made).await.expect_status(200);
    assert_eq!(tested.json()["ok"], true, "{}", tested.text());
    let health = &tested.json()["connection"];
    assert_eq!((health["lastEventType"].as_str(), &health["lastError"]), (Some("invoice.paid"), &Value::Null));
    let mut broken = purchase.paid("invoice.paid.basil", 2);
    broken["data"]["object"]["amount_paid"] = json!("much");
    account.deliver(&broken).await.expect_status(200);
    wait::until("the problem to be told", 10, async || {
        let shown = fixture.world.api().get(&format!("/connections/{}", made["id"].as_str().unwrap())).await.json();
        (shown["lastError"].is_string() && shown["lastErrorAt"].is_string() && shown["status"] == "active")
            .then_some(())
    })
    .await;

    let removed = fixture.remove(&made).await.expect_status(204);
    assert!(removed.body.is_empty());
    assert!(fixture.stripe.with(|stripe| stripe.endpoints.is_empty()), "the endpoint at Stripe is gone");
    answers("the edge to forget it", 404, async || account.deliver(&purchase.checkout()).await).await;
    assert_eq!(fixture.remove(&made).await.refusal(), (404, "not_found".to_owned()));
    assert_eq!(fixture.test(&made).await.refusal(), (404, "not_found".to_owned()));
    assert!(fixture.made().await.is_empty());
    assert_eq!(fixture.world.api().all("/conversions").await.len(), 1, "what was booked stays");
    fixture.keeps_secrets(&[&answer, &tested, &removed]).await;
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_pasted_alone_and_rolled() {
    let fixture = GatewayFixture::start(Plan::default().edge()).await;
    let (old, new) = ("whsec_CanaryOfAnOldSecret0001", "whsec_CanaryOfANewSecret0002");
    let answer = fixture.connect("stripe", &json!({"webhookSecret": old})).await.expect_status(201);
    let made = answer.json();
    assert!(fixture.stripe.calls().is_empty(), "there is no key to ask with");
    let step = made["nextStep"].as_str().expect("what is left to do");
    assert!(step.contains(made["webhookUrl"].as_str().unwrap()) && step.contains("Webhooks"), "{step}");
    assert!(made["events"].as_array().unwrap().contains(&json!("invoice.paid")));
    let tested = fixture.test(&made).await.expect_status(200).json();
    assert_eq!(tested["ok"], false, "nothing came yet: {tested}");

    let event = Purchase::new(&name("pasted"), None).checkout();
    let (before, after) = (fixture.signs(&made, old), fixture.signs(&made, new));
    answers("the old secret to be taken", 200, async || before.deliver(&event).await).await;
    assert_eq!(after.deliver(&event).await.status, 401);
    let changed = fixture.change(&made, &json!({"credentials": {"webhookSecret": new}})).await.expect_status(200);
    answers("the new secret to be taken", 200, async || after.deliver(&event).await).await;
    assert_eq!(before.deliver(&event).await.status, 401);

    // A pause, and its end.
    let paused = fixture.change(&made, &json!({"status": "disabled"})).await.expect_status(200);
    assert_eq!(paused.json()["status"], "disabled");
    answers("the pause to begin", 404, async || after.deliver(&event).await).await;
    fixture.change(&made, &json!({"status": "active"})).await.expect_status(200);
    answers("the pause to end", 200, async || after.deliver(&event).await).await;
    fixture.keeps_secrets(&[&answer, &changed, &paused]).await;
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paddle_from_key_to_commission_and_away_again() {
    let fixture = GatewayFixture::start(Plan::default().edge()).await;
    let answer = fixture.connect("paddle", &json!({"apiKey": paddle::KEY})).await.expect_status(201);
    let made = answer.json();
    assert_eq!((made["status"].as_str(), made["environment"].as_str()), (Some("active"), Some("sandbox")));
    let setting = fixture.paddle.with(|paddle| paddle.settings.values().next().cloned()).expect("a destination");
    assert_eq!((&setting["destination"], &setting["type"]), (&made["webhookUrl"], &json!("url")));
    assert_eq!(setting["traffic_source"], "all", "a sandbox may simulate");
    let names: Vec<&Value> = setting["subscribed_events"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, made["events"].as_array().unwrap().iter().collect::<Vec<_>>());
    assert_eq!(fixture.test(&made).await.expect_status(200).json()["ok"], true);

    let secret = setting["endpoint_secret_key"].as_str().unwrap();
    let mut sale = fixture_file("paddle/transaction.completed.json");
    sale["occurred_at"] = json!(wait::now().to_string());
    sale["data"]["billed_at"] = sale["occurred_at"].clone();
    sale["data"]["custom_data"]["rekomi_ref"] =
        json!(fixture.world.acme.token(&fixture.world.acme.partner, wait::now().plus_millis(-60_000)));
    let body = sale.to_string();
    let target = hook(&made);
    answers("the edge to take webhooks", 200, async || {
        let signature = paddle::signature(secret, wait::now(), &body);
        let request = Request::post(&target, body.clone()).header("Paddle-Signature", &signature);
        request.send(&fixture.world.edge_base()).await.unwrap()
    })
    .await;
    let api = fixture.world.api();
    wait::until("the sale to earn", 10, async || {
        let (_, commissions) = api.booked(sale["data"]["id"].as_str().unwrap()).await?;
        (commissions.len() == 1 && commissions[0]["amountCents"] == 2_160).then_some(())
    })
    .await;
    fixture.remove(&made).await.expect_status(204);
    assert!(fixture.paddle.with(|paddle| paddle.settings.is_empty()));
    fixture.keeps_secrets(&[&answer]).await;
    fixture.world.finish().await;
}

/// A webhook that a key made: the edge takes what its secret signs, its problems are named, and it goes with the
/// connection. `switch` disables it at the gateway, or enables it again.
async fn lives_and_goes(fixture: &GatewayFixture, account: &Account, event: &Value, switch: impl Fn(bool)) {
    let made = &account.connection;
    assert_eq!((made["status"].as_str(), made["managed"].as_bool()), (Some("active"), Some(true)), "{made}");
    assert!(made["nextStep"].is_null() && made["environment"] == "test", "{made}");
    let body = event.to_string();
    answers("the edge to take webhooks", 200, async || {
        account.send(&account.signed(&body, &Delivery::of(&name("made"), ""))).await
    })
    .await;
    let tested = fixture.test(made).await.expect_status(200);
    assert_eq!(tested.json()["ok"], true, "{}", tested.text());
    switch(false);
    let tested = fixture.test(made).await.expect_status(200);
    assert!(tested.json()["ok"] == false && tested.text().contains("is disabled in"), "{}", tested.text());
    switch(true);
    assert_eq!(fixture.test(made).await.expect_status(200).json()["connection"]["status"], "active");
    fixture.keeps_secrets(&[&tested]).await;
    fixture.remove(made).await.expect_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn dodo_from_key_to_commission_and_away_again() {
    let fixture = GatewayFixture::start(Plan::default().edge()).await;
    let answer = fixture.connect("dodo", &json!({"apiKey": dodo::KEY, "environment": "test"})).await.expect_status(201);
    let webhook = fixture.dodo.with(|dodo| dodo.webhooks.values().next().cloned()).expect("the webhook");
    assert_eq!((&webhook["url"], &webhook["filter_types"]), (&answer.json()["webhookUrl"], &answer.json()["events"]));
    let id = webhook["id"].as_str().unwrap().to_owned();
    let account = Account::of(&fixture.world, "dodo", answer.json(), &dodo::secret(&id));
    let sale = name("dodo");
    let mut paid = shape("dodo", "payment.succeeded");
    paid["timestamp"] = json!(wait::now().to_string());
    paid["data"]["payment_id"] = json!(sale);
    let token = fixture.world.acme.token(&fixture.world.acme.partner, wait::now().plus_millis(-60_000));
    paid["data"]["metadata"] = json!({ "rekomi_ref": token });
    (paid["data"]["discounts"], paid["data"]["discount_id"]) = (json!(null), json!(null));
    let switch = |on: bool| {
        fixture.dodo.with(|dodo| dodo.webhooks.get_mut(&id).unwrap()["disabled"] = json!(!on));
    };
    lives_and_goes(&fixture, &account, &paid, switch).await;
    earns(&fixture.world, "Dodo", &sale, (4_900, 980), "Pending").await;
    assert!(fixture.dodo.with(|dodo| dodo.webhooks.is_empty()));
    fixture.keeps_secrets(&[&answer]).await;
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn creem_from_key_to_webhooks_and_away_again() {
    let fixture = GatewayFixture::start(Plan::default().edge()).await;
    let answer = fixture.connect("creem", &json!({"apiKey": creem::KEY})).await.expect_status(201);
    let webhook = fixture.creem.with(|creem| creem.webhooks.values().next().cloned()).expect("the webhook");
    assert_eq!((&webhook["url"], &webhook["events"]), (&answer.json()["webhookUrl"], &answer.json()["events"]));
    let id = webhook["id"].as_str().unwrap().to_owned();
    let account = Account::of(&fixture.world, "creem", answer.json(), &creem::secret(&id));
    let mut paid = shape("creem", "checkout.completed.onetime");
    paid["id"] = json!(name("evt_creem"));
    paid["created_at"] = json!(wait::now().seconds() * 1_000);
    let switch = |on: bool| {
        let status = if on { "enabled" } else { "disabled" };
        fixture.creem.with(|creem| creem.webhooks.get_mut(&id).unwrap()["status"] = json!(status));
    };
    lives_and_goes(&fixture, &account, &paid, switch).await;
    assert!(fixture.creem.with(|creem| creem.webhooks.is_empty()));
    fixture.keeps_secrets(&[&answer]).await;
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn braintree_asks_for_proof_and_tells() {
    let fixture = GatewayFixture::start(Plan::default().edge()).await;
    let keys = json!({"environment": "sandbox", "merchantId": braintree::MERCHANT, "publicKey": braintree::PUBLIC_KEY,
                      "privateKey": braintree::PRIVATE_KEY});
    let answer = fixture.connect("braintree", &keys).await.expect_status(201);
    let made = answer.json();
    assert_eq!((made["account"].as_str(), made["managed"].as_bool()), (Some(braintree::MERCHANT), Some(false)));
    assert!(made["nextStep"].as_str().unwrap().contains("Create New Webhook"), "{made}");
    assert_eq!(made["credentials"]["privateKey"], "\u{2026}1a60");
    assert_eq!(fixture.test(&made).await.expect_status(200).json()["ok"], true);

    let published = fixture_file("braintree_signatures.json");
    let (requested, report) = (&published["challenges"][0], &published["notifications"][0]);
    let query = format!("{}?{}", hook(&made), requested["query"].as_str().unwrap());
    let proof = answers("the edge to know the keys", 200, async || {
        Request::get(&query).send(&fixture.world.edge_base()).await.unwrap()
    })
    .await;
    assert_eq!(proof.text(), requested["answer"].as_str().unwrap());
    let mut notification = Request::new("POST", &hook(&made));
    notification.body = report["body"].as_str().unwrap().into();
    let notification = notification.header("Content-Type", "application/x-www-form-urlencoded");
    notification.send(&fixture.world.edge_base()).await.unwrap().expect_status(200);

    // Other keys; the gateway must accept them first.
    let mut other = keys.clone();
    other["privateKey"] = json!("canarythatbraintreedoesntknow");
    let refused = fixture.change(&made, &json!({"credentials": other})).await;
    assert_eq!(refused.refusal(), (422, "gateway_refused".to_owned()));
    other["environment"] = json!("production");
    assert_eq!(
        fixture.change(&made, &json!({"credentials": other})).await.field_refusal().2,
        "credentials.environment"
    );
    fixture.change(&made, &json!({"credentials": keys})).await.expect_status(200);
    fixture.remove(&made).await.expect_status(204);
    answers("the edge to forget it", 404, async || {
        Request::get(&query).send(&fixture.world.edge_base()).await.unwrap()
    })
    .await;
    fixture.keeps_secrets(&[&answer, &refused]).await;
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_twice_is_one_connection() {
    let fixture = GatewayFixture::start(Plan::default()).await;
    let body = fixture.body("stripe", &json!({"apiKey": stripe::SECRET_KEY})).to_string();
    let request = |key: &str| Request::post("/api/v1/connections", body.clone()).header("Idempotency-Key", key);
    let api = fixture.world.api();
    // Two requests in parallel: one creates it, the other is refused or gets the same answer.
    let both = tokio::join!(api.send(request("twice")), api.send(request("twice")));
    let mut answers = [both.0, both.1];
    answers.sort_by_key(|answer| answer.status);
    assert_eq!(answers[0].status, 201, "{}", answers[0].text());
    assert!(
        answers[1].status == 201 || answers[1].refusal() == (409, "request_under_way".to_owned()),
        "{}",
        answers[1].text()
    );
    let again = api.send(request("twice")).await.expect_status(201);
    assert_eq!(again.json(), answers[0].json());
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(fixture.stripe.with(|stripe| stripe.endpoints.len()), 1);
    let other =
        Request::post("/api/v1/connections", fixture.body("paddle", &json!({"apiKey": paddle::KEY})).to_string());
    let other = api.send(other.header("Idempotency-Key", "twice")).await;
    assert_eq!(other.refusal(), (409, "idempotency_conflict".to_owned()));

    let made = again.json();
    let removal = || Request::new("DELETE", &target(&made)).header("Idempotency-Key", "gone");
    api.send(removal()).await.expect_status(204);
    api.send(removal()).await.expect_status(204);
    api.send(Request::new("DELETE", &target(&made))).await.expect_status(404);
    assert_eq!(fixture.made().await.len(), 0);
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_filters_and_other_tenants() {
    let fixture = GatewayFixture::start(Plan::default()).await;
    let made = fixture.connect("stripe", &json!({"apiKey": stripe::SECRET_KEY})).await.expect_status(201).json();
    let (own, other) = (fixture.world.api(), fixture.world.other_api());
    assert_eq!(own.all("/connections").await.len(), 4, "with the demo's three");
    assert_eq!(own.all("/connections?type=paddle").await.len(), 1);
    let program = fixture.world.acme.program.to_string();
    assert_eq!(own.all(&format!("/connections?type=stripe&programId={program}")).await.len(), 2);
    assert_eq!(own.get("/connections?type=marketo").await.field_refusal().2, "type");
    assert_eq!(own.all("/connections").await[0]["id"], made["id"], "newest first");

    assert!(other.all("/connections").await.is_empty());
    let id = made["id"].as_str().unwrap();
    let theirs = [
        Request::get(&target(&made)),
        Request::new("POST", &format!("{}/test", target(&made))),
        Request::new("DELETE", &target(&made)),
        Request { method: "PATCH".to_owned(), ..Request::post(&target(&made), r#"{"status":"disabled"}"#) },
    ];
    for request in theirs {
        let line = format!("{} {}", request.method, request.target);
        assert_eq!(other.send(request).await.refusal(), (404, "not_found".to_owned()), "{line}");
    }
    // Nor by the program, nor by taking the id over.
    let credentials = json!({"webhookSecret": "whsec_0123456789abcdef"});
    let foreign = json!({"type": "stripe", "programId": program, "credentials": credentials});
    assert_eq!(other.post("/connections", &foreign).await.field_refusal(), not_found("programId"));
    let foreign = json!({"type": "stripe", "programId": fixture.world.globex.program.to_string(), "id": id,
                         "credentials": credentials});
    assert_eq!(other.post("/connections", &foreign).await.refusal(), (409, "id_taken".to_owned()));
    assert!(other.all("/connections").await.is_empty());
    let moved = fixture.change(&made, &json!({"programId": fixture.world.globex.program.to_string()})).await;
    assert_eq!(moved.field_refusal(), not_found("programId"));
    assert_eq!(own.get(&format!("/connections/{id}")).await.expect_status(200).json()["status"], "active");
    fixture.world.finish().await;
}

fn not_found(field: &str) -> (u16, String, String) {
    (404, "not_found".to_owned(), field.to_owned())
}
