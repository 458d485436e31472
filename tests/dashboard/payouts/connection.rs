//! Goal: the page of the payout connection asks the person to prove who they are before it connects a Stripe account,
//! names what a key lacks, shows the balance, tests the connection and ends it. Test mode refuses a live key.
//! Method: an owner's browser posts the page's forms; the fake server of Stripe answers.
//! Routes: `/dashboard/payouts/connection/test`, `/dashboard/payouts/connection/disconnect`

use world::{
    client::dashboard::{Marketer, PROVED_LONG_AGO},
    fakes::stripe_connect::{POOR_KEY, RESTRICTED_KEY},
    payout_account_fixture::PayoutAccountFixture,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_live_key_has_no_place_in_test_mode() {
    let fixture = PayoutAccountFixture::open().await;
    let own = fixture.world.acme.organization.to_string();
    let mut owner = Marketer::new(&fixture.world.ledger.base());
    owner.sign_in(&fixture.world.demo["owner"]).await.expect_status(303);
    let made = owner.submit("/dashboard/test-mode", &[("organization", &own)]).await.expect_status(303);
    let twin = made.header("location").unwrap().split("organization=").nth(1).unwrap().to_owned();
    let place = "/dashboard/payouts/connection";
    let password = ("password", fixture.world.demo["owner"]["password"].as_str().unwrap());
    let form = [("organization", twin.as_str()), ("apiKey", "rk_live_51StandInConnectLiveCanary")];
    fixture.world.database.set_proved_at(PROVED_LONG_AGO).await;
    let refused = owner.submit(place, &form).await.expect_status(403).text();
    assert!(refused.contains("Enter your password"), "an open browser alone connects nothing: {refused}");
    let form = [password, form[0], form[1]];
    let refused = owner.submit(place, &form).await.expect_status(422).text();
    assert!(refused.contains("This is a live key") && !refused.contains("Canary"), "{refused}");
    assert!(fixture.stripe.calls().is_empty(), "Stripe isn\u{2019}t even asked");

    // The page itself: what is missing, then connected, then its balance.
    let form = [("organization", own.as_str()), ("apiKey", POOR_KEY)];
    let refused = owner.submit(place, &form).await.expect_status(422).text();
    assert!(refused.contains("Transfers: Write") && !refused.contains("Canary"), "{refused}");
    fixture.stripe.with(|stripe| stripe.set_balance("eur", 12_345));
    let form = [("organization", own.as_str()), ("apiKey", RESTRICTED_KEY)];
    owner.submit(place, &form).await.expect_status(303);
    let page = owner.browser.get(&format!("{place}?organization={own}")).await.expect_status(200).text();
    assert!(page.contains("connected") && page.contains("\u{20ac}123.45") && !page.contains("Canary"), "{page}");
    let tested = owner.submit(&format!("{place}/test"), &[("organization", &own)]).await.expect_status(200).text();
    assert!(tested.contains("has all required permissions"), "{tested}");
    owner.submit(&format!("{place}/disconnect"), &[("organization", &own)]).await.expect_status(303);
    let page = owner.browser.get(&format!("{place}?organization={own}")).await.expect_status(200).text();
    assert!(page.contains("Connect Stripe"), "{page}");
    fixture.world.finish().await;
}
