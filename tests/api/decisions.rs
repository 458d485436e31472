//! Goal: a person's decisions about credit, reviews, holds, bonuses and refunds are booked immediately and to the cent,
//! stored with author and reason, and done once however often they are requested.
//! Method: sales as signed batches, decisions and payouts by API; amounts and states are read by API, and the
//! invariants check the book.

use serde_json::{Value, json};
use shared::event::Event;
use world::{
    World,
    brand::{But, Partner},
    client::api::Api,
    http::{Request, Response},
};

const WHY: &str = "checked by phone";

fn sale(world: &World, partner: &Partner, id: &str, cents: i64, customer: &str) -> Event {
    let (slug, customer) = (partner.slug.clone(), customer.to_owned());
    world.acme.sale(id, cents).but(|report| {
        report.affiliate_slug = Some(slug);
        report.customer_id = Some(customer);
    })
}

/// The conversion's id, and its commissions that are worth something: affiliate, amount, status.
async fn booked(api: &Api, id: &str) -> (String, Vec<(String, i64, String)>) {
    let (conversion, commissions) = api.booked(id).await.expect("a conversion");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let worth = commissions.iter().filter(|row| row["amountCents"] != 0);
    let rows = worth.map(|row| (text(&row["affiliateId"]), row["amountCents"].as_i64().unwrap(), text(&row["status"])));
    (text(&conversion["id"]), rows.collect())
}

async fn commission(api: &Api, id: &str) -> String {
    api.booked(id).await.unwrap().1[0]["id"].as_str().unwrap().to_owned()
}

async fn keyed(api: &Api, path: &str, key: &str, body: &Value) -> Response {
    api.send(Request::post(&format!("/api/v1{path}"), body.to_string()).header("Idempotency-Key", key)).await
}

#[tokio::test]
async fn the_credit_goes_where_a_person_says() {
    let world = World::shared().await;
    let (api, early, late) =
        (world.api(), world.acme.join(&world.database, "early").await, world.acme.join(&world.database, "late").await);
    let day = |days: i64| world::wait::now().plus_days(days);
    let dated = |event: Event, days: i64| event.but(|report| report.occurred_at = Some(day(days)));
    world.intake().accept(&[dated(sale(&world, &early, "first", 10_000, "buyer"), -3)]).await;
    let (first, rows) = booked(&api, "first").await;
    assert_eq!(rows, [(early.affiliate.to_string(), 2_000, "Pending".to_owned())]);

    let to_late = json!({"affiliateId": late.affiliate.to_string(), "reason": WHY});
    let path = format!("/conversions/{first}/reattribute");
    let answer = keyed(&api, &path, "k1", &to_late).await.expect_status(200).json();
    assert_eq!(
        (answer["creditedBy"].as_str(), answer["affiliateId"].as_str()),
        (Some("manual"), to_late["affiliateId"].as_str())
    );
    let again = keyed(&api, &path, "k1", &to_late).await.expect_status(200);
    assert_eq!((again.header("idempotency-replayed"), again.json()), (Some("true"), answer));
    assert_eq!(booked(&api, "first").await.1, [(late.affiliate.to_string(), 2_000, "Pending".to_owned())]);
    world.check().await;

    // It binds the customer: later purchases are credited to late, too, whatever link they come through.
    world.intake().accept(&[dated(sale(&world, &early, "second", 5_000, "buyer"), -2)]).await;
    let (second, rows) = booked(&api, "second").await;
    assert_eq!(rows[0].0, late.affiliate.to_string());
    // For that one sale only, no one is credited; the customer stays bound to late.
    let nobody = json!({"affiliateId": null, "reach": "Conversion", "reason": WHY});
    let answer = api.post(&format!("/conversions/{second}/reattribute"), &nobody).await.expect_status(200).json();
    assert_eq!((answer["status"].as_str(), answer["affiliateId"].is_null()), (Some("Unattributed"), true));
    world.intake().accept(&[dated(sale(&world, &early, "third", 5_000, "buyer"), -1)]).await;
    assert_eq!(booked(&api, "third").await.1, [(late.affiliate.to_string(), 1_000, "Pending".to_owned())]);

    let decisions = api.all(&format!("/decisions?conversionId={first}")).await;
    assert_eq!(decisions.len(), 1, "a replay decides nothing");
    assert_eq!((decisions[0]["type"].as_str(), decisions[0]["reason"].as_str()), (Some("Reattribute"), Some(WHY)));
    assert_eq!(decisions[0]["reach"], "Customer");
    assert!(decisions[0]["actor"].as_str().unwrap().starts_with("api_key:key_"), "{decisions:?}");
    assert_eq!(api.all("/decisions").await.len(), 2);

    // A later decision about that one sale only doesn't take the customer from late.
    let once = json!({"affiliateId": early.affiliate.to_string(), "reach": "Conversion", "reason": WHY});
    api.post(&path, &once).await.expect_status(200);
    assert_eq!(booked(&api, "first").await.1, [(early.affiliate.to_string(), 2_000, "Pending".to_owned())]);
    assert_eq!(booked(&api, "third").await.1, [(late.affiliate.to_string(), 1_000, "Pending".to_owned())]);
    for (body, field) in [
        (json!({"reason": WHY}), "affiliateId"),
        (json!({"affiliateId": null}), "reason"),
        (json!({"affiliateId": null, "reason": " "}), "reason"),
        (json!({"affiliateId": null, "reason": WHY, "reach": "Ever"}), "reach"),
    ] {
        let refused = api.post(&path, &body).await;
        assert_eq!(refused.field_refusal(), (400, "validation_failed".to_owned(), field.to_owned()), "{body}");
    }
    world.finish().await;
}

/// Both plans call their only component `percentage`, so it's the same commission.
#[tokio::test]
async fn a_commission_follows_its_sale_into_another_program() {
    let world = World::shared().await;
    let (api, early) = (world.api(), world.acme.join(&world.database, "early").await);
    let other = json!({"name": "Other", "startsAt": "2026-01-01T00:00:00Z",
                       "components": [{"type": "percentage", "ratePercent": "30"}]});
    let other = api.post("/programs", &other).await.expect_status(201).json()["id"].clone();
    world.intake().accept(&[sale(&world, &early, "first", 10_000, "buyer")]).await;
    let (first, _) = booked(&api, "first").await;
    let to_other = json!({"affiliateId": early.affiliate.to_string(), "programId": other, "reason": WHY});
    api.post(&format!("/conversions/{first}/reattribute"), &to_other).await.expect_status(200);
    // Recomputed with the first one, whose amount mustn't move once more in the figures.
    let renewal = world.acme.sale("renewal", 10_000).but(|report| report.customer_id = Some("buyer".to_owned()));
    world.intake().accept(&[renewal]).await;
    for name in ["first", "renewal"] {
        let (_, commissions) = api.booked(name).await.expect("a conversion");
        let rows: Vec<_> = commissions.iter().map(|row| (&row["programId"], &row["amountCents"])).collect();
        assert_eq!(rows, [(&other, &json!(3_000))], "{name}");
    }
    world.finish().await;
}

#[tokio::test]
async fn what_is_flagged_waits_for_a_person() {
    let world = World::shared().await;
    let (api, early) = (world.api(), world.acme.join(&world.database, "early").await);
    for id in ["own", "own-too"] {
        let own = sale(&world, &early, id, 10_000, id).but(|report| {
            report.customer_email = Some("Early+shop@creators.test".to_owned());
        });
        world.intake().accept(&[own]).await;
    }
    world.intake().accept(&[sale(&world, &early, "other", 10_000, "somebody")]).await;
    let queue = api.all("/conversions?review=open").await;
    assert_eq!(queue.len(), 2, "{queue:?}");
    assert!(queue.iter().all(|row| row["flags"].as_array().unwrap().contains(&json!("SelfReferral"))));
    let (own, rows) = booked(&api, "own").await;
    assert_eq!(rows[0].1, 2_000, "held, not taken");
    let held = commission(&api, "own").await;
    let refused = api.post(&format!("/commissions/{held}/release"), &json!({"reason": WHY})).await;
    assert_eq!(refused.refusal(), (409, "commission_held".to_owned()));
    // Everything of theirs except what is held.
    let released = api.post(&format!("/affiliates/{}/release", early.affiliate), &json!({"reason": WHY})).await;
    assert_eq!(
        released.expect_status(200).json(),
        json!({"released": 1, "amounts": [{"currency": "USD", "commissions": 1, "amountCents": 2_000}]})
    );

    let review = |id: &str| format!("/conversions/{id}/review");
    let answer =
        api.post(&review(&own), &json!({"decision": "Approve", "reason": WHY})).await.expect_status(200).json();
    assert_eq!((answer["review"].as_str(), answer["status"].as_str()), (Some("Approved"), Some("Pending")));
    let (too, _) = booked(&api, "own-too").await;
    let answer = api.post(&review(&too), &json!({"decision": "Deny", "reason": WHY})).await.expect_status(200).json();
    assert_eq!((answer["review"].as_str(), answer["status"].as_str()), (Some("Denied"), Some("Denied")));
    assert_eq!(booked(&api, "own-too").await.1, []);
    assert!(api.all("/conversions?review=open").await.is_empty());
    // The later decision counts.
    api.post(&review(&too), &json!({"decision": "Approve", "reason": "a second look"})).await.expect_status(200);
    assert_eq!(booked(&api, "own-too").await.1[0].1, 2_000);
    let refused = api.post(&review(&own), &json!({"decision": "Maybe", "reason": WHY})).await;
    assert_eq!(refused.field_refusal().2, "decision");
    world.finish().await;
}

/// Some brands send the buyer's address as their id, and no address besides.
#[tokio::test]
async fn an_id_that_is_the_affiliates_own_address_is_flagged() {
    let world = World::shared().await;
    let (api, early) = (world.api(), world.acme.join(&world.database, "early").await);
    world.intake().accept(&[sale(&world, &early, "own", 10_000, "Early+shop@creators.test")]).await;
    let queue = api.all("/conversions?review=open").await;
    assert_eq!((queue.len(), &queue[0]["flags"]), (1, &json!(["SelfReferral"])));
    let found = api.all("/customers?email=early@creators.test").await;
    assert_eq!(found[0]["customerId"], "Early+shop@creators.test", "the id stays as it was sent");
    world.finish().await;
}

#[tokio::test]
async fn a_commission_is_denied_restored_and_released() {
    let world = World::shared().await;
    let (api, early) = (world.api(), world.acme.join(&world.database, "early").await);
    world.intake().accept(&[sale(&world, &early, "order", 10_000, "buyer")]).await;
    let id = commission(&api, "order").await;
    let decide = async |what: &str| api.post(&format!("/commissions/{id}/{what}"), &json!({"reason": WHY})).await;
    assert_eq!(decide("approve").await.refusal(), (409, "not_denied".to_owned()));
    let denied = decide("deny").await.expect_status(200).json();
    assert_eq!((denied["amountCents"].as_i64(), denied["status"].as_str()), (Some(0), Some("Denied")));
    assert!(denied["reason"].as_str().unwrap().ends_with(&format!("denied: {WHY}")), "{denied}");
    assert_eq!(decide("release").await.refusal(), (409, "not_pending".to_owned()));
    // It stays denied whatever is reported of the sale.
    world.intake().accept(&[world.acme.refund("part", "order", 5_000)]).await;
    assert_eq!(booked(&api, "order").await.1, []);
    let restored = decide("approve").await.expect_status(200).json();
    assert_eq!((restored["amountCents"].as_i64(), restored["status"].as_str()), (Some(1_000), Some("Pending")));
    for _ in 0..2 {
        let released = decide("release").await.expect_status(200).json();
        assert_eq!(released["status"], "Approved");
    }
    let kinds: Vec<Value> =
        api.all(&format!("/decisions?commissionId={id}")).await.iter().map(|row| row["type"].clone()).collect();
    assert_eq!(kinds, ["Release", "Approve", "Deny"], "newest first, and the second release decided nothing");
    world.finish().await;
}

#[tokio::test]
async fn a_customers_commissions_are_released_by_either_name() {
    let world = World::shared().await;
    let (api, early) = (world.api(), world.acme.join(&world.database, "early").await);
    let euro = |event: Event| event.but(|report| report.currency = "EUR".parse().unwrap());
    world
        .intake()
        .accept(&[
            sale(&world, &early, "one", 10_000, "user 1/a"),
            euro(sale(&world, &early, "two", 5_000, "user 1/a")),
            sale(&world, &early, "three", 10_000, "user-2"),
        ])
        .await;
    let body = json!({"reason": "the trial is over"});
    let released = keyed(&api, "/customers/user%201%2Fa/release", "k", &body).await.expect_status(200).json();
    assert_eq!(released["released"], 2);
    assert_eq!(released["amounts"][0], json!({"currency": "EUR", "commissions": 1, "amountCents": 1_000}));
    assert_eq!(keyed(&api, "/customers/user%201%2Fa/release", "k", &body).await.json(), released, "the first answer");
    let again = api.post("/customers/user%201%2Fa/release", &body).await.expect_status(200).json();
    assert_eq!(again, json!({"released": 0, "amounts": []}));
    assert_eq!(booked(&api, "three").await.1[0].2, "Pending");
    let id =
        world.database.texts("select id::text from customers where external_id = 'user-2'").await.remove(0).remove(0);
    let id = shared::id::CustomerId::new(id.parse().unwrap());
    assert_eq!(api.post(&format!("/customers/{id}/release"), &body).await.expect_status(200).json()["released"], 1);
    assert_eq!(api.post("/customers/nobody/release", &body).await.refusal(), (404, "not_found".to_owned()));
    world.finish().await;
}

/// More than one transaction handles: one answer for all, and the same one when repeated.
#[tokio::test]
async fn a_great_many_are_released_with_one_key() {
    let world = World::shared().await;
    let (api, early) = (world.api(), world.acme.join(&world.database, "early").await);
    let sales: Vec<Event> =
        (0..510).map(|number| sale(&world, &early, &format!("o{number}"), 1_000, &format!("b{number}"))).collect();
    for batch in sales.chunks(85) {
        world.intake().accept(batch).await;
    }
    let (path, body) = (format!("/affiliates/{}/release", early.affiliate), json!({"reason": WHY}));
    let released = keyed(&api, &path, "all", &body).await.expect_status(200).json();
    assert_eq!(
        released,
        json!({"released": 510, "amounts": [{"currency": "USD", "commissions": 510, "amountCents": 102_000}]})
    );
    assert_eq!(keyed(&api, &path, "all", &body).await.json(), released);
    assert_eq!(world.database.count("select count(*) from decisions").await, 510);
    world.finish().await;
}

#[tokio::test]
async fn bonus_adjustment_payout() {
    let world = World::shared().await;
    let (api, early) = (world.api(), world.acme.join(&world.database, "early").await);
    let (affiliate, program) = (early.affiliate.to_string(), world.acme.program.to_string());
    let gift = |cents: i64| json!({"programId": program, "amountCents": cents, "currency": "USD", "reason": WHY});
    let pay = |expected: i64| json!({"affiliateId": affiliate, "currency": "USD", "expectedCents": expected, "reference": "bank 118"});
    let post = async |path: &str, body: Value| api.post(path, &body).await;
    assert_eq!(post("/payouts", pay(1)).await.refusal(), (409, "nothing_payable".to_owned()));
    let bonus = post(&format!("/affiliates/{affiliate}/bonuses"), gift(5_000)).await.expect_status(201).json();
    assert_eq!((bonus["type"].as_str(), bonus["status"].as_str()), (Some("Bonus"), Some("Approved")));
    let taken = post(&format!("/affiliates/{affiliate}/adjustments"), gift(-1_250)).await.expect_status(201).json();
    assert_eq!((taken["amountCents"].as_i64(), taken["type"].as_str()), (Some(-1_250), Some("Adjustment")));
    let held = json!({"programId": program, "amountCents": 700, "currency": "USD", "reason": WHY, "holdDays": 5});
    assert_eq!(post(&format!("/affiliates/{affiliate}/bonuses"), held).await.json()["status"], "Pending");

    let differs = post("/payouts", pay(5_000)).await;
    assert!(differs.text().contains("USD 37.50"), "{}", differs.text());
    assert_eq!(differs.refusal(), (409, "amount_differs".to_owned()));
    let paid = keyed(&api, "/payouts", "p1", &pay(3_750)).await.expect_status(201).json();
    assert_eq!((paid["amountCents"].as_i64(), paid["reference"].as_str()), (Some(3_750), Some("bank 118")));
    assert_eq!(keyed(&api, "/payouts", "p1", &pay(3_750)).await.expect_status(201).json(), paid);
    assert_eq!(post("/payouts", pay(3_750)).await.refusal(), (409, "nothing_payable".to_owned()));
    assert_eq!(api.all(&format!("/payouts?affiliateId={affiliate}")).await, std::slice::from_ref(&paid));
    assert_eq!(api.get(&format!("/payouts/{}", paid["id"].as_str().unwrap())).await.json(), paid);
    let status = |row: &Value| row["status"].clone();
    let states: Vec<Value> = api.all("/commissions").await.iter().map(status).collect();
    assert_eq!(states, ["Pending", "Paid", "Paid"]);
    // Deducted after the payment: the payable amount is negative.
    post(&format!("/affiliates/{affiliate}/adjustments"), gift(-300)).await.expect_status(201);
    let refused = post("/payouts", json!({"affiliateId": affiliate, "currency": "USD"})).await;
    assert!(refused.text().contains("USD -3.00"), "{}", refused.text());
    for (path, body, field) in [
        ("bonuses", gift(0), "amountCents"),
        ("bonuses", gift(-1), "amountCents"),
        ("adjustments", gift(0), "amountCents"),
        ("adjustments", gift(-1_000_000_000_001), "amountCents"),
        ("adjustments", gift(i64::MIN), "amountCents"),
        ("bonuses", json!({"programId": program, "amountCents": 1, "currency": "XXX", "reason": WHY}), "currency"),
        (
            "bonuses",
            json!({"programId": program, "amountCents": 1, "currency": "USD", "reason": WHY, "holdDays": 366}),
            "holdDays",
        ),
    ] {
        let refused = post(&format!("/affiliates/{affiliate}/{path}"), body.clone()).await;
        assert_eq!(refused.field_refusal(), (400, "validation_failed".to_owned(), field.to_owned()), "{body}");
    }
    let given = api.all("/decisions").await;
    assert_eq!(given.iter().filter(|row| row["type"] == "Bonus").count(), 2, "{given:?}");
    world.finish().await;
}

#[tokio::test]
async fn a_refund_told_here_is_an_event_like_any_other() {
    let world = World::shared().await;
    let (api, early) = (world.api(), world.acme.join(&world.database, "early").await);
    world.intake().accept(&[sale(&world, &early, "order", 10_000, "buyer")]).await;
    let (id, _) = booked(&api, "order").await;
    let path = format!("/conversions/{id}/refund");
    let part = json!({"amountCents": 2_500, "externalEventId": "back-1", "reason": WHY});
    let answer = api.post(&path, &part).await.expect_status(200).json();
    assert_eq!(answer["refundedCents"], 2_500);
    // Reported again, here or by the backend: it counts once.
    assert_eq!(api.post(&path, &part).await.expect_status(200).json()["refundedCents"], 2_500);
    let report = world.intake().post(&[world.acme.refund("back-1", "order", 2_500)]).await;
    assert_eq!(report, [shared::batch::Verdict::Duplicate]);
    let other = json!({"amountCents": 2_600, "externalEventId": "back-1", "reason": WHY});
    assert_eq!(api.post(&path, &other).await.refusal(), (409, "conflict".to_owned()));
    let too_much = json!({"amountCents": 7_501, "reason": WHY});
    assert_eq!(api.post(&path, &too_much).await.field_refusal().2, "amountCents");
    assert_eq!(booked(&api, "order").await.1[0].1, 1_500);
    // The rest, twice with one idempotency key.
    for _ in 0..2 {
        let answer = keyed(&api, &path, "rest", &json!({"reason": WHY})).await.expect_status(200).json();
        assert_eq!((answer["refundedCents"].as_i64(), answer["status"].as_str()), (Some(10_000), Some("Refunded")));
    }
    assert_eq!(api.post(&path, &json!({"reason": WHY})).await.refusal(), (409, "nothing_left".to_owned()));
    assert_eq!(world.database.count("select count(*) from events").await, 3);
    assert_eq!(world.database.count("select count(*) from quarantine").await, 0);
    let report = api.all(&format!("/decisions?conversionId={id}")).await;
    assert_eq!(report.iter().map(|row| row["type"].as_str().unwrap()).collect::<Vec<_>>(), ["Refund", "Refund"]);
    world.finish().await;
}
