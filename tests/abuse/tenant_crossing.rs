//! Goal: nobody reaches another organization's things by filter, cursor or body; what they find is their own.
//! Method: both organizations have the same things under the same names; each asks with the other's ids. That every
//! operation answers another's id like nobody's is in `refusals`.

use serde_json::{Value, json};
use shared::{batch::Verdict, event::Payload};
use world::{
    World,
    brand::{Brand, But},
    client::api::Api,
};

/// Ids of one organization's things, by the prefix of their kind.
async fn ids(api: &Api) -> Vec<(String, String)> {
    let mut ids = Vec::new();
    for list in [
        "/programs",
        "/affiliates",
        "/links",
        "/customers",
        "/leads",
        "/conversions",
        "/commissions",
        "/connections",
        "/coupons",
        "/payouts",
    ] {
        let rows = api.all(list).await;
        assert!(!rows.is_empty(), "{list} has something to protect");
        ids.extend(rows.iter().map(|row| (list.to_owned(), row["id"].as_str().unwrap().to_owned())));
    }
    ids
}

async fn filled() -> World {
    let world = World::shared().await;
    for brand in [&world.acme, &world.globex] {
        let slug = brand.partner.slug.clone();
        let sales: Vec<_> = (0..3)
            .map(|number| {
                brand.sale(&format!("order-{number}"), 9_900).but(|report| {
                    report.affiliate_slug = Some(slug.clone());
                    report.customer_id = Some("buyer".to_owned());
                })
            })
            .collect();
        world.intake().accept(&sales).await;
        world.intake().accept(&[brand.click(&brand.partner)]).await;
        let connection = json!({"type": "stripe", "programId": brand.program.to_string(),
                                "credentials": {"webhookSecret": "whsec_0123456789abcdef"}});
        let api = Api::new(world.ledger.base(), &brand.api_key);
        api.post("/connections", &connection).await.expect_status(201);
        let coupon = json!({"programId": brand.program.to_string(), "affiliateId": brand.partner.affiliate.to_string(),
                            "code": "CROSSING"});
        api.post("/coupons", &coupon).await.expect_status(201);
        let bonus =
            json!({"programId": brand.program.to_string(), "amountCents": 700, "currency": "USD", "reason": "x"});
        api.post(&format!("/affiliates/{}/bonuses", brand.partner.affiliate), &bonus).await.expect_status(201);
        let lead =
            json!({"externalEventId": "lead-0", "customerEmail": "lead@buyers.test", "affiliateSlug": slug_of(brand)});
        api.post("/leads", &lead).await.expect_status(201);
        let payout = json!({"affiliateId": brand.partner.affiliate.to_string(), "currency": "USD"});
        api.post("/payouts", &payout).await.expect_status(201);
    }
    world
}

fn slug_of(brand: &Brand) -> String {
    brand.partner.slug.clone()
}

#[tokio::test]
async fn by_filter_and_cursor() {
    let world = filled().await;
    let (own, other) = (world.api(), world.other_api());
    let theirs = ids(&other).await;
    let id = |list: &str| theirs.iter().find(|(of, _)| of == list).unwrap().1.clone();
    for (list, filter, value) in [
        ("/links", "programId", id("/programs")),
        ("/links", "affiliateId", id("/affiliates")),
        ("/conversions", "programId", id("/programs")),
        ("/conversions", "affiliateId", id("/affiliates")),
        ("/commissions", "programId", id("/programs")),
        ("/commissions", "affiliateId", id("/affiliates")),
        ("/commissions", "conversionId", id("/conversions")),
        ("/coupons", "programId", id("/programs")),
        ("/coupons", "affiliateId", id("/affiliates")),
        ("/affiliates", "programId", id("/programs")),
        ("/customers", "programId", id("/programs")),
        ("/customers", "affiliateId", id("/affiliates")),
        ("/leads", "programId", id("/programs")),
        ("/leads", "affiliateId", id("/affiliates")),
        ("/conversions", "customerId", id("/customers")),
        ("/payouts", "affiliateId", id("/affiliates")),
        ("/decisions", "affiliateId", id("/affiliates")),
    ] {
        assert_eq!(own.all(&format!("{list}?{filter}={value}")).await, Vec::<Value>::new(), "{list} by {filter}");
    }
    // One external id, two organizations: each sees its own.
    let mine = own.all("/conversions?externalEventId=order-0").await;
    assert_eq!(mine.len(), 1);
    assert_ne!(mine[0]["id"], other.all("/conversions?externalEventId=order-0").await[0]["id"]);
    // Another's cursor is a place in a list, and shows nothing but one's own rows.
    let cursor = other.get("/conversions?perPage=1").await.json()["nextCursor"].as_str().unwrap().to_owned();
    let known: Vec<Value> = own.all("/conversions").await.iter().map(|row| row["id"].clone()).collect();
    let page = own.get(&format!("/conversions?cursor={cursor}")).await.expect_status(200).json();
    for row in page["data"].as_array().unwrap() {
        assert!(known.contains(&row["id"]), "{row}");
    }
    let summary =
        |api: Api| async move { api.get("/clicks/summary").await.expect_status(200).json()["totals"].clone() };
    assert_eq!(summary(own).await["clicks"], 1);
    assert_eq!(summary(other).await["clicks"], 1);
    world.finish().await;
}

#[tokio::test]
async fn by_body() {
    let world = filled().await;
    let (mine, theirs) = (&world.acme, &world.globex);
    let link = |program: String, affiliate: String, host: &str| json!({"programId": program, "affiliateId": affiliate, "host": host, "destination": "https://acme.test/x"});
    for (body, status, field) in [
        (link(theirs.program.to_string(), mine.partner.affiliate.to_string(), &mine.partner.host), 404, "programId"),
        (link(mine.program.to_string(), theirs.partner.affiliate.to_string(), &mine.partner.host), 404, "affiliateId"),
        (link(mine.program.to_string(), mine.partner.affiliate.to_string(), &theirs.partner.host), 400, "host"),
    ] {
        let response = world.api().post("/links", &body).await;
        assert_eq!((response.status, response.json()["field"].as_str()), (status, Some(field)), "{}", response.text());
    }
    // Events that name one organization and another's link, affiliate, connection or customer.
    let mut click = mine.click(&theirs.partner);
    if let Payload::Click(click) = &mut click.payload {
        click.program_id = theirs.program;
    }
    assert_eq!(world.intake().post(&[click]).await, [Verdict::Rejected]);
    let (slug, token) = (theirs.partner.slug.clone(), theirs.token(&theirs.partner, world::wait::now()));
    // A conversion told by the API that names another's affiliate or program.
    let details =
        json!({"externalEventId": "x", "amountCents": 1, "affiliateId": theirs.partner.affiliate.to_string()});
    let response = world.api().post("/conversions", &details).await;
    assert_eq!((response.status, response.json()["field"].as_str()), (404, Some("affiliateId")));
    let details = json!({"externalEventId": "y", "amountCents": 9_900, "affiliateSlug": theirs.partner.slug,
                      "programId": theirs.program.to_string(), "customerId": "nobody"});
    let answer = world.api().post("/conversions", &details).await.expect_status(201).json();
    assert_eq!((answer["status"].as_str(), answer["commissions"].as_array().unwrap().len()), (Some("Unattributed"), 0));
    let sale = mine.sale("crossing", 9_900).but(|details| {
        details.affiliate_slug = Some(slug);
        details.click_token = Some(token);
        details.program_id = Some(theirs.program);
        details.customer_id = Some("buyer-of-nobody".to_owned());
    });
    world.intake().accept(&[sale]).await;
    let (conversion, commissions) = world.api().booked("crossing").await.unwrap();
    assert_eq!((conversion["status"].as_str(), commissions.len()), (Some("Unattributed"), 0));
    world.finish().await;
}
