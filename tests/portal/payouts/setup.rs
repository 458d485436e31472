//! Goal: an affiliate sets up how they are paid in the portal: at Stripe and back, or by another method.
//! Method: an affiliate's browser follows the links; the fake server of Stripe creates the account.

use world::{
    client::{
        dashboard::Marketer,
        mailbox::{link, token},
    },
    fakes::stripe_connect::Post,
    http::Response,
    payout_account_fixture::PayoutAccountFixture,
};

/// The affiliate of that address, signed in.
async fn signed_in(fixture: &PayoutAccountFixture, email: &str) -> Marketer {
    let mut browser = Marketer::new(&fixture.world.ledger.base());
    browser.submit("/a/link", &[("email", email)]).await.expect_status(303);
    let entry = link(&fixture.world.ledger.base(), email, "affiliate_link").await;
    browser.submit("/a/enter", &[("token", token(&entry))]).await.expect_status(303);
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn to_stripe_and_back_before_and_after_it_is_done() {
    let fixture = PayoutAccountFixture::connected().await;
    fixture.stripe.with(|stripe| stripe.post(Post::Off));
    let email = fixture.world.demo["affiliate"]["email"].as_str().unwrap().to_owned();
    let affiliate = fixture.world.acme.partner.affiliate.to_string();
    let mut lauren = signed_in(&fixture, &email).await;
    let page = lauren.browser.get("/a/payouts/setup").await.expect_status(200).text();
    assert!(page.contains("Germany") && page.contains("Brazil") && page.contains("PayPal"), "{page}");
    for (country, entity) in [("", "individual"), ("DE", "cat"), ("KP", "individual")] {
        let form = [("country", country), ("entity", entity)];
        let refused = lauren.submit("/a/payouts/setup/stripe", &form).await;
        assert!(
            [400, 422].contains(&refused.status) && refused.text().contains("role=\"alert\""),
            "{}",
            refused.text()
        );
    }
    let form = [("country", "AT"), ("entity", "individual")];
    let chosen = lauren.submit("/a/payouts/setup/stripe", &form).await;
    assert_eq!(chosen.header("location"), Some("/a/payouts/setup/onboard"), "{}", chosen.text());
    // Only this page's forms may lead to Stripe; a browser would stop them elsewhere.
    let policy = |answer: &Response| answer.header("content-security-policy").unwrap().to_owned();
    let leads_on = format!("form-action 'self' {}", fixture.stripe.base());
    let setup = lauren.browser.get("/a/payouts/setup").await;
    assert!(policy(&setup).contains(&leads_on), "{}", policy(&setup));
    let home = lauren.browser.get("/a").await;
    assert!(policy(&home).contains("form-action 'self';"), "{}", policy(&home));
    let go = lauren.browser.get("/a/payouts/setup/go").await.expect_status(303);
    assert_eq!(go.header("location"), Some("/a/payouts/setup/onboard"));

    // The wrong country: another account, while nothing was paid to this one.
    lauren.submit("/a/payouts/setup/over", &[]).await.expect_status(303);
    let form = [("country", "DE"), ("entity", "individual")];
    lauren.submit("/a/payouts/setup/stripe", &form).await.expect_status(303);
    let account = fixture.stripe.with(|stripe| stripe.account_of(&affiliate)).unwrap();
    assert_eq!(account.country, "DE");

    // On to Stripe; a used link leads to a new one.
    let onward = lauren.browser.get("/a/payouts/setup/onboard").await.expect_status(303);
    let first = onward.header("location").unwrap().to_owned();
    assert!(first.starts_with(fixture.stripe.base()) && first.contains(&account.id), "{first}");
    let second = lauren.browser.get("/a/payouts/setup/onboard").await.expect_status(303);
    assert_ne!(second.header("location"), Some(first.as_str()));

    // Back too early: the return alone proves nothing.
    let back = lauren.browser.get("/a/payouts/setup/return").await.expect_status(303);
    let page = lauren.browser.get(back.header("location").unwrap()).await.expect_status(200).text();
    assert!(
        page.contains("not finished") && page.contains("Stripe needs your") && page.contains("Continue on Stripe"),
        "{page}"
    );
    assert_eq!(fixture.read(&affiliate).await["ready"], false);
    let dashboard = lauren.browser.get("/a/payouts/setup/dashboard").await;
    assert_eq!(dashboard.status, 422, "no dashboard before they told everything once");

    // Back when it is done, though no webhook came.
    fixture.stripe.with(|stripe| stripe.complete(&account.id));
    lauren.browser.get("/a/payouts/setup/return").await.expect_status(303);
    let page = lauren.browser.get("/a/payouts/setup").await.expect_status(200).text();
    assert!(page.contains("ready to be paid.") && page.contains("Set up"), "{page}");
    let dashboard = lauren.browser.get("/a/payouts/setup/dashboard").await.expect_status(303);
    assert!(dashboard.header("location").unwrap().starts_with(fixture.stripe.base()));

    // Each is an account in the brand's name: three are allowed, a fourth isn't.
    for status in [303, 409] {
        lauren.submit("/a/payouts/setup/over", &[]).await.expect_status(303);
        let again = lauren.submit("/a/payouts/setup/stripe", &form).await;
        assert_eq!(again.status, status, "{}", again.text());
    }

    // An account that could be paid once was a destination, also after they left it: another one has to wait.
    let form = [("rail", "PayPal"), ("email", "thief@elsewhere.test")];
    lauren.submit("/a/payouts/setup/method", &form).await.expect_status(303);
    let hold = fixture.read(&affiliate).await["hold"].clone();
    assert!(hold["reason"].as_str().is_some_and(|reason| reason.contains("three days")), "{hold}");

    // No one else sees any of it.
    let mut stranger = Marketer::new(&fixture.world.ledger.base());
    assert_eq!(
        stranger.browser.get("/a/payouts/setup/onboard").await.header("location"),
        Some("/a/link?next=%2Fa%2Fpayouts%2Fsetup%2Fonboard")
    );
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_way_is_kept_secret_and_told_by_mail() {
    let fixture = PayoutAccountFixture::open().await;
    let email = fixture.world.demo["affiliate"]["email"].as_str().unwrap().to_owned();
    let affiliate = fixture.world.acme.partner.affiliate.to_string();
    let mut lauren = signed_in(&fixture, &email).await;
    let page = lauren.browser.get("/a/payouts/setup").await.expect_status(200).text();
    assert!(!page.contains("Stripe pays straight to your bank account"), "the brand hasn\u{2019}t connected it");
    let form = [("rail", "PayPal"), ("email", "not an address")];
    let refused = lauren.submit("/a/payouts/setup/method", &form).await.expect_status(400).text();
    assert!(refused.contains("email address") && refused.contains("id=\"PayPal-email-problem\""), "{refused}");
    assert!(!refused.contains("id=\"Wise-email-problem\""), "only at the field that was sent: {refused}");
    let form = [("rail", "Manual"), ("holder", ""), ("account", "my bank")];
    let refused = lauren.submit("/a/payouts/setup/method", &form).await.expect_status(400).text();
    for text in ["id=\"holder-problem\"", "id=\"account-problem\"", "There are 2 problems", "<title>Error: "] {
        assert!(refused.contains(text), "{text}: {refused}");
    }
    let form =
        [("rail", "Manual"), ("holder", "Lauren Canary"), ("account", "DE89 3704 0044 0532 0130 00\nCOBADEFFXXX")];
    lauren.submit("/a/payouts/setup/method", &form).await.expect_status(303);
    let page = lauren.browser.get("/a/payouts/setup?done=method").await.expect_status(200).text();
    assert!(page.contains("\u{2026}3000") && !page.contains("0532") && !page.contains("Canary"), "{page}");
    let read = fixture.read(&affiliate).await;
    assert!(read["rail"] == "Manual" && read["ready"] == true && read["method"]["hint"] == "\u{2026}3000", "{read}");
    let open = "select count(*) from payout_methods where payout_methods::text ~ '(Canary|0532)'";
    assert_eq!(fixture.world.database.count(open).await, 0, "sealed");
    world::client::mailbox::read_email(&fixture.world.ledger.base(), &email, "payout_method_changed").await;
    fixture.world.finish().await;
}
