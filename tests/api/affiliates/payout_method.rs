//! Goal: affiliates who earned something and can't be paid are asked how; brands hold payouts and set other payout
//! methods; an erased affiliate leaves nothing of either.
//! Method: the same affiliate by API and on the dashboard's page of payout accounts, with the ledger's clock moved.
//! Routes: `/dashboard/payouts/accounts/{id}/{what}`

use serde_json::json;
use world::{
    brand::But,
    client::{dashboard::Marketer, mailbox},
    payout_account_fixture::PayoutAccountFixture,
};

#[tokio::test(flavor = "multi_thread")]
async fn who_earned_something_and_cant_be_paid_is_asked_how() {
    let fixture = PayoutAccountFixture::connected().await;
    let brand = &fixture.world.acme;
    let (base, email) =
        (fixture.world.ledger.base(), fixture.world.demo["affiliate"]["email"].as_str().unwrap().to_owned());
    let affiliate = brand.partner.affiliate.to_string();
    let slug = brand.partner.slug.clone();
    let sale = brand.sale("order-1", 9_900).but(|report| {
        report.affiliate_slug = Some(slug);
        report.customer_id = Some("buyer".to_owned());
    });
    fixture.world.intake().accept(&[sale]).await;
    fixture.advance_days(40).await;
    // Once what they earned is released, they are asked.
    for _ in 0..2 {
        fixture.world.ledger.run_jobs().await;
    }
    let message = mailbox::read_email(&base, &email, "payout_setup").await;
    assert!(message["subject"].as_str().unwrap().contains("add a payout method to get paid"), "{message}");
    let sent = async || {
        let emails = mailbox::read_emails(&base, &email).await;
        emails.iter().filter(|message| message["kind"] == "payout_setup").count()
    };

    // The list shows who waits and why; a second email within minutes is refused.
    let organization = brand.organization.to_string();
    let mut owner = Marketer::new(&base);
    owner.sign_in(&fixture.world.demo["owner"]).await.expect_status(303);
    let place = "/dashboard/payouts/accounts";
    let page = owner.browser.get(&format!("{place}?organization={organization}")).await.expect_status(200).text();
    assert!(page.contains("Not set up") && page.contains("Resend setup email"), "{page}");
    let act = format!("{place}/{affiliate}");
    owner.submit(&format!("{act}/invite"), &[("organization", &organization)]).await.expect_status(409);
    assert_eq!(sent().await, 1);

    // On hold and released, on the page and by API.
    let form = [("organization", organization.as_str()), ("reason", "We look at their traffic")];
    owner.submit(&format!("{act}/hold"), &form).await.expect_status(303);
    let held = fixture.read(&affiliate).await;
    assert_eq!((&held["hold"]["reason"], &held["ready"]), (&json!("We look at their traffic"), &json!(false)));
    let path = format!("/affiliates/{affiliate}/payout-hold");
    fixture.put(&path, &json!({"reason": "Still looking"})).await.expect_status(200);
    assert_eq!(fixture.put(&path, &json!({"reason": " "})).await.refusal().0, 400);
    let page = owner.browser.get(&format!("{place}?organization={organization}&show=hold")).await.expect_status(200);
    assert!(page.text().contains("Still looking"));
    let released = fixture.world.api().delete(&path).await.expect_status(200).json();
    assert_eq!(released["hold"], json!(null));

    // By API; the same request again changes nothing.
    let path = format!("/affiliates/{affiliate}/payout-method");
    let paypal = json!({"rail": "PayPal", "email": "Lauren.Paid@Example.com"});
    let set = fixture.put(&path, &paypal).await.expect_status(200).json();
    assert_eq!((&set["rail"], &set["method"]["hint"]), (&json!("PayPal"), &json!("l\u{2026}@example.com")), "{set}");
    fixture.put(&path, &paypal).await.expect_status(200);
    let report = "select count(*) from audit_log where action = 'payout_method.set'";
    assert_eq!(fixture.world.database.count(report).await, 1);
    assert_eq!(fixture.put(&path, &json!({"rail": "Cash"})).await.field_refusal().2, "rail");
    assert_eq!(fixture.put(&path, &json!({"rail": "Wise"})).await.field_refusal().2, "email");
    fixture.put(&path, &json!({"rail": "Stripe"})).await.expect_status(200);

    // Another organization's affiliate isn't there.
    let other = fixture.world.other_api();
    for path in [format!("/affiliates/{affiliate}/payout-account")] {
        assert_eq!(other.get(&path).await.status, 404);
        assert_eq!(other.post(&path, &json!({"country": "DE"})).await.status, 404);
    }

    // After the erasure nothing is left, and the Stripe account is released.
    fixture.set_up(&affiliate, "DE").await.expect_status(200);
    fixture.put(&format!("/affiliates/{affiliate}/payout-method"), &paypal).await.expect_status(200);
    let erase = format!("/affiliates/{affiliate}/erase");
    fixture.world.api().post(&erase, &json!({"reason": "They asked for it"})).await.expect_status(200);
    for left in [
        "select count(*) from payout_methods",
        "select count(*) from payout_invitations",
        "select count(*) from payout_accounts where stripe_account is not null or status <> 'Closed'",
    ] {
        assert_eq!(fixture.world.database.count(left).await, 0, "{left}");
    }
    fixture.world.finish().await;
}
