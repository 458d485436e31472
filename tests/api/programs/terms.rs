//! Goal: each change of a program's terms is a version of its own, which new applicants accept.
//! Method: versions by API; a visitor reads the page; other organizations' keys.
//! Routes: `/programs/{id}/terms`, `/programs/{id}/terms/{version}`

use serde_json::json;
use world::{World, client::dashboard::Marketer, organization_fixture::key};

use crate::created;

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_published_and_stay() {
    let world = World::shared().await;
    let api = world.api();
    let body = json!({"name": "Partners", "slug": world.own("creators"), "destination": "https://acme.test/",
                      "components": [{"type": "percentage", "ratePercent": "20"}]});
    let program = created(&world, "/programs", body).await["id"].as_str().unwrap().to_owned();
    let path = format!("/programs/{program}/terms");
    assert!(api.all(&path).await.is_empty());
    assert_eq!(api.post(&path, &json!({"body": " "})).await.field_refusal().2, "body", "there is nothing to end");
    let first = api.post(&path, &json!({"body": "One.\r\n\r\nTwo. "})).await.expect_status(201).json();
    assert_eq!((&first["version"], &first["body"]), (&json!(1), &json!("One.\n\nTwo.")));
    let same = api.post(&path, &json!({"body": "One.\n\nTwo."})).await.expect_status(200).json();
    assert_eq!(same, first, "the same text is no new version");
    api.post(&path, &json!({"body": "Three."})).await.expect_status(201);
    api.post(&format!("/programs/{program}/page/publish"), &json!({})).await.expect_status(200);
    let mut visitor = Marketer::new(&world.ledger.base());
    let address = format!("/p/{}", world.own("creators"));
    let page = visitor.browser.get(&address).await.expect_status(200).text();
    assert!(page.contains("Three.") && !page.contains("Two."), "{page}");

    let ended = api.post(&path, &json!({"body": ""})).await.expect_status(201).json();
    assert_eq!((&ended["version"], &ended["current"]), (&json!(3), &json!(true)));
    assert!(!visitor.browser.get(&format!("{address}?fresh")).await.text().contains("Three."));
    let rows = api.all(&path).await;
    let listed: Vec<_> = rows.iter().map(|row| (row["version"].as_i64(), row["current"].as_bool())).collect();
    assert_eq!(listed, [(Some(3), Some(true)), (Some(2), Some(false)), (Some(1), Some(false))]);
    assert!(rows.iter().all(|row| row.get("body").is_none()), "{rows:?}");
    let old = api.get(&format!("{path}/1")).await.expect_status(200).json();
    assert_eq!((&old["body"], &old["current"]), (&json!("One.\n\nTwo."), &json!(false)));
    for nothing in ["0", "4", "x", "-1"] {
        assert_eq!(api.get(&format!("{path}/{nothing}")).await.status, 404, "{nothing}");
    }
    for bad in ["x".repeat(50_001), "a\u{7}".to_owned()] {
        assert_eq!(api.post(&path, &json!({"body": bad})).await.field_refusal().2, "body");
    }
    let log = api.all("/audit-log?action=program_terms").await;
    assert_eq!(log.len(), 3, "{log:?}");

    let viewer = key(&world, &world.acme.organization.to_string(), "rk_live_viewer", "viewer").await;
    assert_eq!(viewer.all(&path).await.len(), 3);
    assert_eq!(viewer.post(&path, &json!({"body": "x"})).await.refusal(), (403, "forbidden".to_owned()));
    let stranger = world.other_api();
    assert_eq!((stranger.get(&path).await.status, stranger.get(&format!("{path}/1")).await.status), (404, 404));
    assert_eq!(stranger.post(&path, &json!({"body": "x"})).await.status, 404);
    world.finish().await;
}
