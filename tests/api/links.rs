//! Goal: a link is changed, disabled and enabled again; links without a slug get one, also at the same time.
//! Method: links are created and changed by API; conversions show whom they credit.

mod reserved_slugs;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use world::{World, brand::Partner};

use crate::created;

#[tokio::test]
async fn a_link_is_changed_taken_out_of_use_and_put_back() {
    let world = World::shared().await;
    let api = world.api();
    let linked = json!({"name": "Linked", "email": "linked@creators.test", "slug": "linked",
                        "programId": world.acme.program.to_string(), "destination": "https://acme.test/"});
    let made = created(&world, "/affiliates", linked).await;
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
    assert_eq!(created(&world, "/conversions", sale).await["commissions"][0]["amountCents"], 2_000);
    assert_eq!(
        api.patch(&path, &json!({"disabled": false})).await.expect_status(200).json()["disabledAt"],
        Value::Null
    );
    assert_eq!(world.database.count(gone).await, 0);
    assert_eq!(world.database.count("select count(*) from audit_log where action like 'link.%'").await, 3);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_without_a_slug_are_created_at_the_same_time() {
    let world = World::shared().await;
    let api = world.api();
    let made =
        created(&world, "/affiliates", json!({"name": "Swift", "email": "swift@creators.test", "slug": "swift"}));
    let link = json!({"programId": world.acme.program.to_string(), "affiliateId": made.await["id"],
                      "destination": "https://acme.test/"});
    let all = futures_util::future::join_all((0..12).map(|_| api.post("/links", &link))).await;
    let slugs: BTreeSet<String> =
        all.into_iter().map(|made| made.expect_status(201).json()["slug"].as_str().unwrap().to_owned()).collect();
    assert_eq!(slugs.len(), 12, "{slugs:?}");
    assert!(slugs.contains("swift") && slugs.iter().all(|slug| slug.starts_with("swift")), "{slugs:?}");
    world.finish().await;
}
