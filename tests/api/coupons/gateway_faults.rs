//! Goal: no answer that is lost makes two codes, what a gateway refuses is shown at the coupon in plain words, and
//! `POST /coupons/{id}/retry` sends it again.
//! Method: the fake servers lose answers, refuse keys and have codes of their own; time is moved where the job waits.

use serde_json::{Value, json};
use world::{
    fakes::{Mood, paddle, stripe},
    http::Request,
};

use super::gateway::Codes;

/// Makes waiting codes due now, as if the time had come.
async fn make_due(codes: &Codes) {
    codes.fixture.world.database.run("update gateway_coupons set due_at = now() where due_at is not null").await;
}

fn problem(coupon: &Value) -> &str {
    coupon["gateway"]["problem"].as_str().unwrap_or_default()
}

async fn retry(codes: &Codes, id: &str) -> Value {
    codes.fixture.world.api().post(&format!("/coupons/{id}/retry"), &json!({})).await.expect_status(200);
    codes.settled(id).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_makes_no_second_code_at_stripe() {
    let codes = Codes::start("stripe", stripe::COUPON_KEY).await;
    for (code, forgets) in [("SAMEDAY", false), ("NEXTDAY", true)] {
        codes.fixture.stripe.once("POST /v1/promotion_codes", Mood::Breaks);
        let id = codes.create(code).await;
        let waiting = codes.settled(&id).await;
        assert_eq!(waiting["gateway"]["status"], "waiting", "{waiting}");
        assert!(problem(&waiting).contains("We\u{2019}ll try again"), "{waiting}");
        if forgets {
            codes.fixture.stripe.with(|stripe| stripe.coupons.forget_keys());
        }
        make_due(&codes).await;
        let settled = codes.settled(&id).await;
        assert_eq!((&settled["gateway"]["status"], problem(&settled)), (&json!("active"), ""), "{settled}");
        assert_eq!(codes.at_stripe(code), [true], "one code");
    }
    codes.fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_makes_no_second_code_at_paddle() {
    let codes = Codes::start("paddle", paddle::KEY).await;
    codes.fixture.paddle.once("POST /discounts", Mood::Breaks);
    let id = codes.create("VALE20").await;
    assert_eq!(codes.settled(&id).await["gateway"]["status"], "waiting");
    make_due(&codes).await;
    assert_eq!(codes.settled(&id).await["gateway"]["status"], "active");
    assert_eq!(codes.fixture.paddle.with(|paddle| paddle.discounts.all.len()), 1);
    codes.fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_archived_before_its_answer_came_is_withdrawn() {
    let codes = Codes::start("stripe", stripe::COUPON_KEY).await;
    codes.fixture.stripe.once("POST /v1/promotion_codes", Mood::Breaks);
    let id = codes.create("VALE20").await;
    assert_eq!(codes.settled(&id).await["gateway"]["status"], "waiting");
    codes.fixture.world.api().delete(&format!("/coupons/{id}")).await.expect_status(200);
    assert_eq!(codes.settled(&id).await["gateway"]["status"], "archived");
    assert_eq!(codes.at_stripe("VALE20"), [false]);
    codes.fixture.world.finish().await;
}

/// Of every code at Paddle, whether it's active.
fn at_paddle(codes: &Codes) -> Vec<bool> {
    codes.fixture.paddle.with(|paddle| paddle.discounts.all.values().map(|one| one["status"] == "active").collect())
}

/// Of each of its codes at the gateway, whether it's active.
fn active(codes: &Codes, kind: &str) -> Vec<bool> {
    if kind == "paddle" { at_paddle(codes) } else { codes.at_stripe("VALE20") }
}

/// A code that was withdrawn although its answer never came is activated once its affiliate is approved again.
#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_code_is_activated_again() {
    for (kind, key) in [("stripe", stripe::COUPON_KEY), ("paddle", paddle::KEY)] {
        let codes = Codes::start(kind, key).await;
        codes.fixture.stripe.once("POST /v1/promotion_codes", Mood::Breaks);
        codes.fixture.paddle.once("POST /discounts", Mood::Breaks);
        let id = codes.create("VALE20").await;
        assert_eq!(codes.settled(&id).await["gateway"]["status"], "waiting");
        let affiliate = format!("/affiliates/{}", codes.fixture.world.acme.partner.affiliate);
        for (status, shown, is_active) in [("Banned", "archived", false), ("Approved", "active", true)] {
            let body = json!({"status": status, "reason": "We looked at it"});
            codes.fixture.world.api().patch(&affiliate, &body).await.expect_status(200);
            assert_eq!(codes.settled(&id).await["gateway"]["status"], shown, "{kind}");
            assert_eq!(active(&codes, kind), [is_active], "{kind}: {status}");
        }
        codes.fixture.world.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_archived_at_paddle_before_its_answer_came_is_activated() {
    let codes = Codes::start("paddle", paddle::KEY).await;
    codes.fixture.paddle.once("POST /discounts", Mood::Breaks);
    let id = codes.create("VALE20").await;
    assert_eq!(codes.settled(&id).await["gateway"]["status"], "waiting");
    codes.fixture.paddle.with(|paddle| {
        paddle.discounts.all.values_mut().for_each(|one| one["status"] = json!("archived"));
    });
    make_due(&codes).await;
    assert_eq!(codes.settled(&id).await["gateway"]["status"], "active");
    assert_eq!(at_paddle(&codes), [true]);
    codes.fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_shown_and_can_be_retried() {
    let codes = Codes::start("stripe", stripe::RESTRICTED_KEY).await;
    let id = codes.create("VALE20").await;
    let refused = codes.settled(&id).await;
    assert_eq!(refused["gateway"]["status"], "refused", "{refused}");
    assert!(problem(&refused).contains("Coupons: Write"), "{refused}");
    let better = json!({"credentials": {"apiKey": stripe::COUPON_KEY}});
    codes.fixture.change(&codes.connection, &better).await.expect_status(200);
    assert_eq!(retry(&codes, &id).await["gateway"]["status"], "active");
    let again = codes.fixture.world.api().post(&format!("/coupons/{id}/retry"), &json!({})).await;
    assert_eq!(again.refusal(), (409, "not_retryable".to_owned()));

    // The brand's own people have a code of the same name.
    codes.fixture.stripe.with(|stripe| stripe.coupons.by_hand("Welcome10"));
    let taken = codes.create("WELCOME10").await;
    let refused = codes.settled(&taken).await;
    assert!(problem(&refused).contains("already has the code WELCOME10"), "{refused}");
    let sale =
        json!({"externalEventId": "theirs", "amountCents": 10_000, "couponCode": "welcome10", "customerId": "c"});
    let sold = crate::created(&codes.fixture.world, "/conversions", sale).await;
    assert_eq!(sold["affiliateId"], Value::Null, "the brand's own code credits no one");
    codes.fixture.stripe.with(|stripe| {
        stripe.coupons.codes.values_mut().filter(|code| code["code"] == "Welcome10").for_each(|code| {
            code["active"] = json!(false);
        });
    });
    assert_eq!(retry(&codes, &taken).await["gateway"]["status"], "active", "with a new idempotency key");
    codes.fixture.keeps_secrets(&[]).await;
    codes.fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_without_permission_or_of_the_other_mode_is_explained() {
    let codes = Codes::start("stripe", stripe::COUPON_KEY).await;
    let message = "No such coupon: 'disc_1'; a similar object exists in live mode, but a test mode key was used to make \
                   this request.";
    let error = json!({"error": {"type": "invalid_request_error", "code": "resource_missing", "message": message}});
    codes.fixture.stripe.once("POST /v1/promotion_codes", Mood::Says(404, error));
    let id = codes.create("VALE20").await;
    let refused = codes.settled(&id).await;
    assert!(problem(&refused).contains("other mode (test, live)"), "{refused}");
    let paddle = Codes::start("paddle", paddle::KEY).await;
    let error = json!({"error": {"type": "request_error", "code": "forbidden", "detail": "You aren't permitted."}});
    paddle.fixture.paddle.when("GET /discounts", Mood::Says(403, error));
    let id = paddle.create("VALE20").await;
    let refused = paddle.settled(&id).await;
    assert!(problem(&refused).contains("discount.write"), "{refused}");
    codes.fixture.world.finish().await;
    paddle.fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_deactivated_by_hand_is_noticed() {
    let codes = Codes::start("stripe", stripe::COUPON_KEY).await;
    let id = codes.create("VALE20").await;
    codes.settled(&id).await;
    codes.fixture.stripe.with(|stripe| {
        stripe.coupons.codes.values_mut().for_each(|code| code["active"] = json!(false));
    });
    let clock = Request::post("/dev/clock", json!({"advanceDays": 2}).to_string());
    clock.send(&codes.fixture.world.ledger.base()).await.unwrap().expect_status(200);
    let noticed = codes.settled(&id).await;
    assert_eq!(noticed["gateway"]["status"], "refused", "{noticed}");
    assert!(problem(&noticed).contains("deactivated in Stripe"), "{noticed}");
    assert_eq!(retry(&codes, &id).await["gateway"]["status"], "active");
    assert_eq!(codes.at_stripe("VALE20"), [true]);
    codes.fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_gateway_is_left_alone() {
    let codes = Codes::start("stripe", stripe::COUPON_KEY).await;
    codes.fixture.stripe.when("POST /v1/coupons", Mood::Busy(120));
    let id = codes.create("VALE20").await;
    let waiting = codes.settled(&id).await;
    assert!(problem(&waiting).contains("too many requests"), "{waiting}");
    let soon = "select count(*) from gateway_coupons where due_at < now() + interval '90 seconds'";
    assert_eq!(codes.fixture.world.database.count(soon).await, 0, "it waits as long as Stripe says");
    codes.fixture.stripe.recover();
    make_due(&codes).await;
    assert_eq!(codes.settled(&id).await["gateway"]["status"], "active");
    codes.fixture.world.finish().await;
}
