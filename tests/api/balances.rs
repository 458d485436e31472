//! Goal: balances and statements equal the book to the cent, whatever the page size.
//! Method: earnings, a refund, a release and payouts in two currencies; every figure is compared with one computed by
//! hand, every page with the whole.
//! Routes: `/affiliates/{id}/balances`, `/affiliates/{id}/statement`

use serde_json::{Value, json};
use shared::event::Event;
use world::{
    World,
    brand::{But, Partner},
};

pub(crate) fn sale(world: &World, partner: &Partner, id: &str, cents: i64, currency: &str) -> Event {
    let slug = partner.slug.clone();
    world.acme.sale(id, cents).but(|report| {
        report.affiliate_slug = Some(slug);
        report.currency = currency.parse().unwrap();
    })
}

/// Two sales in USD and one in EUR; one of them released, paid, and then refunded in part; a bonus.
pub(crate) async fn story() -> (World, Partner, String) {
    let world = World::shared().await;
    let (api, early) = (world.api(), world.acme.join(&world.database, "early").await);
    let path = format!("/affiliates/{}", early.affiliate);
    world
        .intake()
        .accept(&[sale(&world, &early, "one", 10_000, "USD"), sale(&world, &early, "euro", 5_000, "EUR")])
        .await;
    api.post(&format!("{path}/release"), &json!({"reason": "known for years"})).await.expect_status(200);
    let payout = json!({"affiliateId": early.affiliate.to_string(), "currency": "USD", "expectedCents": 2_000, "reference": "bank 1"});
    api.post("/payouts", &payout).await.expect_status(201);
    world.intake().accept(&[world.acme.refund("back", "one", 2_500)]).await;
    world.intake().accept(&[sale(&world, &early, "two", 1_000, "USD")]).await;
    let bonus = json!({"programId": world.acme.program.to_string(), "amountCents": 1_234, "currency": "USD", "reason": "thanks"});
    api.post(&format!("{path}/bonuses"), &bonus).await.expect_status(201);
    (world, early, path)
}

pub(crate) fn figures(balance: &Value) -> (&str, i64, i64, i64) {
    let cents = |name: &str| balance[name].as_i64().unwrap();
    (balance["currency"].as_str().unwrap(), cents("pendingCents"), cents("payableCents"), cents("paidCents"))
}

#[tokio::test]
async fn balances_are_the_books() {
    let (world, _, path) = story().await;
    let api = world.api();
    // 25.00 of 100.00 are refunded after the payout: 5.00 of the 20.00 are owed back, and the bonus covers them.
    for balances in [api.get(&format!("{path}/balances")).await, api.get("/balances").await] {
        let balances = balances.expect_status(200).json();
        let rows: Vec<_> = balances["data"].as_array().unwrap().iter().map(figures).collect();
        assert_eq!(rows, [("EUR", 0, 1_000, 0), ("USD", 200, 734, 2_000)]);
        assert!(balances["data"][1]["home"].is_null());
    }
    let settled = json!({"affiliateId": path.rsplit('/').next().unwrap(), "currency": "USD", "expectedCents": 734});
    api.post("/payouts", &settled).await.expect_status(201);
    let balances = api.get(&format!("{path}/balances")).await.json();
    assert_eq!(figures(&balances["data"][1]), ("USD", 200, 0, 2_734));
    // A negative balance: an overpayment is carried forward.
    world.intake().accept(&[world.acme.refund("rest", "one", 7_500)]).await;
    let balances = api.get(&format!("{path}/balances")).await.json();
    assert_eq!(figures(&balances["data"][1]), ("USD", 200, -1_500, 2_734));
    world.finish().await;
}

#[tokio::test]
async fn a_statement_adds_up_on_every_page() {
    let (world, _, path) = story().await;
    let api = world.api();
    let statement = api.get(&format!("{path}/statement?currency=USD")).await.expect_status(200).json();
    assert_eq!((statement["openingCents"].as_i64(), statement["closingCents"].as_i64()), (Some(0), Some(934)));
    let lines = statement["data"].as_array().unwrap().clone();
    let shown: Vec<(&str, i64, i64)> = lines
        .iter()
        .map(|line| {
            let cents = |name: &str| line[name].as_i64().unwrap();
            (line["what"].as_str().unwrap(), cents("amountCents"), cents("balanceCents"))
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("Commission earned", 2_000, 2_000),
            ("Paid out (bank 1)", -2_000, 0),
            ("Commission reversed", -500, -500),
            ("Commission earned", 200, -300),
            ("Bonus", 1_234, 934)
        ]
    );
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("{path}/statement?currency=usd&perPage=2{cursor}")).await.expect_status(200).json();
        assert_eq!((&page["openingCents"], &page["closingCents"]), (&json!(0), &json!(934)));
        paged.extend(page["data"].as_array().unwrap().clone());
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(paged, lines);
    // From the third line on: earlier lines are the opening balance.
    let third = lines[2]["at"].as_str().unwrap();
    let rest = api.get(&format!("{path}/statement?currency=USD&from={third}")).await.expect_status(200).json();
    assert_eq!((rest["openingCents"].as_i64(), rest["closingCents"].as_i64()), (Some(0), Some(934)));
    assert_eq!(rest["data"].as_array().unwrap()[..], lines[2..]);
    let first = api.get(&format!("{path}/statement?currency=USD&to={third}")).await.expect_status(200).json();
    assert_eq!((first["closingCents"].as_i64(), first["data"].as_array().unwrap().len()), (Some(0), 2));
    let none = api.get(&format!("{path}/statement?currency=GBP")).await.expect_status(200).json();
    assert_eq!((none["closingCents"].as_i64(), none["data"].as_array().unwrap().len()), (Some(0), 0));
    for (query, field) in [("", "currency"), ("?currency=XX", "currency"), ("?currency=USD&from=never", "from")] {
        assert_eq!(api.get(&format!("{path}/statement{query}")).await.field_refusal().2, field);
    }
    world.finish().await;
}
