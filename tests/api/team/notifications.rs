//! Goal: a person's notifications are read and changed with their own key, and with no one else's.
//! Method: keys that act for the owner, for another member and for no one; the page in the person's account.
//! Routes: `/team/{userId}/notifications`

use serde_json::json;
use world::{
    World,
    client::api::Api,
    organization_fixture::{key, owner},
    team_fixture::{joined, user},
};

/// A key that the person created.
async fn key_of(world: &World, person: &str, role: &str) -> Api {
    let body = json!({"name": person, "scope": "write", "role": role});
    let made = world.api().post("/api-keys", &body).await.expect_status(201).json();
    let created = format!("update api_keys set created_by = 'user:{person}' where name = '{person}'");
    world.database.run(&created).await;
    Api::new(world.ledger.base(), made["bearer"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_chooses_with_their_own_key() {
    let world = World::shared().await;
    let mut nina = owner(&world).await;
    let [hers, his] = ["owner@acme.test", "ben@acme.test"].map(|email| world.own(email));
    joined(&world, &mut nina, &his, "manager").await;
    let (nina_id, ben_id) = (user(&world, &hers).await, user(&world, &his).await);
    let (of_nina, of_ben) = (key_of(&world, &nina_id, "owner").await, key_of(&world, &ben_id, "manager").await);
    let (path, of_others) = (format!("/team/{nina_id}/notifications"), format!("/team/{ben_id}/notifications"));
    let before = of_nina.get(&path).await.expect_status(200).json();
    assert_eq!((&before["weeklySummary"], &before["apiKeyCreated"]), (&json!(true), &json!(true)));
    let after = of_nina.patch(&path, &json!({"weeklySummary": false})).await.expect_status(200).json();
    assert_eq!((&after["weeklySummary"], &after["commissionsDue"]), (&json!(false), &json!(true)));
    assert_eq!(of_nina.get(&path).await.json(), after);
    let page = nina.browser.get("/account/notifications").await.expect_status(200).text();
    let boxed = page.split("name=\"weekly_summary\"").nth(1).unwrap().split('>').next().unwrap();
    assert!(!boxed.contains("checked"), "{page}");
    let back = of_nina.patch(&path, &json!({"weeklySummary": true, "apiKeyCreated": true})).await;
    assert_eq!(back.expect_status(200).json(), before);
    let log = world.api().all("/audit-log?action=notifications").await;
    assert_eq!(log.len(), 2, "{log:?}");

    // A manager gets two kinds only.
    let bens = of_ben.get(&of_others).await.expect_status(200).json();
    assert_eq!((&bens["affiliateApplied"], &bens["teamJoined"]), (&json!(true), &json!(null)));
    assert_eq!(bens["networkMessages"], json!(true), "there is a creator network");
    let without = of_ben.patch(&of_others, &json!({"networkMessages": false})).await.expect_status(200).json();
    assert_eq!((&without["networkMessages"], &without["affiliateApplied"]), (&json!(false), &json!(true)));
    for (body, field) in [
        (json!({"teamJoined": true}), "teamJoined"),
        (json!({}), "weeklySummary"),
        (json!({"affiliateApplied": "no"}), "affiliateApplied"),
        (json!({"newsletter": true}), "newsletter"),
    ] {
        assert_eq!(of_ben.patch(&of_others, &body).await.field_refusal().2, field, "{body}");
    }
    // A stolen key can't silence the warning about new keys.
    let silenced = of_nina.patch(&path, &json!({"apiKeyCreated": false})).await;
    assert_eq!(silenced.field_refusal(), (400, "validation_failed".to_owned(), "apiKeyCreated".to_owned()));

    let no_one = key(&world, &world.acme.organization.to_string(), "rk_live_nobody", "owner").await;
    for (api, path) in [(&of_nina, &of_others), (&of_ben, &path), (&no_one, &path)] {
        assert_eq!(api.get(path).await.refusal(), (403, "forbidden".to_owned()), "{path}");
        let refused = api.patch(path, &json!({"affiliateApplied": false})).await;
        assert_eq!(refused.refusal(), (403, "forbidden".to_owned()), "{path}");
    }
    assert_eq!(world.other_api().get(&path).await.status, 404);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn test_mode_has_no_team_of_its_own() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let live = world.acme.organization.to_string();
    let place = owner.submit("/dashboard/test-mode", &[("organization", &live)]).await.expect_status(303);
    let twin = place.header("location").unwrap().split_once("organization=").unwrap().1.to_owned();
    let test = key(&world, &twin, "rk_test_twin", "owner").await;
    let path = format!("/team/{}/notifications", user(&world, &world.own("owner@acme.test")).await);
    assert_eq!(test.get(&path).await.refusal(), (409, "test_mode".to_owned()));
    let page = owner.browser.get("/account/notifications").await.expect_status(200).text();
    assert!(page.contains(&live) && !page.contains(&twin), "{page}");
    owner.submit("/account/notifications", &[("organization", &twin)]).await.expect_status(409);
    world.finish().await;
}
