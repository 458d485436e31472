//! Goal: an organization's plan is what Stripe says, whatever order its events come in, however often, and even if none
//! comes; each email is sent once.
//! Method: subscriptions change at Stripe's fake server, and its events are delivered late, twice, reversed or not at all, and
//! by strangers.
//! Route: `/hooks/stripe-billing`

use serde_json::{Value, json};
use world::{
    billing_fixture::{BillingFixture, HOOK, SECRET},
    brand::But,
    client::sign,
    fakes::{Mood, stripe_billing::StripeBilling},
    http::Request,
    organization_fixture::owner,
    wait::now,
};

const DAY: i64 = 24 * 3_600;

/// The events of a checkout that was completed, oldest first.
fn events(stripe: &mut StripeBilling) -> Vec<Value> {
    let subscription = stripe.complete();
    let session = stripe.sessions.keys().next().unwrap().clone();
    vec![
        stripe.event("customer.subscription.created", &subscription),
        stripe.event("checkout.session.completed", &session),
        stripe.event("customer.subscription.updated", &subscription),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_in_any_order_and_twice() {
    let mut fixture = BillingFixture::open().await;
    fixture.choose("Growth").await.expect_status(303);
    let mut all = fixture.stripe.with(events);
    // Old news: the subscription has become active since.
    fixture.stripe.with(|stripe| stripe.change(&json!({"status": "active"})));
    let id = all[0]["data"]["object"]["id"].as_str().unwrap().to_owned();
    all.push(fixture.stripe.with(|stripe| stripe.event("customer.subscription.updated", &id)));
    for event in all.iter().rev().chain(&all) {
        fixture.deliver(event).await.expect_status(200);
        assert!(fixture.has_plan("Growth", "Active").await, "{event}");
    }
    assert_eq!(fixture.world.database.count("select count(*) from billing_events").await, 4);
    assert_eq!(fixture.emails("plan_changed").await, 1);
    let changes = "select count(*) from audit_log where action = 'subscription.changed'";
    assert_eq!(fixture.world.database.count(changes).await, 1);
    let before = fixture.call_count();
    fixture.deliver(&all[0]).await.expect_status(200);
    assert_eq!(fixture.call_count(), before, "a replay does nothing");
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_at_the_same_time_end_in_the_same_plan() {
    let mut fixture = BillingFixture::open().await;
    fixture.choose("Pro").await.expect_status(303);
    let all = fixture.stripe.with(events);
    let answers = futures_util::future::join_all(all.iter().map(|event| fixture.deliver(event))).await;
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 503)), "{answers:?}");
    for event in &all {
        fixture.deliver(event).await.expect_status(200);
    }
    assert!(fixture.has_plan("Pro", "Trialing").await);
    assert_eq!(fixture.emails("trial_started").await, 1);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_refused_silently() {
    let fixture = BillingFixture::trialing().await;
    let event = fixture.stripe.with(|stripe| {
        stripe.change(&json!({"status": "canceled"}));
        let id = stripe.subscriptions[0]["id"].as_str().unwrap().to_owned();
        stripe.event("customer.subscription.deleted", &id)
    });
    let body = event.to_string();
    let before = fixture.call_count();
    let old = sign::header(SECRET, now().plus_millis(-301_000), body.as_bytes());
    let other = sign::header("whsec_another", now(), body.as_bytes());
    let of_other_body = sign::header(SECRET, now(), b"{}");
    for signature in [None, Some(old.as_str()), Some(other.as_str()), Some(of_other_body.as_str()), Some("t=1,v1=")] {
        let answer = fixture.send(&body, signature).await;
        assert_eq!((answer.status, answer.text().as_str()), (401, ""), "{signature:?}");
    }
    assert!(fixture.has_plan("Growth", "Trialing").await);
    assert_eq!(fixture.call_count(), before);
    let signed = |body: &str| sign::header(SECRET, now(), body.as_bytes());
    assert_eq!(fixture.send("[]", Some(&signed("[]"))).await.status, 400, "signed, and no event");
    let get = Request::get(HOOK).send(&fixture.world.ledger.base()).await.unwrap();
    assert_eq!(get.status, 405);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_customer_changes_nothing_here() {
    let fixture = BillingFixture::paying().await;
    let organization = fixture.world.acme.organization.to_string();
    let event = fixture.stripe.with(|stripe| {
        let id = stripe.subscriptions[0]["id"].as_str().unwrap().to_owned();
        let mut event = stripe.event("customer.subscription.deleted", &id);
        event["data"]["object"]["customer"] = json!("cus_1Another");
        event
    });
    assert_eq!(event["data"]["object"]["metadata"]["organization"], organization);
    fixture.deliver(&event).await.expect_status(200);
    let mut nameless = event.clone();
    nameless["id"] = json!("evt_1Nameless");
    nameless["data"]["object"]["metadata"] = json!({});
    fixture.deliver(&nameless).await.expect_status(200);
    let other = json!({"id": "evt_1Other", "object": "event", "type": "charge.refunded",
                       "data": {"object": {"id": "ch_1", "object": "charge"}}});
    fixture.deliver(&other).await.expect_status(200);
    assert!(fixture.has_plan("Growth", "Active").await);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_stripe_is_silent_events_are_not_acknowledged() {
    let mut fixture = BillingFixture::open().await;
    fixture.choose("Growth").await.expect_status(303);
    let all = fixture.stripe.with(events);
    for mood in [Mood::Breaks, Mood::Garbage, Mood::Busy(1), Mood::Says(500, json!({"error": {"type": "api_error"}}))] {
        fixture.stripe.once("GET /v1/subscriptions", mood);
        assert_eq!(fixture.deliver(&all[0]).await.status, 503);
    }
    assert_eq!(fixture.world.database.count("select count(*) from billing_events").await, 0);
    fixture.deliver(&all[0]).await.expect_status(200);
    assert!(fixture.has_plan("Growth", "Trialing").await);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_price_is_reported_and_grants_nothing() {
    let fixture = BillingFixture::paying().await;
    fixture.stripe.with(|stripe| stripe.set_price("price_1Legacy"));
    fixture.change(&json!({})).await;
    fixture.change(&json!({})).await;
    assert!(fixture.has_plan("Growth", "Active").await, "what was paid for stays");
    let reports = "select count(*) from audit_log where action = 'subscription.not_recognized'";
    assert_eq!(fixture.world.database.count(reports).await, 1);
    let mut owner = owner(&fixture.world).await;
    let page = owner.browser.get("/dashboard/settings/billing").await.expect_status(200).text();
    assert!(page.contains("don’t recognize your subscription’s price"), "{page}");
    fixture.change(&json!({"status": "canceled"})).await;
    assert!(fixture.has_plan("Growth", "Cancelled").await, "an end is an end");
    fixture.change(&json!({"status": "active"})).await;
    assert!(fixture.has_plan("Growth", "Cancelled").await, "nothing unknown grants a plan");
    fixture.stripe.with(|stripe| stripe.set_price("price_1Pro"));
    fixture.change(&json!({})).await;
    assert!(fixture.has_plan("Pro", "Active").await);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failed_attempt_has_one_email_and_each_payment_one_receipt() {
    let fixture = BillingFixture::paying().await;
    let organization = fixture.world.acme.organization.uuid();
    let address = format!(
        "update organizations set billing_email = 'billing@acme.test' where organization_id = '{organization}'"
    );
    fixture.world.database.run(&address).await;
    let failed = |attempt: u32| json!({"attempt_count": attempt, "next_payment_attempt": now().seconds() + 3 * DAY});
    let invoice = fixture.stripe.with(|stripe| stripe.invoice(&failed(1)));
    fixture.change(&json!({"status": "past_due"})).await;
    assert!(fixture.has_plan("Growth", "PastDue").await, "everything keeps working for now");
    for _ in 0..2 {
        fixture.event("invoice.payment_failed", &invoice).await.expect_status(200);
    }
    assert_eq!(fixture.emails("payment_failed").await, 1);
    let late = fixture.stripe.with(|stripe| stripe.event("invoice.payment_failed", &invoice));
    fixture.stripe.with(|stripe| stripe.invoices.get_mut(&invoice).unwrap()["attempt_count"] = json!(2));
    fixture.event("invoice.payment_failed", &invoice).await.expect_status(200);
    assert_eq!(fixture.emails("payment_failed").await, 2);
    let to = "select recipient || ' ' || subject as email from mails where kind = 'billing_payment_failed' limit 1";
    assert_eq!(fixture.world.database.texts(to).await, [["billing@acme.test Your payment failed"]]);

    fixture.stripe.with(|stripe| {
        let paid = json!({"status": "paid", "amount_paid": 9_900, "attempt_count": 3});
        stripe.invoices.get_mut(&invoice).unwrap().as_object_mut().unwrap().extend(paid.as_object().unwrap().clone());
    });
    fixture.change(&json!({"status": "active"})).await;
    for _ in 0..2 {
        fixture.event("invoice.paid", &invoice).await.expect_status(200);
    }
    fixture.deliver(&late).await.expect_status(200);
    assert_eq!((fixture.emails("payment_failed").await, fixture.emails("receipt").await), (2, 1));
    let free = fixture.stripe.with(|stripe| stripe.invoice(&json!({"status": "paid", "amount_due": 0})));
    fixture.event("invoice.paid", &free).await.expect_status(200);
    assert_eq!(fixture.emails("receipt").await, 1, "a trial\u{2019}s invoice of nothing has no receipt");
    assert!(fixture.has_plan("Growth", "Active").await);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_plan_gates_and_loses_nothing() {
    let fixture = BillingFixture::paying().await;
    fixture.stripe.with(|stripe| stripe.set_price("price_1Pro"));
    fixture.change(&json!({})).await;
    assert_eq!(fixture.emails("plan_changed").await, 1);
    let euro = || {
        let mut request = Request::post("/api/v1/home-currency", json!({"currency": "EUR"}).to_string());
        request.method = "PUT".to_owned();
        request
    };
    fixture.world.api().send(euro()).await.expect_status(200);
    fixture.change(&json!({"cancel_at_period_end": true})).await;
    assert!(fixture.has_plan("Pro", "Active").await, "until the paid period ends");
    assert_eq!(fixture.emails("cancelled").await, 1);
    fixture.change(&json!({"status": "canceled", "ended_at": now().seconds()})).await;
    assert!(fixture.has_plan("Pro", "Cancelled").await);
    assert_eq!(fixture.emails("cancelled").await, 1, "it was announced before");
    let refused = fixture.world.api().send(euro()).await;
    assert_eq!(refused.refusal(), (402, "plan_tier_required".to_owned()));
    let slug = fixture.world.acme.partner.slug.clone();
    let sale = fixture.world.acme.sale("after-the-end", 10_000).but(|report| report.affiliate_slug = Some(slug));
    fixture.world.intake().accept(&[sale]).await;
    let (conversion, commissions) = fixture.world.api().booked("after-the-end").await.expect("the sale is booked");
    assert_eq!((&conversion["externalEventId"], commissions.len()), (&json!("after-the-end"), 1));
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_plan_ends_and_comes_back_when_it_is_paid() {
    let fixture = BillingFixture::paying().await;
    for (status, expected) in
        [("past_due", "PastDue"), ("unpaid", "Cancelled"), ("active", "Active"), ("paused", "Cancelled")]
    {
        fixture.change(&json!({"status": status})).await;
        assert!(fixture.has_plan("Growth", expected).await, "{status}");
    }
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daily_check_finds_what_no_event_said() {
    let mut fixture = BillingFixture::open().await;
    fixture.choose("Growth").await.expect_status(303);
    fixture.stripe.with(StripeBilling::complete);
    fixture.pass(3).await;
    assert!(fixture.has_plan("Growth", "Trialing").await, "the checkout was completed");
    assert_eq!((fixture.emails("trial_started").await, fixture.emails("trial_ending").await), (1, 0));
    fixture.pass(9).await;
    assert_eq!(fixture.emails("trial_ending").await, 1);
    let subscription = fixture.stripe.with(|stripe| stripe.subscriptions[0]["id"].as_str().unwrap().to_owned());
    fixture.event("customer.subscription.trial_will_end", &subscription).await.expect_status(200);
    assert_eq!(fixture.emails("trial_ending").await, 1, "by event or by date, once");
    fixture.stripe.with(|stripe| {
        let end = stripe.now() + 40 * DAY;
        stripe.change(&json!({"status": "active", "current_period_end": end}));
    });
    fixture.pass(4).await;
    assert!(fixture.has_plan("Growth", "Active").await, "the trial\u{2019}s end ends no plan that is paid for");
    fixture.stripe.when("GET /v1/subscriptions", Mood::Says(500, Value::Null));
    fixture.stripe.with(|stripe| stripe.change(&json!({"status": "canceled"})));
    fixture.pass(45).await;
    assert!(fixture.has_plan("Growth", "Active").await);
    fixture.stripe.recover();
    fixture.pass(1).await;
    assert!(fixture.has_plan("Growth", "Cancelled").await, "it is tried again");
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_without_a_card_ends_with_an_email() {
    let fixture = BillingFixture::open().await;
    let organization = fixture.world.acme.organization.uuid();
    let begun = format!(
        "update organizations set subscription_status = 'Trialing', trial_ends_at = created_at + interval '14 days'
         where organization_id = '{organization}'"
    );
    fixture.world.database.run(&begun).await;
    fixture.pass(15).await;
    assert!(fixture.has_plan("Starter", "Cancelled").await);
    let emails = "select count(*) from mails where kind = 'billing_trial_expired' and recipient = 'owner@acme.test'";
    assert!(fixture.world.database.count(emails).await >= 1);
    fixture.finish().await;
}
