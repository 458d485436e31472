//! Goal: a click, an S2S sale and a Stripe event are three correct rows on the dashboard within 10 s of each event.
//! Method: sign in as the demo's owner, cause the three, and read the page; signed out or without an account there is
//! no page.

use std::time::Instant;

use serde_json::json;
use world::{
    Plan,
    client::{browser::Browser, dashboard::Marketer},
    shared_app::{backend, stripe_account},
    stripe::Purchase,
    wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn three_rows_within_ten_seconds() {
    let world = Plan::default().edge().start().await;
    let mut marketer = Marketer::new(&world.ledger.base());
    let nobody = marketer.browser.get("/dashboard").await;
    assert!(
        nobody.header("location").is_some_and(|location| location.starts_with("/login")),
        "{} {:?}",
        nobody.status,
        nobody.headers
    );
    let wrong = json!({"email": world.demo["owner"]["email"], "password": "not the password"});
    assert_eq!(marketer.sign_in(&wrong).await.status, 401);
    let signed_in = marketer.sign_in(&world.demo["owner"]).await;
    assert_eq!((signed_in.status, signed_in.header("location")), (303, Some("/dashboard")), "{}", signed_in.text());
    let set: Vec<&str> = signed_in
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .map(|(_, value)| value.as_str())
        .collect();
    assert!(
        set.iter()
            .any(|cookie| cookie.starts_with("__Host-") && cookie.contains("HttpOnly") && cookie.contains("Secure")),
        "{set:?}"
    );

    let mut browser = Browser::new(world.edge_base());
    browser.get("/lauren").await.expect_status(302);
    let token = browser.cookie("_rkmi").unwrap().to_owned();
    shows(&mut marketer, "the click", &["lauren"]).await;
    backend(&world)
        .post(&json!({"externalEventId": "order-of-the-page", "amountCents": 9_900, "clickToken": token}))
        .await
        .expect_status(202);
    shows(&mut marketer, "the sale", &["order-of-the-page", "99.00", "19.80"]).await;
    let purchase = Purchase::new("page", Some(&token));
    stripe_account(&world).deliver(&purchase.checkout()).await.expect_status(200);
    stripe_account(&world).deliver(&purchase.paid("invoice.paid.basil", 1)).await.expect_status(200);
    shows(&mut marketer, "the invoice", &[&purchase.invoice(1), "Stripe"]).await;

    // The second organization's page isn't this person's.
    let other = marketer.browser.get(&format!("/dashboard?organization={}", world.globex.organization)).await;
    assert_eq!(other.status, 404);
    let left = marketer.submit("/logout", &[]).await;
    assert_eq!(left.status, 303);
    let replayed = marketer.browser.get("/dashboard").await;
    assert_ne!(replayed.status, 200, "signed out on the server too");
    world.finish().await;
}

async fn shows(marketer: &mut Marketer, what: &str, texts: &[&str]) {
    let started = Instant::now();
    wait::until(what, 10, async || {
        let page = marketer.browser.get("/dashboard").await.expect_status(200).text();
        texts.iter().all(|text| page.contains(text)).then_some(())
    })
    .await;
    println!("{what} after {:?}", started.elapsed());
}
