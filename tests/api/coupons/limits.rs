//! Goal: a discount's limit for each code and its end reach Stripe and Paddle. A code that was used up or has ended is
//! shown as such, and doesn't keep its affiliate from getting another one.
//! Method: a limited discount is set and codes are created by API; the fake servers show what the gateways have, and
//! count uses; the clock moves past the end.

use serde_json::{Value, json};
use world::{
    fakes::{paddle, stripe},
    http::Request,
    wait::now,
};

use super::gateway::Codes;

async fn advance(codes: &Codes, days: i64) {
    let clock = Request::post("/dev/clock", json!({"advanceDays": days}).to_string());
    clock.send(&codes.fixture.world.ledger.base()).await.unwrap().expect_status(200);
}

/// The code at its gateway: its limit and its end.
fn at_gateway(codes: &Codes, kind: &str) -> (Value, Value) {
    if kind == "paddle" {
        codes.fixture.paddle.with(|paddle| {
            let one = paddle.discounts.all.values().next().expect("a discount").clone();
            (one["usage_limit"].clone(), one["expires_at"].clone())
        })
    } else {
        codes.fixture.stripe.with(|stripe| {
            let one = stripe.coupons.codes.values().next().expect("a code").clone();
            (one["max_redemptions"].clone(), one["expires_at"].clone())
        })
    }
}

/// Customers have used each code so often; it still counts as active.
fn use_codes(codes: &Codes, times: i64) {
    codes.fixture.paddle.with(|paddle| {
        paddle.discounts.all.values_mut().for_each(|one| one["times_used"] = json!(times));
    });
    codes.fixture.stripe.with(|stripe| {
        stripe.coupons.codes.values_mut().for_each(|one| one["times_redeemed"] = json!(times));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_has_its_limit_and_its_end_at_the_gateway() {
    for (kind, key) in [("stripe", stripe::COUPON_KEY), ("paddle", paddle::KEY)] {
        let codes = Codes::start(kind, key).await;
        let api = codes.fixture.world.api();
        let end = now().plus_days(10);
        let end = end.plus_millis(-(end.millis() % 1_000));
        let terms = json!({"percentOff": "20", "duration": "once", "maxRedemptionsPerCode": 50, "expiresAt": end});
        let set = codes.discount(&terms).await.expect_status(200).json();
        assert_eq!((&set["maxRedemptionsPerCode"], &set["expiresAt"]), (&json!(50), &json!(end)), "{set}");
        let ada = codes.fixture.world.acme.join(&codes.fixture.world.database, "ada").await.affiliate.to_string();
        let program = codes.fixture.world.acme.program.to_string();
        let coupon = json!({"programId": program, "affiliateId": ada, "code": "VALE20", "createAtGateway": true});
        let id = api.post("/coupons", &coupon).await.expect_status(201).json()["id"].as_str().unwrap().to_owned();
        let coupon = codes.settled(&id).await;
        assert_eq!((&coupon["gateway"]["status"], &coupon["discount"]["expiresAt"]), (&json!("active"), &json!(end)));
        let expected = if kind == "paddle" { json!(end) } else { json!(end.seconds()) };
        assert_eq!(at_gateway(&codes, kind), (json!(50), expected), "{kind}");

        for (times, status) in [(49, "active"), (50, "refused")] {
            use_codes(&codes, times);
            advance(&codes, 2).await;
            let used = codes.settled(&id).await;
            assert_eq!(used["gateway"]["status"], status, "{kind}: {used}");
        }
        let used = codes.settled(&id).await;
        let problem = used["gateway"]["problem"].as_str().unwrap();
        assert!(problem.contains("used as often as it may be (50)"), "{problem}");

        advance(&codes, 7).await;
        let ended = codes.settled(&id).await;
        let problem = ended["gateway"]["problem"].as_str().unwrap();
        assert!(ended["gateway"]["status"] == "archived" && problem.contains("The discount ended"), "{ended}");
        let retry = api.post(&format!("/coupons/{id}/retry"), &json!({})).await;
        assert_eq!(retry.refusal(), (409, "not_retryable".to_owned()));
        assert_eq!(codes.request("LATER").await.field_refusal().2, "createAtGateway");
        let path = format!("/programs/{program}/discount");
        assert_eq!(api.get(&path).await.expect_status(200).json()["expiresAt"], json!(end), "it's still shown");
        assert_eq!(api.post(&format!("{path}/codes"), &json!({})).await.status, 404);
        assert_eq!(codes.discount(&terms).await.field_refusal().2, "expiresAt", "its end has passed");

        let ten = json!({"percentOff": "10", "duration": "once"});
        codes.discount(&ten).await.expect_status(200);
        api.post(&format!("{path}/codes"), &json!({})).await.expect_status(200);
        let own = api.all(&format!("/coupons?affiliateId={ada}")).await;
        let own: Vec<&str> = own.iter().filter_map(|one| one["code"].as_str()).collect();
        assert_eq!(own, ["ADA10", "VALE20"], "another one instead of the ended one");
        codes.fixture.world.finish().await;
    }
}
