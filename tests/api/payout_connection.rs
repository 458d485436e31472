//! Goal: a brand connects its own Stripe account by API: each missing permission of a key is named, a refused key
//! pauses payouts, and only events that Stripe signed count.
//! Method: the fake server of Stripe with its permissions and webhooks beside a real ledger.

use serde_json::json;
use world::{
    client::{mailbox, sign},
    fakes::stripe_connect::{GERMAN_KEY, PLATFORM, POOR_KEY, Post, RESTRICTED_KEY, SECRET_KEY, UNCONNECTED_KEY},
    http::Request,
    payout_account_fixture::PayoutAccountFixture,
    wait::now,
};

#[tokio::test(flavor = "multi_thread")]
async fn each_missing_permission_is_named_and_a_good_key_is_kept_secret() {
    let fixture = PayoutAccountFixture::open().await;
    let api = fixture.world.api();
    assert_eq!(api.get("/payout-connection").await.refusal(), (404, "not_connected".to_owned()));
    let poor = fixture.connect(POOR_KEY).await;
    assert_eq!(poor.field_refusal(), (422, "missing_permissions".to_owned(), "apiKey".to_owned()));
    for name in ["Transfers: Write", "Account Links: Write", "2 permissions"] {
        assert!(poor.text().contains(name), "{name} in {}", poor.text());
    }
    assert_eq!(poor.json()["missing"].as_array().map(Vec::len), Some(2));
    for (key, status, code) in [
        (UNCONNECTED_KEY, 422, "no_connect"),
        ("rk_test_51NobodysKeyAtAllCanary", 422, "stripe_refused"),
        ("pk_test_51StandInConnectKeyCanary", 400, "validation_failed"),
        ("", 400, "validation_failed"),
    ] {
        let refused = fixture.connect(key).await;
        assert_eq!(refused.refusal(), (status, code.to_owned()), "{}", refused.text());
        assert!(!refused.text().contains("Canary"));
    }
    assert_eq!(fixture.world.database.count("select count(*) from payout_connections").await, 0);

    fixture.stripe.with(|stripe| stripe.set_balance("usd", 80_000));
    let made = fixture.connect(RESTRICTED_KEY).await.expect_status(200);
    assert!(!made.text().contains("Canary"), "the key is shown by its end only: {}", made.text());
    let made = made.json();
    assert_eq!(
        (&made["stripeAccount"], &made["country"], &made["livemode"]),
        (&json!(PLATFORM), &json!("US"), &json!(false))
    );
    assert_eq!(made["webhooks"]["listening"], true, "{made}");
    assert!(made["permissions"].as_array().unwrap().iter().all(|one| one["granted"] == true), "{made}");
    let endpoints = fixture.stripe.with(|stripe| stripe.endpoints());
    assert_eq!(endpoints.len(), 2, "{endpoints:?}");
    let balance = api.get("/payout-connection/balance").await.expect_status(200).json();
    assert_eq!(balance["balances"][0]["availableCents"], 80_000, "{balance}");
    let sealed = fixture
        .world
        .database
        .count("select count(*) from payout_connections where payout_connections::text like '%Canary%'");
    assert_eq!(sealed.await, 0, "no key stands in the row");

    // Another key of the same account keeps the connection; one of another account creates a new one.
    let again = fixture.connect(SECRET_KEY).await.expect_status(200).json();
    assert_eq!((&again["id"], &again["webhooks"]["endpoints"]), (&made["id"], &made["webhooks"]["endpoints"]));
    let german = fixture.connect(GERMAN_KEY).await.expect_status(200).json();
    assert!(german["id"] != made["id"] && german["country"] == "DE", "{german}");
    let back = fixture.connect(RESTRICTED_KEY).await.expect_status(200).json();
    assert_eq!(back["id"], made["id"], "the first account goes on where it was");

    api.delete("/payout-connection").await.expect_status(204);
    assert_eq!(api.get("/payout-connection").await.status, 404);
    assert_eq!(fixture.stripe.with(|stripe| stripe.endpoints().len()), 0, "nothing of ours stays at Stripe");
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_pauses_and_a_new_one_resumes() {
    let fixture = PayoutAccountFixture::connected().await;
    let (base, owner) =
        (fixture.world.ledger.base(), fixture.world.demo["owner"]["email"].as_str().unwrap().to_owned());
    fixture.stripe.with(|stripe| stripe.revoke(RESTRICTED_KEY));
    for _ in 0..2 {
        let tested = fixture.world.api().post("/payout-connection/test", &json!({})).await.expect_status(200).json();
        assert_eq!((&tested["ok"], &tested["connection"]["status"]), (&json!(false), &json!("paused")), "{tested}");
    }
    mailbox::read_email(&base, &owner, "payouts_paused").await;
    let emails = mailbox::read_emails(&base, &owner).await;
    assert_eq!(emails.iter().filter(|message| message["kind"] == "payouts_paused").count(), 1, "told once");
    let (affiliate, _) = fixture.affiliate("nina").await;
    assert_eq!(fixture.set_up(&affiliate, "DE").await.refusal(), (409, "payouts_paused".to_owned()));

    let resumed = fixture.connect(SECRET_KEY).await.expect_status(200).json();
    assert_eq!((&resumed["status"], &resumed["pausedReason"]), (&json!("active"), &json!(null)));
    fixture.set_up(&affiliate, "DE").await.expect_status(200);
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stripe_didnt_sign_is_no_hint_and_told_twice_is_one() {
    let fixture = PayoutAccountFixture::connected().await;
    fixture.stripe.with(|stripe| stripe.post(Post::Off));
    let connection = fixture.world.api().get("/payout-connection").await.expect_status(200).json();
    let url = connection["webhooks"]["url"].as_str().unwrap();
    let path = url.strip_prefix(&fixture.world.ledger.base()).unwrap().to_owned();
    let secret = fixture.stripe.with(|stripe| stripe.endpoints()[0].secret.clone());
    let body = json!({"id": "evt_1Replayed", "object": "event", "type": "account.updated", "account": "acct_1Nobody",
        "livemode": false, "data": {"object": {"id": "acct_1Nobody", "object": "account", "payouts_enabled": true}}})
    .to_string();
    let send = async |path: &str, signature: Option<String>, body: &str| {
        let mut request = Request::post(path, body).header("Content-Type", "application/json");
        if let Some(signature) = signature {
            request = request.header("Stripe-Signature", &signature);
        }
        request.send(&fixture.world.ledger.base()).await.unwrap().status
    };
    let signed = |secret: &str, body: &str| Some(sign::header(secret, now(), body.as_bytes()));
    let hints = async || {
        fixture.world.database.count("select count(*) from stripe_notifications where event like 'evt_1%'").await
    };
    assert_eq!(send(&path, None, &body).await, 400);
    assert_eq!(send(&path, signed("whsec_another", &body), &body).await, 400);
    assert_eq!(send(&path, signed("", &body), &body).await, 400);
    assert_eq!(send(&path, signed(&secret, "{}"), &body).await, 400, "signed, but another body");
    let old = sign::header(&secret, now().plus_millis(-301_000), body.as_bytes());
    assert_eq!(send(&path, Some(old), &body).await, 400, "an old signature");
    assert_eq!(send(&path, signed(&secret, "[]"), "[]").await, 400, "signed, and no event");
    let live = body.replace("\"livemode\":false", "\"livemode\":true").replace("evt_1Replayed", "evt_1Live");
    assert_eq!(send(&path, signed(&secret, &live), &live).await, 200);
    assert_eq!(hints().await, 0, "an event of the other mode is none of this connection\u{2019}s");
    for _ in 0..3 {
        assert_eq!(send(&path, signed(&secret, &body), &body).await, 200);
    }
    assert_eq!(hints().await, 1, "told three times, it is one");

    // Sent to another tenant, and to an unknown one.
    let (own, other) = (fixture.world.acme.organization.to_string(), fixture.world.globex.organization.to_string());
    assert_eq!(send(&path.replace(&own, &other), signed(&secret, &body), &body).await, 404);
    assert_eq!(send("/hooks/stripe-connect/org_x/pcon_x", signed(&secret, &body), &body).await, 404);
    let large = format!("{{\"x\":\"{}\"}}", "x".repeat(300_000));
    assert_eq!(send(&path, signed(&secret, &large), &large).await, 413);
    fixture.world.api().delete("/payout-connection").await.expect_status(204);
    assert_eq!(send(&path, signed(&secret, &body), &body).await, 404, "a connection that is over hears nothing");
    fixture.world.finish().await;
}
