//! Goal: a sale through Stripe's own events earns its commission: the token travels in `client_reference_id`, and
//! neither the order of arrival nor the API version matters.
//! Method: events in Stripe's shapes, signed in Stripe's scheme, are posted to the real edge; amounts are read by API.
//! 108.90 with 9.90 tax is 99.00 commissionable, 20% of it 19.80.

use serde_json::{Value, json};
use world::{
    World,
    client::{browser::Browser, sign},
    shared_app::{booked, name, shared_app, stripe_account},
    stripe::{Purchase, shape},
    wait::now,
};

async fn token(world: &World) -> String {
    let mut browser = Browser::new(world.edge_base());
    browser.get("/lauren").await.expect_status(302);
    browser.cookie("_rkmi").unwrap().to_owned()
}

async fn deliver(world: &World, event: &Value) {
    stripe_account(world).deliver(event).await.expect_status(200);
}

/// One commission of 19.80 on a conversion of 99.00.
async fn earns(world: &World, external_id: &str, kind: &str) {
    let api = world.api();
    world::wait::until(&format!("{external_id} to earn 19.80"), 10, async || {
        let (conversion, commissions) = api.booked(external_id).await?;
        let right =
            conversion["amountCents"] == 9_900 && conversion["type"] == kind && conversion["source"] == "Stripe";
        (right && commissions.len() == 1 && commissions[0]["amountCents"] == 1_980).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn session_then_invoice_then_renewals_of_both_shapes() {
    let world = shared_app().await;
    let purchase = Purchase::new(&name("inorder"), Some(&token(world).await));
    deliver(world, &purchase.checkout()).await;
    deliver(world, &purchase.paid("invoice.paid.basil", 1)).await;
    earns(world, &purchase.invoice(1), "Sale").await;
    deliver(world, &purchase.paid("invoice.paid.basil", 2)).await;
    deliver(world, &purchase.paid("invoice.paid.before_basil", 3)).await;
    earns(world, &purchase.invoice(2), "Recurring").await;
    earns(world, &purchase.invoice(3), "Recurring").await;
    // Stripe may deliver again at any time; other events change nothing.
    deliver(world, &purchase.paid("invoice.paid.basil", 2)).await;
    let mut other = purchase.paid("invoice.paid.basil", 2);
    other["id"] = json!(format!("{}_again", other["id"].as_str().unwrap()));
    other["type"] = json!("invoice.payment_succeeded");
    deliver(world, &other).await;
    let customer = purchase.customer();
    assert_eq!(world.api().all(&format!("/conversions?customerId={customer}")).await.len(), 3);
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invoice_before_session() {
    let world = shared_app().await;
    for shape in ["invoice.paid.basil", "invoice.paid.before_basil"] {
        let purchase = Purchase::new(&name("early"), Some(&token(world).await));
        deliver(world, &purchase.paid(shape, 1)).await;
        let (conversion, commissions) = booked(world, &purchase.invoice(1)).await;
        assert_eq!((conversion["status"].as_str(), commissions.len()), (Some("Unattributed"), 0));
        deliver(world, &purchase.checkout()).await;
        earns(world, &purchase.invoice(1), "Sale").await;
    }
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_is_a_lead_and_the_invoice_after_it_the_sale() {
    let world = shared_app().await;
    for in_order in [true, false] {
        let purchase = Purchase::new(&name("trial"), Some(&token(world).await));
        let mut events = [
            purchase.trialing(),
            purchase.paid("invoice.paid.trial", 1),
            purchase.checkout(),
            purchase.paid("invoice.paid.basil", 2),
        ];
        if !in_order {
            events.reverse();
        }
        for event in &events {
            deliver(world, event).await;
        }
        earns(world, &purchase.invoice(2), "Sale").await;
        let api = world.api();
        let lead = format!("lead_sub_{}", purchase.name);
        world::wait::until(&format!("{lead} to convert"), 10, async || {
            let leads = api.all(&format!("/leads?customerId={}", purchase.customer())).await;
            let [found] = leads.as_slice() else { return None };
            (found["externalEventId"] == lead && found["status"] == "Converted").then_some(())
        })
        .await;
        // The lead itself earns nothing, as this plan pays for none.
        let conversions = api.all(&format!("/conversions?customerId={}", purchase.customer())).await;
        let mut kinds: Vec<_> = conversions.iter().map(|row| (row["type"].as_str(), row["status"].as_str())).collect();
        kinds.sort_unstable();
        assert_eq!(
            kinds.iter().map(|kind| kind.0).collect::<Vec<_>>(),
            [Some("Lead"), Some("Sale")],
            "{conversions:?}"
        );
        assert_eq!(api.booked(&lead).await.unwrap().1.len(), 0);
    }
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_payment_and_one_that_is_paid_later() {
    let world = shared_app().await;
    let single = Purchase::new(&name("single"), Some(&token(world).await));
    deliver(world, &single.single_payment()).await;
    earns(world, &format!("pi_{}", single.name), "Sale").await;

    let later = Purchase::new(&name("later"), Some(&token(world).await));
    let paid = later.single_payment();
    let with = |shape_name: &str, id: &str| {
        let mut event = paid.clone();
        let published = shape(shape_name);
        event["id"] = json!(format!("evt_{}_{id}", later.name));
        event["type"] = published["type"].clone();
        event["data"]["object"]["payment_status"] = published["data"]["object"]["payment_status"].clone();
        event
    };
    deliver(world, &with("checkout.session.completed.unpaid", "unpaid")).await;
    deliver(world, &with("checkout.session.async_payment_succeeded", "paid")).await;
    earns(world, &format!("pi_{}", later.name), "Sale").await;
    assert_eq!(world.api().all(&format!("/conversions?customerId={}", later.customer())).await.len(), 1);
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_are_checked_as_stripe_says() {
    let world = shared_app().await;
    let stripe = stripe_account(world);
    let body = Purchase::new(&name("signed"), None).checkout().to_string();
    let at = now();
    let v1 = sign::v1(&stripe.secret, at.seconds(), body.as_bytes());
    let wrong = sign::v1("whsec_of_somebody_else", at.seconds(), body.as_bytes());
    let t = at.seconds();
    let old = at.plus_millis(-301_000 - 5_000);
    let refused = [
        (format!("t={t},v1={wrong}"), "signature_invalid"),
        (format!("t={t},v0={v1}"), "signature_malformed"),
        (format!("t={t}"), "signature_malformed"),
        (format!("v1={v1}"), "signature_malformed"),
        (format!("t={},v1={v1}", t + 1), "signature_invalid"),
        (format!("t=soon,v1={v1}"), "signature_malformed"),
        (sign::header(&stripe.secret, old, body.as_bytes()), "signature_expired"),
        (sign::header(&stripe.secret, at, format!("{body} ").as_bytes()), "signature_invalid"),
    ];
    for (header, code) in refused {
        let response = stripe.send(&stripe.with_signature(&body, &header)).await;
        assert_eq!(response.refusal(), (401, code.to_owned()), "{header}");
    }
    let unsigned = world::http::Request::post(&stripe.target, body.clone());
    assert_eq!(stripe.send(&unsigned).await.refusal(), (401, "signature_missing".to_owned()));
    let accepted = [
        // While the secret is rolled there are two.
        format!("t={t},v1={wrong},v1={v1}"),
        format!("t={t},v1={v1},v0={wrong}"),
        sign::header(&stripe.secret, at.plus_millis(-240_000), body.as_bytes()),
        // Stripe's own libraries refuse no signature from the future.
        sign::header(&stripe.secret, at.plus_millis(3_600_000), body.as_bytes()),
    ];
    for header in accepted {
        let response = stripe.send(&stripe.with_signature(&body, &header)).await;
        assert_eq!(response.status, 200, "{header}: {}", response.text());
    }
    let mut elsewhere = stripe.clone();
    elsewhere.target = format!("/hooks/stripe/{}", world::brand::fresh::<shared::id::GatewayConnection>());
    assert_eq!(elsewhere.send(&elsewhere.signed(&body, now())).await.status, 404);
    elsewhere.target = format!("/hooks/cash/{}", world.acme.stripe.unwrap());
    assert_eq!(elsewhere.send(&elsewhere.signed(&body, now())).await.status, 404);
}
