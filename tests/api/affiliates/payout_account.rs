//! Goal: affiliates of several countries set up their Stripe accounts by API, and an account is created once whichever
//! answer gets lost.
//! Method: the fake server of Stripe with its requirements by country; answers that are lost; many requests at the same
//! time.

use serde_json::json;
use world::{
    fakes::{
        Mood,
        stripe_connect::{Effect, GERMAN_KEY, Post},
    },
    payout_account_fixture::PayoutAccountFixture,
};

#[tokio::test(flavor = "multi_thread")]
async fn each_country_gets_what_stripe_demands_of_it() {
    let fixture = PayoutAccountFixture::connected().await;
    for (name, country, agreement, capabilities) in [
        ("una", "US", "full", &["card_payments", "transfers"][..]),
        ("dora", "DE", "full", &["transfers"]),
        ("bia", "br", "recipient", &["transfers"]),
    ] {
        let (affiliate, _) = fixture.affiliate(name).await;
        let none = fixture.read(&affiliate).await;
        assert_eq!((&none["rail"], &none["ready"], &none["stripe"]), (&json!(null), &json!(false), &json!(null)));
        let made = fixture.set_up(&affiliate, country).await.expect_status(200).json();
        assert!(made["onboardingUrl"].as_str().unwrap().starts_with(fixture.stripe.base()), "{made}");
        assert_eq!(made["account"]["stripe"]["status"], "Onboarding", "{made}");
        assert_eq!(made["account"]["stripe"]["agreement"], agreement);
        assert!(!made["account"]["stripe"]["needs"].as_array().unwrap().is_empty(), "{made}");
        let account = fixture.stripe.with(|stripe| stripe.account_of(&affiliate)).expect("an account at Stripe");
        let requested: Vec<&str> = account.capabilities.keys().map(String::as_str).collect();
        assert_eq!((account.agreement.as_str(), requested.as_slice()), (agreement, capabilities), "{country}");

        // A repeated request returns the same account, unless the country differs.
        let again = fixture.set_up(&affiliate, country).await.expect_status(200).json();
        assert_eq!(again["account"]["stripe"]["id"], made["account"]["stripe"]["id"]);
        assert_eq!(fixture.set_up(&affiliate, "FR").await.refusal(), (409, "account_exists".to_owned()));

        // A webhook of Stripe says that they are done.
        fixture.stripe.with(|stripe| stripe.complete(&account.id));
        let ready = fixture.until_status(&affiliate, "Ready").await;
        assert_eq!((&ready["ready"], &ready["rail"]), (&json!(true), &json!("Stripe")), "{ready}");
        assert!(ready["stripe"]["readyAt"].is_string());
        let login = format!("/affiliates/{affiliate}/payout-account/login-link");
        assert!(fixture.world.api().post(&login, &json!({})).await.expect_status(200).json()["url"].is_string());
    }
    assert_eq!(fixture.stripe.with(|stripe| stripe.accounts().len()), 3);

    let (affiliate, _) = fixture.affiliate("nobody").await;
    let refused = fixture.set_up(&affiliate, "KP").await;
    assert_eq!(refused.field_refusal(), (422, "country_unsupported".to_owned(), "country".to_owned()));
    // A German platform can't pay Brazil, and accounts of another platform don't work there.
    fixture.connect(GERMAN_KEY).await.expect_status(200);
    let refused = fixture.set_up(&affiliate, "BR").await;
    assert_eq!(refused.refusal(), (422, "country_unsupported_from_platform".to_owned()), "{}", refused.text());
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_never_makes_a_second_account() {
    let fixture = PayoutAccountFixture::connected().await;
    let all = || fixture.stripe.with(|stripe| stripe.accounts().len());
    // The answer gets lost; a repeated request returns the same account.
    let (lost, _) = fixture.affiliate("lost").await;
    fixture.stripe.once("POST /v1/accounts", Mood::Lost);
    assert_eq!(fixture.set_up(&lost, "DE").await.refusal(), (503, "stripe_unavailable".to_owned()));
    assert_eq!((fixture.read(&lost).await["stripe"]["status"].clone(), all()), (json!("Creating"), 1));
    fixture.set_up(&lost, "DE").await.expect_status(200);
    assert_eq!(all(), 1);

    // Stripe created it, answered 500, and repeats that for a day.
    let (stored, _) = fixture.affiliate("stored").await;
    fixture.stripe.with(|stripe| stripe.stores_500("POST /v1/accounts", Effect::Done));
    assert_eq!(fixture.set_up(&stored, "US").await.refusal(), (503, "stripe_unavailable".to_owned()));
    fixture.set_up(&stored, "US").await.expect_status(200);
    assert_eq!(all(), 2, "it was looked up");

    // No one requests it again for days; the job does, after Stripe has forgotten the key.
    let (forgotten, _) = fixture.affiliate("forgotten").await;
    fixture.stripe.once("POST /v1/accounts", Mood::Lost);
    assert_eq!(fixture.set_up(&forgotten, "BR").await.status, 503);
    fixture.stripe.with(|stripe| stripe.advance_hours(25));
    let aged = "update payout_accounts set called_at = rekomi_later(called_at, -25 * 3600), next_check_at = created_at
                where status = 'Creating'";
    fixture.world.database.run_untriggered(aged).await;
    fixture.until_status(&forgotten, "Onboarding").await;
    assert_eq!(all(), 3);

    // A definite refusal is returned, and the next attempt is a new one.
    let (refused, _) = fixture.affiliate("refused").await;
    fixture.stripe.with(|stripe| stripe.platform().is_approved = false);
    let message = fixture.set_up(&refused, "DE").await;
    assert_eq!(message.refusal(), (422, "stripe_refused".to_owned()), "{}", message.text());
    assert_eq!(fixture.read(&refused).await["stripe"]["status"], "Closed");
    fixture.stripe.with(|stripe| stripe.platform().is_approved = true);
    fixture.set_up(&refused, "DE").await.expect_status(200);
    assert_eq!(all(), 4);
    fixture.world.finish().await;
}

/// Accounts are large, and more than thirty-five of them are too long an answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_found_among_many_large_accounts() {
    const LARGE: usize = 30_000;
    let fixture = PayoutAccountFixture::connected().await;
    let all = || fixture.stripe.with(|stripe| stripe.accounts().len());
    let sixty_more = || {
        fixture.stripe.with(|stripe| {
            for _ in 0..60 {
                let id = stripe.ready_account("US", "full");
                stripe.account(&id).metadata.insert("notes".to_owned(), "x".repeat(LARGE));
            }
        });
    };
    sixty_more();
    let (stored, _) = fixture.affiliate("stored").await;
    fixture.stripe.with(|stripe| stripe.stores_500("POST /v1/accounts", Effect::Done));
    assert_eq!(fixture.set_up(&stored, "US").await.refusal(), (503, "stripe_unavailable".to_owned()));
    fixture.set_up(&stored, "US").await.expect_status(200);
    assert_eq!(all(), 61, "it was looked up");

    // While Stripe holds the key, a list that can't be read is no reason to wait.
    let (hasty, _) = fixture.affiliate("hasty").await;
    fixture.stripe.once("POST /v1/accounts ", Mood::Breaks);
    assert_eq!(fixture.set_up(&hasty, "US").await.refusal(), (503, "stripe_unavailable".to_owned()));
    fixture.stripe.once("GET /v1/accounts ", Mood::Writes(200, Vec::new(), " ".repeat(2 << 20)));
    fixture.set_up(&hasty, "US").await.expect_status(200);
    assert_eq!(all(), 62);

    // Later it is: no account is created until the list can be read; then it is found, however many came after it.
    let (forgotten, _) = fixture.affiliate("forgotten").await;
    fixture.stripe.once("POST /v1/accounts ", Mood::Breaks);
    assert_eq!(fixture.set_up(&forgotten, "BR").await.status, 503);
    fixture.stripe.with(|stripe| stripe.advance_hours(25));
    sixty_more();
    let aged = "update payout_accounts set called_at = rekomi_later(called_at, -25 * 3600) where status = 'Creating'";
    fixture.world.database.run_untriggered(aged).await;
    fixture.stripe.once("GET /v1/accounts ", Mood::Writes(200, Vec::new(), " ".repeat(2 << 20)));
    assert_eq!(fixture.set_up(&forgotten, "BR").await.refusal(), (503, "stripe_unavailable".to_owned()));
    fixture.set_up(&forgotten, "BR").await.expect_status(200);
    assert_eq!(all(), 123);
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clicked_ten_times_at_once_it_is_one_account() {
    let fixture = PayoutAccountFixture::connected().await;
    let (affiliate, _) = fixture.affiliate("hasty").await;
    let mut clicks = Vec::new();
    for _ in 0..10 {
        clicks.push(fixture.set_up(&affiliate, "DE"));
    }
    let answers = futures_util::future::join_all(clicks).await;
    for answer in &answers {
        assert!([200, 409, 503].contains(&answer.status), "{} {}", answer.status, answer.text());
    }
    assert!(answers.iter().any(|answer| answer.status == 200));
    assert_eq!(fixture.stripe.with(|stripe| stripe.accounts().len()), 1);
    assert_eq!(fixture.world.database.count("select count(*) from payout_accounts").await, 1);
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_webhooks_stripe_is_asked_and_what_it_needs_is_told() {
    let fixture = PayoutAccountFixture::connected().await;
    fixture.stripe.with(|stripe| stripe.post(Post::Off));
    let (affiliate, email) = fixture.affiliate("slow").await;
    fixture.set_up(&affiliate, "DE").await.expect_status(200);
    let account = fixture.stripe.with(|stripe| stripe.account_of(&affiliate)).unwrap().id;
    fixture.stripe.with(|stripe| stripe.complete(&account));
    fixture.advance_days(1).await;
    fixture.until_status(&affiliate, "Ready").await;

    // Stripe requires more; a day later the ledger knows, and the affiliate is notified.
    fixture.stripe.with(|stripe| stripe.require(&account, &["individual.verification.document"]));
    fixture.advance_days(2).await;
    let stopped = fixture.until_status(&affiliate, "Restricted").await;
    assert_eq!(stopped["ready"], false);
    assert_eq!(stopped["stripe"]["needs"][0]["what"], "identity document", "{stopped}");
    world::client::mailbox::read_email(&fixture.world.ledger.base(), &email, "payout_action").await;

    // They leave the platform: the account is closed, and the connection stays.
    fixture.stripe.with(|stripe| stripe.deauthorize(&account));
    fixture.advance_days(1).await;
    fixture.until_status(&affiliate, "Closed").await;
    let connection = fixture.world.api().get("/payout-connection").await.expect_status(200).json();
    assert_eq!(connection["status"], "active", "{connection}");
    fixture.world.finish().await;
}
