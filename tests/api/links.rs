//! Goal: a link is changed, disabled and enabled again; links without a slug get one, also at the same time; of links with one
//! slug on two hosts, the script gets the first in use.
//! Method: links are created and changed by API; conversions show whom they credit, and the edge's records what it knows.

mod reserved_slugs;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::config::{link_key, via_key};
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

#[tokio::test]
async fn the_script_gets_the_first_link_in_use_of_a_slug_with_two_hosts() {
    let world = World::shared().await;
    let api = world.api();
    let program = world.acme.program;
    let second = format!("{}.test", program.to_string().replace('_', "-"));
    let verified = format!(
        "insert into link_hosts (organization_id, host, created_at, verified_at) values ('{}', '{second}', now(), now())",
        world.acme.organization.uuid()
    );
    world.database.run(&verified).await;
    let twice = json!({"name": "Twice", "email": "twice@creators.test", "slug": "twice", "programId": program.to_string(),
                       "destination": "https://acme.test/first"});
    let made = created(&world, "/affiliates", twice).await;
    let first_host = made["link"]["host"].as_str().unwrap().to_owned();
    let first = format!("/links/{}", made["link"]["id"].as_str().unwrap());
    let other = json!({"programId": program.to_string(), "affiliateId": made["id"], "host": second, "slug": "Twice",
                       "destination": "https://acme.test/second"});
    let other = format!("/links/{}", created(&world, "/links", other).await["id"].as_str().unwrap());
    // Where the first host, the second one and the script send people.
    let keys = [link_key(&first_host, "twice"), link_key(&second, "twice"), via_key(program, "twice")];
    let known = async || {
        let mut known = Vec::new();
        for key in &keys {
            let record = format!("select record ->> 'destination' as destination from edge_config where key = '{key}'");
            known.push(world.database.texts(&record).await[0][0].trim_start_matches("https://acme.test/").to_owned());
        }
        known
    };
    assert_eq!(known().await, ["first", "second", "first"]);
    let moved = json!({"destination": "https://acme.test/moved"});
    api.patch(&other, &moved).await.expect_status(200);
    assert_eq!(known().await, ["first", "moved", "first"]);
    api.delete(&first).await.expect_status(200);
    assert_eq!(known().await, ["", "moved", "moved"]);
    api.patch(&first, &json!({"disabled": false})).await.expect_status(200);
    assert_eq!(known().await, ["first", "moved", "first"]);
    api.delete(&other).await.expect_status(200);
    assert_eq!(known().await, ["first", "", "first"]);
    world.finish().await;
}
