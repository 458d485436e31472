//! Goal: amounts in the home currency are for display and never enter the book.
//! Method: a brand with sales in two currencies sets exchange rates and a home currency; balances and the book are
//! read.

use serde_json::{Value, json};
use world::http::Request;

use crate::balances::story;

#[tokio::test]
async fn the_home_currency_is_for_display_only() {
    let (world, _, path) = story().await;
    let api = world.api();
    let rate = |day: &str, rate: &str| json!({"day": day, "currency": "USD", "rate": rate, "source": "ECB"});
    let refused = api.post("/exchange-rates", &rate("2026-01-01", "0.9")).await;
    assert_eq!(refused.refusal(), (409, "no_home_currency".to_owned()));
    let put = async |body: Value| {
        api.send(Request { method: "PUT".to_owned(), ..Request::post("/api/v1/home-currency", body.to_string()) }).await
    };
    assert_eq!(put(json!({"currency": "eur"})).await.expect_status(200).json(), json!({"currency": "EUR"}));
    assert_eq!(api.get("/home-currency").await.json(), json!({"currency": "EUR"}));
    let shown = async || api.get(&format!("{path}/balances")).await.expect_status(200).json();
    let balances = shown().await;
    assert_eq!(
        (balances["data"][0]["home"]["rate"].as_str(), balances["data"][1]["home"].is_null()),
        (Some("1"), true)
    );

    for (day, value) in [("2020-01-02", "0.5"), ("2020-01-03", "0.8"), ("2020-01-03", "0.92375"), ("2120-01-01", "2")] {
        api.post("/exchange-rates", &rate(day, value)).await.expect_status(201);
    }
    // 2.00 x 0.92375 = 1.8475; 7.34 x 0.92375 = 6.780325; 20.00 x 0.92375 = 18.475, an exact half.
    let home = shown().await["data"][1]["home"].clone();
    assert_eq!(
        home,
        json!({"currency": "EUR", "pendingCents": 185, "payableCents": 678, "inPayoutCents": 0, "paidCents": 1_848,
               "withheldCents": 0, "rate": "0.92375", "rateDay": "2020-01-03", "rateSource": "ECB", "rounding": "half up"})
    );
    for (body, field) in [
        (rate("2026-02-30", "1"), "day"),
        (rate("2026-02-28", "0"), "rate"),
        (rate("2026-02-28", "1.0000000000001"), "rate"),
        (json!({"day": "2026-02-28", "currency": "USD", "rate": 0.9}), "rate"),
        (json!({"day": "2026-02-28", "currency": "EUR", "rate": "0.9"}), "currency"),
    ] {
        let refused = api.post("/exchange-rates", &body).await;
        assert_eq!(refused.field_refusal(), (400, "validation_failed".to_owned(), field.to_owned()), "{body}");
    }
    assert_eq!(api.all("/exchange-rates").await.len(), 4);
    assert_eq!(put(json!({"currency": null})).await.expect_status(200).json(), json!({"currency": null}));
    assert!(shown().await["data"][1]["home"].is_null());
    assert_eq!(put(json!({})).await.field_refusal().2, "currency");
    world.finish().await;
}
