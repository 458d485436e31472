//! Goal: what the API offers beyond setting up: conversions and leads told by it, customers read, links, coupons and programs
//! changed and retired, lists read both ways.
//! Method: one brand, by its API key alone; 20 % of 100.00 is 20.00.

use serde_json::{Value, json};
use world::{
    World,
    brand::{But, Partner},
    http::Request,
};

async fn post(world: &World, path: &str, body: Value) -> Value {
    world.api().post(path, &body).await.expect_status(201).json()
}

#[tokio::test]
async fn a_conversion_told_by_api_is_booked_like_any_other() {
    let world = World::start().await;
    let sale = json!({"externalEventId": "order-1", "amountCents": 10_000, "customerId": "ann",
                      "affiliateId": world.acme.partner.affiliate.to_string()});
    let made = post(&world, "/conversions", sale.clone()).await;
    let report = (made["type"].as_str(), made["status"].as_str(), made["source"].as_str(), made["creditedBy"].as_str());
    assert_eq!(report, (Some("Sale"), Some("Pending"), Some("S2s"), Some("slug")));
    assert_eq!(made["commissions"][0]["amountCents"], 2_000);
    assert_eq!(made["commissions"].as_array().unwrap().len(), 1);
    // Told again, here and by the brand's backend: the same sale.
    assert_eq!(post(&world, "/conversions", sale.clone()).await, made);
    let slug = world.acme.partner.slug.clone();
    let by_backend = world.acme.sale("order-1", 10_000).but(|report| {
        report.customer_id = Some("ann".to_owned());
        report.affiliate_slug = Some(slug);
    });
    assert_eq!(world.intake().post(&[by_backend]).await, [shared::batch::Verdict::Duplicate]);
    let mut other = sale.clone();
    other["amountCents"] = json!(9_000);
    assert_eq!(world.api().post("/conversions", &other).await.refusal(), (409, "conflict".to_owned()));
    assert_eq!(world.database.count("select count(*) from quarantine").await, 0, "who asked was told");
    // The customer is bound by it, and a refund finds it.
    let renewal =
        post(&world, "/conversions", json!({"externalEventId": "order-2", "amountCents": 10_000, "customerId": "ann"}))
            .await;
    assert_eq!((renewal["type"].as_str(), renewal["creditedBy"].as_str()), (Some("Recurring"), Some("bound")));
    let path = format!("/conversions/{}/refund", made["id"].as_str().unwrap());
    let refund = json!({"amountCents": 5_000, "reason": "half"});
    world.api().post(&path, &refund).await.expect_status(200);
    let now = post(&world, "/conversions", sale).await;
    assert_eq!(
        (now["refundedCents"].as_i64(), now["commissions"][0]["amountCents"].as_i64()),
        (Some(5_000), Some(1_000))
    );
    // An idempotency key gives the first answer, whatever happened since.
    let once = || {
        let body = json!({"externalEventId": "order-3", "amountCents": 100, "customerId": "bob"}).to_string();
        Request::post("/api/v1/conversions", body).header("Idempotency-Key", "k-1")
    };
    let first = world.api().send(once()).await.expect_status(201).json();
    assert_eq!(
        (first["status"].as_str(), world.api().send(once()).await.expect_status(201).json() == first),
        (Some("Unattributed"), true)
    );
    assert_eq!(world.database.count("select count(*) from conversions").await, 3);
    world.finish().await;
}

#[tokio::test]
async fn a_lead_speaks_for_its_affiliate_until_the_person_buys() {
    let world = World::start().await;
    let lead = json!({"externalEventId": "signup-1", "customerEmail": "Ann@buyers.test",
                      "affiliateSlug": world.acme.partner.slug});
    let made = post(&world, "/leads", lead.clone()).await;
    assert_eq!((made["status"].as_str(), made["email"].as_str()), (Some("Open"), Some("ann@buyers.test")));
    assert_eq!(post(&world, "/leads", lead).await, made);
    let unnamed = post(&world, "/leads", json!({"customerId": "zoe"})).await;
    assert!(unnamed["externalEventId"].as_str().unwrap().starts_with("lead_"));
    assert_eq!(world.api().all("/leads?status=Open").await.len(), 2);
    // Bought under an id of its own, with the same mailbox.
    let sale = json!({"externalEventId": "order-1", "amountCents": 10_000, "customerId": "user_42",
                      "customerEmail": "ann+shop@buyers.test"});
    let sold = post(&world, "/conversions", sale).await;
    assert_eq!(
        (sold["creditedBy"].as_str(), sold["commissions"][0]["amountCents"].as_i64()),
        (Some("lead"), Some(2_000))
    );
    let converted = world.api().all("/leads?status=Converted").await;
    assert_eq!(converted.len(), 1);
    assert_eq!((&converted[0]["id"], &converted[0]["convertedBy"]), (&made["id"], &sold["id"]));
    let path = format!("/leads/{}", made["id"].as_str().unwrap());
    assert_eq!(world.api().get(&path).await.expect_status(200).json(), converted[0]);
    assert_eq!(world.api().all("/leads?email=ANN@buyers.test").await.len(), 1);
    // A sale is no lead.
    let sale = format!("/leads/{}", sold["id"].as_str().unwrap());
    assert_eq!(world.api().get(&sale).await.refusal(), (404, "not_found".to_owned()));
    world.finish().await;
}

#[tokio::test]
async fn a_customer_is_read_with_whose_they_are_and_what_they_brought() {
    let world = World::start().await;
    let (api, acme) = (world.api(), &world.acme);
    let slug = acme.partner.slug.clone();
    for (name, amount, currency) in [("o-1", 10_000, "USD"), ("o-2", 10_000, "USD"), ("o-3", 5_000, "EUR")] {
        let sale = json!({"externalEventId": name, "amountCents": amount, "currency": currency, "customerId": "ann",
                          "customerEmail": "ann@buyers.test", "affiliateSlug": slug});
        post(&world, "/conversions", sale).await;
    }
    post(&world, "/conversions", json!({"externalEventId": "o-4", "amountCents": 700, "customerId": "bob"})).await;
    assert_eq!(api.all("/customers").await.len(), 2);
    for found in [
        "email=Ann%2Bx@buyers.test",
        "customerId=ann",
        &format!("affiliateId={}", acme.partner.affiliate),
        &format!("programId={}", acme.program),
    ] {
        let rows = api.all(&format!("/customers?{found}")).await;
        assert_eq!((rows.len(), rows[0]["customerId"].as_str()), (1, Some("ann")), "{found}");
    }
    let id = api.all("/customers?customerId=ann").await[0]["id"].as_str().unwrap().to_owned();
    let ann = api.get(&format!("/customers/{id}")).await.expect_status(200).json();
    assert_eq!(api.get("/customers/ann").await.json(), ann, "by the brand's own name too");
    let binding = &ann["bindings"][0];
    assert_eq!(binding["affiliateId"], acme.partner.affiliate.to_string());
    let why = (binding["creditedBy"].as_str(), binding["externalEventId"].as_str(), binding["earns"].as_bool());
    assert_eq!(why, (Some("slug"), Some("o-1"), Some(true)));
    let totals = json!([
        {"currency": "USD", "conversions": 2, "amountCents": 20_000, "refundedCents": 0, "commissionCents": 4_000},
        {"currency": "EUR", "conversions": 1, "amountCents": 5_000, "refundedCents": 0, "commissionCents": 1_000},
    ]);
    assert_eq!((&ann["totals"], ann["leads"].as_i64()), (&totals, Some(0)));
    assert!(ann["firstConversionAt"].as_str() < ann["lastConversionAt"].as_str());
    let journey = api.get(&format!("/customers/{id}/journey")).await.expect_status(200).json();
    let steps: Vec<_> = journey["conversions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["externalEventId"].as_str().unwrap(), step["credit"]["rule"].as_str().unwrap()))
        .collect();
    assert_eq!(steps, [("o-1", "slug"), ("o-2", "bound"), ("o-3", "bound")]);
    assert_eq!(journey["conversions"][1]["credit"]["touches"].as_array().unwrap().len(), 3);
    // Two names of one buyer are one customer.
    let twice = world.acme.sale("o-1", 10_000).but(|report| {
        report.source = shared::event::ConversionSource::Pixel;
        report.customer_id = Some("ann-of-the-shop".to_owned());
    });
    world.intake().post(&[twice]).await;
    let bob = api.get("/customers/bob").await.expect_status(200).json();
    assert_eq!((&bob["bindings"], bob["totals"][0]["commissionCents"].as_i64()), (&json!([]), Some(0)));
    assert_eq!(api.get("/customers/nobody").await.refusal(), (404, "not_found".to_owned()));
    assert_eq!(api.get("/customers/a%00b").await.refusal(), (404, "not_found".to_owned()));
    world.finish().await;
}

#[tokio::test]
async fn a_link_is_changed_taken_out_of_use_and_put_back() {
    let world = World::start().await;
    let api = world.api();
    let linked = json!({"name": "Linked", "email": "linked@creators.test", "slug": "linked",
                        "programId": world.acme.program.to_string(), "destination": "https://acme.test/"});
    let made = post(&world, "/affiliates", linked).await;
    let partner = Partner {
        affiliate: made["id"].as_str().unwrap().parse().unwrap(),
        link: made["link"]["id"].as_str().unwrap().parse().unwrap(),
        slug: "linked".to_owned(),
        host: made["link"]["host"].as_str().unwrap().to_owned(),
    };
    let path = format!("/links/{}", partner.link);
    let changed = api.patch(&path, &json!({"destination": "https://acme.test/sale"})).await.expect_status(200).json();
    assert_eq!(changed["destination"], "https://acme.test/sale");
    let pushed = "select count(*) from edge_config where key like '%linked' and record::text like '%acme.test/sale%'";
    assert_eq!(world.database.count(pushed).await, 2, "for the redirect and for the script");
    for refused in ["affiliateId", "programId", "slug", "host"] {
        let response = api.patch(&path, &json!({refused: "x"})).await;
        assert_eq!(response.field_refusal(), (400, "validation_failed".to_owned(), refused.to_owned()));
    }
    let gone = "select count(*) from edge_config where key like '%linked' and record is null";
    let disabled = api.delete(&path).await.expect_status(200).json();
    assert!(disabled["disabledAt"].is_string());
    assert_eq!(api.delete(&path).await.expect_status(200).json(), disabled);
    assert_eq!(world.database.count(gone).await, 2);
    assert_eq!((api.all("/links?status=Disabled").await.len(), api.all("/links?status=Active").await.len()), (1, 2));
    // What was clicked before still earns.
    let token = world.acme.token(&partner, world::wait::now());
    let sale = json!({"externalEventId": "late", "amountCents": 10_000, "clickToken": token});
    assert_eq!(post(&world, "/conversions", sale).await["commissions"][0]["amountCents"], 2_000);
    assert_eq!(
        api.patch(&path, &json!({"disabled": false})).await.expect_status(200).json()["disabledAt"],
        Value::Null
    );
    assert_eq!(world.database.count(gone).await, 0);
    assert_eq!(world.database.count("select count(*) from audit_log where action like 'link.%'").await, 3);
    world.finish().await;
}

#[tokio::test]
async fn an_archived_coupon_credits_what_was_sold_before_and_frees_its_code() {
    let world = World::start().await;
    let api = world.api();
    let coupon = json!({"programId": world.acme.program.to_string(), "code": "SAVE20",
                        "affiliateId": world.acme.partner.affiliate.to_string()});
    let made = post(&world, "/coupons", coupon.clone()).await;
    let path = format!("/coupons/{}", made["id"].as_str().unwrap());
    let before = world::wait::now();
    let changed = api.patch(&path, &json!({"overridesClickAttribution": false})).await.expect_status(200).json();
    assert_eq!(changed["overridesClickAttribution"], false);
    let moved = api.patch(&path, &json!({"affiliateId": "aff_1"})).await;
    assert_eq!(moved.field_refusal(), (400, "validation_failed".to_owned(), "affiliateId".to_owned()));
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let archived = api.delete(&path).await.expect_status(200).json();
    assert!(archived["archivedAt"].is_string());
    let late = api.patch(&path, &json!({"externalId": "promo_1"})).await;
    assert_eq!(late.refusal(), (409, "coupon_archived".to_owned()));
    let second = world.acme.join(&world.database, "second").await;
    let mut again = coupon;
    again["affiliateId"] = json!(second.affiliate.to_string());
    post(&world, "/coupons", again).await;
    let sold = async |name: &str, at: Option<String>| {
        let sale = json!({"externalEventId": name, "amountCents": 10_000, "couponCode": "save20", "customerId": name, "occurredAt": at});
        post(&world, "/conversions", sale).await["affiliateId"].clone()
    };
    assert_eq!(sold("before", Some(before.to_string())).await, world.acme.partner.affiliate.to_string());
    assert_eq!(sold("after", None).await, second.affiliate.to_string());
    assert_eq!((api.all("/coupons?status=Archived").await.len(), api.all("/coupons?code=Save20").await.len()), (1, 2));
    world.finish().await;
}

#[tokio::test]
async fn an_archived_program_takes_nothing_new_and_goes_on_paying() {
    let world = World::start().await;
    let api = world.api();
    let path = format!("/programs/{}", world.acme.program);
    let sale = |name: &str| json!({"externalEventId": name, "amountCents": 10_000, "customerId": "ann", "affiliateSlug": world.acme.partner.slug});
    post(&world, "/conversions", sale("one")).await;
    let archived = api.patch(&path, &json!({"archived": true})).await.expect_status(200).json();
    assert!(archived["archivedAt"].is_string());
    let gone = "select count(*) from edge_config where record is null";
    assert!(world.database.count(gone).await >= 4, "its links, its page's key and its script are off");
    assert_eq!(
        (api.all("/programs?status=Archived").await.len(), api.all("/programs?status=Active").await.len()),
        (1, 0)
    );
    for (list, body) in
        [("/links", json!({"destination": "https://acme.test/x"})), ("/coupons", json!({"code": "NEW"}))]
    {
        let mut body = body;
        body["programId"] = json!(world.acme.program.to_string());
        body["affiliateId"] = json!(world.acme.partner.affiliate.to_string());
        let refused = api.post(list, &body).await;
        assert_eq!(refused.field_refusal(), (400, "validation_failed".to_owned(), "programId".to_owned()), "{list}");
    }
    assert_eq!(post(&world, "/conversions", sale("two")).await["commissions"][0]["amountCents"], 2_000);
    let back = api.patch(&path, &json!({"archived": false})).await.expect_status(200).json();
    assert_eq!(back["archivedAt"], Value::Null);
    assert_eq!(world.database.count("select count(*) from edge_config where record is null").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn lists_are_read_both_ways() {
    let world = World::start().await;
    let api = world.api();
    for number in 0..7 {
        let at = format!("2026-0{}-01T00:00:00Z", number + 1);
        let sale = json!({"externalEventId": format!("o-{number}"), "amountCents": 10_000, "customerId": format!("c-{number}"),
                          "occurredAt": at, "affiliateSlug": world.acme.partner.slug});
        post(&world, "/conversions", sale).await;
    }
    for list in ["/conversions", "/commissions", "/customers"] {
        let ids =
            |rows: Vec<Value>| rows.into_iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let newest = ids(api.all(list).await);
        let mut oldest = ids(api.all(&format!("{list}?sort=oldest")).await);
        oldest.reverse();
        assert_eq!((newest.len(), &newest), (7, &oldest), "{list}");
        // A cursor goes on in its own direction, two at a time.
        let (mut seen, mut next) = (Vec::new(), format!("{list}?sort=oldest&perPage=2"));
        loop {
            let page = api.get(&next).await.expect_status(200).json();
            seen.extend(ids(page["data"].as_array().unwrap().clone()));
            let Some(cursor) = page["nextCursor"].as_str() else { break };
            next = format!("{list}?perPage=2&cursor={cursor}");
        }
        seen.reverse();
        assert_eq!(seen, newest, "{list}");
        let page = api.get(&format!("{list}?sort=oldest&perPage=2")).await.json();
        let mixed = format!("{list}?sort=newest&cursor={}", page["nextCursor"].as_str().unwrap());
        assert_eq!(api.get(&mixed).await.field_refusal().2, "cursor");
    }
    assert_eq!(api.all("/conversions?from=2026-02-01&to=2026-03-31&sort=oldest").await.len(), 2);
    assert_eq!(api.all("/conversions?type=Lead").await.len(), 0);
    assert_eq!(api.all("/commissions?type=Conversion&currency=usd").await.len(), 7);
    assert_eq!(api.all("/commissions?to=2026-01-01").await.len(), 0, "by when they were booked");
    let head = api.send(Request::new("HEAD", "/api/v1/conversions")).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    world.finish().await;
}
