//! Goal: a conversion that is reported by API is booked like any other, and lists are read in both directions.
//! Method: one brand with its API key; 20% of 100.00 is 20.00.
//! Elsewhere: tests/api/decisions.rs: `/conversions/{id}/reattribute`, `/conversions/{id}/review`
//! Elsewhere: tests/portal/inquiries.rs: `/conversions/{id}`

mod attribution;

use serde_json::{Value, json};
use world::{World, brand::But, http::Request};

use crate::created;

#[tokio::test]
async fn a_conversion_told_by_api_is_booked_like_any_other() {
    let world = World::shared().await;
    let sale = json!({"externalEventId": "order-1", "amountCents": 10_000, "customerId": "ann",
                      "affiliateId": world.acme.partner.affiliate.to_string()});
    let made = created(&world, "/conversions", sale.clone()).await;
    let report = (made["type"].as_str(), made["status"].as_str(), made["source"].as_str(), made["creditedBy"].as_str());
    assert_eq!(report, (Some("Sale"), Some("Pending"), Some("S2s"), Some("slug")));
    assert_eq!(made["commissions"][0]["amountCents"], 2_000);
    assert_eq!(made["commissions"].as_array().unwrap().len(), 1);
    // Reported again, here and by the brand's backend: the same sale.
    assert_eq!(created(&world, "/conversions", sale.clone()).await, made);
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
    // It binds the customer, and a refund finds it.
    let renewal = created(
        &world,
        "/conversions",
        json!({"externalEventId": "order-2", "amountCents": 10_000, "customerId": "ann"}),
    )
    .await;
    assert_eq!((renewal["type"].as_str(), renewal["creditedBy"].as_str()), (Some("Recurring"), Some("bound")));
    let path = format!("/conversions/{}/refund", made["id"].as_str().unwrap());
    let refund = json!({"amountCents": 5_000, "reason": "half"});
    world.api().post(&path, &refund).await.expect_status(200);
    let now = created(&world, "/conversions", sale).await;
    assert_eq!(
        (now["refundedCents"].as_i64(), now["commissions"][0]["amountCents"].as_i64()),
        (Some(5_000), Some(1_000))
    );
    // An idempotency key returns the first answer, whatever happened since.
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
async fn lists_are_read_both_ways() {
    let world = World::shared().await;
    let api = world.api();
    for number in 0..7 {
        // Two at each time, so that the id decides.
        let at = format!("2026-0{}-01T00:00:00Z", number / 2 + 1);
        let sale = json!({"externalEventId": format!("o-{number}"), "amountCents": 10_000, "customerId": format!("c-{number}"),
                          "occurredAt": at, "affiliateSlug": world.acme.partner.slug});
        created(&world, "/conversions", sale).await;
    }
    for list in ["/conversions", "/commissions", "/customers"] {
        let ids =
            |rows: Vec<Value>| rows.into_iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let newest = ids(api.all(list).await);
        let mut oldest = ids(api.all(&format!("{list}?sort=oldest")).await);
        oldest.reverse();
        assert_eq!((newest.len(), &newest), (7, &oldest), "{list}");
        // A cursor continues in its own direction, three at a time.
        for sort in ["oldest", "newest"] {
            let (mut seen, mut next) = (Vec::new(), format!("{list}?sort={sort}&perPage=3"));
            loop {
                let page = api.get(&next).await.expect_status(200).json();
                seen.extend(ids(page["data"].as_array().unwrap().clone()));
                let Some(cursor) = page["nextCursor"].as_str() else { break };
                next = format!("{list}?perPage=3&cursor={cursor}");
            }
            if sort == "oldest" {
                seen.reverse();
            }
            assert_eq!(seen, newest, "{list}, {sort}");
        }
        let page = api.get(&format!("{list}?sort=oldest&perPage=2")).await.json();
        let mixed = format!("{list}?sort=newest&cursor={}", page["nextCursor"].as_str().unwrap());
        assert_eq!(api.get(&mixed).await.field_refusal().2, "cursor");
    }
    assert_eq!(api.all("/conversions?from=2026-02-01&to=2026-03-31&sort=oldest").await.len(), 4);
    assert_eq!(api.all("/conversions?type=Lead").await.len(), 0);
    assert_eq!(api.all("/commissions?type=Conversion&currency=usd").await.len(), 7);
    assert_eq!(api.all("/commissions?to=2026-01-01").await.len(), 0, "by when they were booked");
    let head = api.send(Request::new("HEAD", "/api/v1/conversions")).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    world.finish().await;
}
