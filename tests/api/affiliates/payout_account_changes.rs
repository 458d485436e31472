//! Goal: a change of where Stripe pays an affiliate is noticed and announced: sign-in links to their Stripe account
//! need an admin's key, and another bank account or another Stripe account counts as a change.
//! Method: accounts change at the fake server of Stripe; the mailbox and the API are read.

use serde_json::json;
use world::{
    brand::But,
    client::{api::Api, mailbox},
    payout_account_fixture::PayoutAccountFixture,
    wait,
};

/// An affiliate whose account is ready: their id, address, and Stripe's name of the account.
async fn ready(fixture: &PayoutAccountFixture, name: &str) -> (String, String, String) {
    let (affiliate, email) = fixture.affiliate(name).await;
    fixture.set_up(&affiliate, "DE").await.expect_status(200);
    let account = fixture.stripe.with(|stripe| stripe.account_of(&affiliate)).expect("an account at Stripe").id;
    fixture.stripe.with(|stripe| stripe.complete(&account));
    fixture.until_status(&affiliate, "Ready").await;
    (affiliate, email, account)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_into_an_account_takes_an_admins_key_and_is_announced() {
    let fixture = PayoutAccountFixture::connected().await;
    let (fresh, _) = fixture.affiliate("fresh").await;
    let (affiliate, email, _) = ready(&fixture, "lena").await;
    let make = json!({"name": "portal", "scope": "write", "role": "admin"});
    let made = fixture.world.api().post("/api-keys", &make).await.expect_status(201).json();
    let write = Api::new(fixture.world.ledger.base(), made["bearer"].as_str().unwrap());
    let account = |affiliate: &str| format!("/affiliates/{affiliate}/payout-account");
    let login = format!("{}/login-link", account(&affiliate));
    let audited = async || {
        let query =
            "select after ->> 'to' as link_to from audit_log where action = 'payout_account.link_created' order by id";
        fixture.world.database.texts(query).await.concat()
    };

    // A key that may write can start an account but can't open one that is set up.
    let set_up = json!({"country": "DE", "entity": "individual"});
    write.post(&account(&fresh), &set_up).await.expect_status(200);
    let before = audited().await;
    assert_eq!(before.last().map(String::as_str), Some("forms"));
    for refused in [write.post(&account(&affiliate), &set_up).await, write.post(&login, &json!({})).await] {
        assert_eq!(refused.refusal(), (403, "forbidden".to_owned()));
    }
    assert_eq!(audited().await, before);
    let emails = mailbox::read_emails(&fixture.world.ledger.base(), &email).await;
    assert!(emails.iter().all(|message| message["kind"] != "payout_login_link"), "{emails:?}");

    fixture.world.api().post(&login, &json!({})).await.expect_status(200);
    assert_eq!(audited().await.last().map(String::as_str), Some("dashboard"));
    let message = mailbox::read_email(&fixture.world.ledger.base(), &email, "payout_login_link").await;
    assert!(message["text"].as_str().unwrap().contains("sign-in link to your Stripe Express dashboard"), "{message}");
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_bank_account_behind_stripe_is_a_change() {
    let fixture = PayoutAccountFixture::connected().await;
    let (affiliate, email, account) = ready(&fixture, "lena").await;
    assert_eq!(fixture.read(&affiliate).await["hold"], json!(null), "the first bank account is no change");
    fixture.stripe.with(|stripe| stripe.change_bank(&account, "ba_Another4321"));
    let held = wait::until("the hold", 20, async || {
        let read = fixture.read(&affiliate).await;
        read["hold"].is_object().then_some(read)
    })
    .await;
    assert_eq!((&held["hold"]["actor"], &held["ready"]), (&json!("system"), &json!(false)), "{held}");
    let message = mailbox::read_email(&fixture.world.ledger.base(), &email, "payout_method_changed").await;
    assert!(message["text"].as_str().unwrap().contains("different bank account (\u{2026}4321)"), "{message}");

    // Who recruits themselves is found by the bank account behind two Stripe accounts, from then on.
    let (recruit, _, theirs) = ready(&fixture, "max").await;
    let config = format!("/programs/{}/sub-affiliate-config", fixture.world.acme.program);
    fixture.put(&config, &json!({"enabled": true, "percent": 10})).await.expect_status(200);
    let by = json!({"recruiterId": affiliate, "reason": "They said so"});
    fixture.put(&format!("/affiliates/{recruit}/recruiter"), &by).await.expect_status(200);
    let slug = fixture.world.api().get(&format!("/affiliates/{recruit}")).await.expect_status(200).json()["slug"]
        .as_str()
        .unwrap()
        .to_owned();
    let sell = async |name: &str| {
        let sale = fixture.world.acme.sale(name, 10_000).but(|report| {
            report.affiliate_slug = Some(slug.clone());
            report.customer_id = Some(format!("buyer-of-{name}"));
        });
        fixture.world.intake().accept(&[sale]).await;
        let (conversion, commissions) = fixture.world.api().booked(name).await.unwrap();
        let share = commissions.into_iter().find(|row| row["type"] == "Override").expect("a share of the recruiter");
        (conversion["flags"].clone(), share["heldFor"].clone())
    };
    assert_eq!(sell("before").await, (json!([]), json!(null)));
    for (account, bank) in [(&account, "ba_Lena9876"), (&theirs, "ba_Max9876")] {
        fixture.stripe.with(|stripe| stripe.change_bank_to(account, bank, "1JWtPxqbdX5Gamtc"));
    }
    let same = "select count(*) from (select account_key from payout_account_keys
                                      group by account_key having count(distinct affiliate_id) = 2) k";
    wait::until("one bank account of two", 20, async || (fixture.world.database.count(same).await == 1).then_some(()))
        .await;
    assert_eq!(sell("after").await, (json!(["SelfRecruit"]), json!("Review")));
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_account_in_the_place_of_one_that_worked_is_a_change() {
    let fixture = PayoutAccountFixture::connected().await;
    let (affiliate, _, _) = ready(&fixture, "lena").await;
    fixture
        .world
        .database
        .run("update payout_accounts set status = 'Closed', disabled_reason = 'left', next_check_at = null")
        .await;
    let made = fixture.set_up(&affiliate, "DE").await.expect_status(200).json();
    assert_eq!(fixture.read(&affiliate).await["hold"], json!(null), "nothing goes there yet");
    let account = made["account"]["stripe"]["stripeAccount"].as_str().expect("Stripe's name of it").to_owned();
    fixture.stripe.with(|stripe| stripe.complete(&account));
    let read = fixture.until_status(&affiliate, "Ready").await;
    assert!(read["hold"].is_object() && read["ready"] == false, "{read}");
    fixture.world.finish().await;
}
