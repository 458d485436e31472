//! Goal: claims of missing sales are listed and decided by API like on the dashboard: only a sale that matches the claim
//! can be credited, once, and the affiliate is emailed.
//! Method: claims written into the database as the portal writes them; sales as signed batches; decisions by API; wrong
//! requests, and other organizations' keys.

use serde_json::{Value, json};
use shared::id::{AffiliateId, MissingSaleClaimId};
use world::{
    World,
    brand::But,
    client::mailbox::read_email,
    http::Request,
    organization_fixture::{key, owner},
    wait::now,
};

/// A claim of the first brand's affiliate, as the portal saves it.
async fn claim(world: &World, number: u8, affiliate: AffiliateId, order: &str) -> String {
    let id = MissingSaleClaimId::v7(1_790_000_000_000 + u64::from(number), &[number; 10]);
    let (organization, affiliate) = (world.acme.organization.uuid(), affiliate.uuid());
    let insert = format!(
        "insert into missing_sale_claims (organization_id, id, affiliate_id, ordered_on, bought, order_id, submitted_at)
         values ('{organization}', '{}', '{affiliate}', '2026-11-01', 'The yearly plan', '{order}', now())",
        id.uuid()
    );
    world.database.run(&insert).await;
    id.to_string()
}

async fn sell(world: &World, id: &str, slug: &str) {
    let sale = world.acme.sale(id, 10_000).but(|report| {
        report.affiliate_slug = Some(slug.to_owned());
        report.customer_id = Some(format!("buyer-of-{id}"));
    });
    world.intake().accept(&[sale]).await;
}

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_claimed_order_comes_before_newer_ones_of_its_buyer() {
    let world = World::shared().await;
    let api = world.api();
    let early = world.acme.join(&world.database, "early").await;
    let slug = world.acme.partner.slug.clone();
    let sale = |id: &str, days: i64| {
        world.acme.sale(id, 10_000).but(|report| {
            report.affiliate_slug = Some(slug.clone());
            report.customer_id = Some("often".to_owned());
            report.customer_email = Some("often@buyers.test".to_owned());
            report.occurred_at = Some(now().plus_days(-days));
        })
    };
    let newer: Vec<_> = (1..=10).map(|day| sale(&format!("newer-{day}"), day)).collect();
    world.intake().accept(&[sale("claimed", 20)]).await;
    world.intake().accept(&newer).await;
    let claim = claim(&world, 3, early.affiliate, "claimed").await;
    let buyer = format!(
        "update missing_sale_claims set buyer_email = 'often@buyers.test' where organization_id = '{}'",
        world.acme.organization.uuid()
    );
    world.database.run(&buyer).await;
    let detail = api.get(&format!("/missing-sale-claims/{claim}")).await.expect_status(200).json();
    let sales = detail["matchingSales"].as_array().unwrap();
    let by: Vec<&Value> = sales.iter().map(|sale| &sale["matchedBy"]).collect();
    assert_eq!((by.len(), by[0], by[9]), (10, &json!("BuyerEmail"), &json!("OrderId")), "newest first: {detail}");
    let body = json!({"conversionId": sales[9]["conversionId"], "answer": "You are right."});
    api.post(&format!("/missing-sale-claims/{claim}/credit"), &body).await.expect_status(200);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_credited_once_and_another_rejected() {
    let world = World::shared().await;
    let api = world.api();
    let early = world.acme.join(&world.database, "early").await;
    sell(&world, "A-17", &world.acme.partner.slug).await;
    sell(&world, "A-18", &world.acme.partner.slug).await;
    let first = claim(&world, 1, early.affiliate, "A-17").await;
    let second = claim(&world, 2, early.affiliate, "B-1").await;
    let open = api.all("/missing-sale-claims?status=Open").await;
    assert_eq!(ids(&open), [second.as_str(), first.as_str()], "newest first");
    let detail = api.get(&format!("/missing-sale-claims/{first}")).await.expect_status(200).json();
    assert_eq!((&detail["orderId"], &detail["orderedOn"]), (&json!("A-17"), &json!("2026-11-01")));
    let sales = detail["matchingSales"].as_array().unwrap();
    assert_eq!((sales.len(), &sales[0]["matchedBy"]), (1, &json!("OrderId")), "{detail}");
    assert_eq!(sales[0]["affiliateId"], json!(world.acme.partner.affiliate.to_string()));
    let sale = sales[0]["conversionId"].clone();
    let (other, _) = api.booked("A-18").await.unwrap();

    let credit = format!("/missing-sale-claims/{first}/credit");
    for (body, status, field) in [
        (json!({"conversionId": sale, "answer": " "}), 400, "answer"),
        (json!({"conversionId": sale}), 400, "answer"),
        (json!({"conversionId": sale, "answer": "x", "reach": "All"}), 400, "reach"),
        (json!({"conversionId": "conv_1", "answer": "x"}), 400, "conversionId"),
        (json!({"conversionId": other["id"], "answer": "x"}), 404, "conversionId"),
        (json!({"conversionId": sale, "answer": "x", "later": true}), 400, "later"),
    ] {
        let refused = api.post(&credit, &body).await;
        assert_eq!((refused.status, refused.field_refusal().2.as_str()), (status, field), "{body}: {}", refused.text());
    }
    let body = json!({"conversionId": sale, "answer": "You are right."});
    let once = || Request::post(&format!("/api/v1{credit}"), body.to_string()).header("Idempotency-Key", "claim-1");
    let credited = api.send(once()).await.expect_status(200).json();
    assert_eq!((&credited["status"], &credited["conversionId"]), (&json!("Credited"), &sale));
    assert!(credited["decidedBy"].as_str().unwrap().starts_with("api_key:key_"), "{credited}");
    assert_eq!(api.send(once()).await.expect_status(200).json(), credited, "the first answer again");
    assert_eq!(api.post(&credit, &body).await.refusal(), (409, "already_decided".to_owned()));
    let (moved, _) = api.booked("A-17").await.unwrap();
    assert_eq!(moved["affiliateId"], json!(early.affiliate.to_string()));
    let email = read_email(&world.ledger.base(), "early@creators.test", "inquiry_answered").await;
    assert!(email["text"].as_str().unwrap().contains("You are right."), "{email}");

    let reject = format!("/missing-sale-claims/{second}/reject");
    let rejected = api.post(&reject, &json!({"answer": "No such order."})).await.expect_status(200).json();
    assert_eq!((&rejected["status"], &rejected["answer"]), (&json!("Rejected"), &json!("No such order.")));
    assert_eq!(ids(&api.all("/missing-sale-claims?status=Rejected").await), [second.as_str()]);
    let of_early = format!("/missing-sale-claims?affiliateId={}", early.affiliate);
    assert_eq!(api.all(&of_early).await.len(), 2);
    let log = api.all("/audit-log?action=inquiry").await;
    assert!(log.len() == 2 && log.iter().all(|row| row["actor"] == credited["decidedBy"]), "{log:?}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_belong_to_their_organization() {
    let world = World::shared().await;
    let id = claim(&world, 1, world.acme.partner.affiliate, "A-17").await;
    let live = world.acme.organization.to_string();
    let answer = json!({"answer": "x"});
    let viewer = key(&world, &live, "rk_live_viewer", "viewer").await;
    assert_eq!(viewer.all("/missing-sale-claims").await.len(), 1);
    let refused = viewer.post(&format!("/missing-sale-claims/{id}/reject"), &answer).await;
    assert_eq!(refused.refusal(), (403, "forbidden".to_owned()));
    let mut owner = owner(&world).await;
    let place = owner.submit("/dashboard/test-mode", &[("organization", &live)]).await.expect_status(303);
    let twin = place.header("location").unwrap().split_once("organization=").unwrap().1.to_owned();
    for stranger in [world.other_api(), key(&world, &twin, "rk_test_twin", "owner").await] {
        assert!(stranger.all("/missing-sale-claims").await.is_empty());
        assert_eq!(stranger.get(&format!("/missing-sale-claims/{id}")).await.status, 404);
        assert_eq!(stranger.post(&format!("/missing-sale-claims/{id}/reject"), &answer).await.status, 404);
    }
    assert_eq!(world.api().get(&format!("/missing-sale-claims/{id}")).await.json()["status"], "Open");
    assert_eq!(world.api().get("/missing-sale-claims?status=Lost").await.field_refusal().2, "status");
    world.finish().await;
}
