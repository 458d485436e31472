//! Goal: no secret and no person's data reaches a log or an error's body.
//! Method: the demo's own secrets are the canaries; a world lives through clicks, sales, refusals of every kind, a sign-in
//! and a failure of the database; then the logs of edge and ledger, and every body that was answered, are searched.

use serde_json::json;
use world::{
    Plan, World,
    client::{browser::Browser, dashboard::Marketer},
    http::{Request, Response},
    settings,
    shared_app::{backend, stripe_account},
    stripe::Purchase,
    wait,
};

fn canaries(world: &World) -> Vec<(&'static str, String)> {
    let key = |ring: &str| ring.split(':').nth(1).unwrap().to_owned();
    vec![
        ("API key", world.acme.api_key.clone()),
        ("other API key", world.globex.api_key.clone()),
        ("signing secret", world.acme.signing_secret.clone()),
        ("Stripe secret", world.acme.stripe_secret.clone()),
        ("password", world.demo["owner"]["password"].as_str().unwrap().to_owned()),
        ("edge's master key", key(settings::EDGE_KEYS)),
        ("ledger's master key", key(settings::LEDGER_KEYS)),
        ("database password", format!(":{}@", settings::APP_PASSWORD)),
        ("buyer's address", "canary.buyer@buyers.example".to_owned()),
        ("mistyped password", "canary-of-a-password".to_owned()),
        ("session", "__Host-".to_owned()),
        ("sealed secret", "rksealed_".to_owned()),
    ]
}

async fn live(world: &World) -> Vec<Response> {
    let mut answers = Vec::new();
    let mut browser = Browser::new(world.edge_base());
    browser.get("/lauren").await.expect_status(302);
    let token = browser.cookie("_rkmi").unwrap().to_owned();
    let backend = backend(world);
    let sale = json!({"externalEventId": "canary", "amountCents": 9_900, "clickToken": token, "customerEmail": "canary.buyer@buyers.example"});
    answers.push(backend.post(&sale).await);
    let mut conflicting = sale.clone();
    conflicting["amountCents"] = json!(1);
    answers.push(backend.post(&conflicting).await);
    answers.push(backend.post(&json!({"externalEventId": 1, "customerEmail": "canary.buyer@buyers.example"})).await);
    answers.push(backend.post_text("{\"customerEmail\":\"canary.buyer@buyers.example\"").await);
    answers.push(world::client::s2s::Backend { secret: "rks_wrong".to_owned(), ..backend.clone() }.post(&sale).await);
    let stripe = stripe_account(world);
    let purchase = Purchase::new("canary", Some(&token));
    answers.push(stripe.deliver(&purchase.checkout()).await);
    answers.push(stripe.deliver(&purchase.paid("invoice.paid.basil", 1)).await);
    let mut broken = purchase.paid("invoice.paid.basil", 2);
    broken["data"]["object"]["amount_paid"] = json!("canary.buyer@buyers.example");
    answers.push(stripe.deliver(&broken).await);
    answers.push(stripe.send(&stripe.with_signature("{}", "t=1,v1=00")).await);
    let mut marketer = Marketer::new(&world.ledger.base());
    let wrong = json!({"email": world.demo["owner"]["email"], "password": "canary-of-a-password"});
    answers.push(marketer.sign_in(&wrong).await);
    marketer.sign_in(&world.demo["owner"]).await;
    answers.push(marketer.browser.get("/dashboard").await);
    answers.push(world.api().get("/programs").await);
    answers.push(world.api().get("/conversions?status=nonsense").await);
    answers.push(world.api().send(Request::post("/api/v1/links", "{")).await);
    wait::until("everything to be booked", 15, async || {
        (world.database.count("select count(*) from conversions").await >= 2).then_some(())
    })
    .await;
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_them_is_written_down() {
    let world = Plan::default()
        .database_proxy()
        .edge()
        .ledger_setting("REKOMI_LOG", "debug,sqlx=info,hyper=info")
        .start()
        .await;
    let mut answers = live(&world).await;
    world.database_proxy.as_ref().unwrap().cut();
    answers.push(world.api().get("/programs").await);
    answers.push(backend(&world).post(&json!({"externalEventId": "later", "amountCents": 1})).await);
    world.database_proxy.as_ref().unwrap().heal();
    let (ledger, edge) = (world.ledger.log(), world.edge_log());
    assert!(ledger.lines().count() > 10, "the ledger logs");
    for (what, canary) in canaries(&world) {
        assert!(canary.len() >= 7, "{what}");
        for (place, text) in [("ledger's log", &ledger), ("edge's log", &edge)] {
            let line = text.lines().find(|line| line.contains(&canary));
            assert!(line.is_none(), "{what} in the {place}: {line:?}");
        }
        for answer in &answers {
            let text = answer.text();
            let shown = text.contains(&canary) && !(what == "buyer's address" && answer.status == 200);
            assert!(!shown, "{what} in an answer of {}: {text}", answer.status);
        }
    }
}
