//! Goal: a brand lists its program in the network by API; each mistake names its field, and no one else reaches the listing.
//! Method: a listing is saved, submitted, paused and withdrawn where no one approves listings; a table of wrong requests;
//! other organizations' keys.
//! Routes: `/programs/{id}/network-listing`, `/programs/{id}/network-listing/submit`,
//! `/programs/{id}/network-listing/pause`, `/programs/{id}/network-listing/withdraw`

use serde_json::{Value, json};
use world::{
    Plan,
    client::api::Api,
    http::{Request, Response},
};

use crate::created;

async fn put(api: &Api, path: &str, body: &Value) -> Response {
    let request = Request::post(&format!("/api/v1{path}"), body.to_string());
    api.send(Request { method: "PUT".to_owned(), ..request }).await
}

#[tokio::test]
async fn a_program_is_listed_without_an_operator() {
    let world = Plan::default().ledger_setting("REKOMI_NETWORK_OPERATORS", "").start().await;
    let api = world.api();
    let path = format!("/programs/{}/network-listing", world.acme.program);
    let draft = api.get(&path).await.expect_status(200).json();
    assert_eq!(
        (&draft["status"], &draft["missing"], &draft["url"]),
        (&json!("Draft"), &json!(["summary", "topics"]), &json!(null))
    );
    assert_eq!(world.database.count("select count(*) from network_listings").await, 0, "reading writes nothing");
    let refused = api.post(&format!("{path}/submit"), &json!({})).await;
    assert_eq!((refused.json()["missing"].clone(), refused.status), (json!(["summary", "topics"]), 409));

    let texts = json!({"title": " Acme ", "summary": "Tables.", "topics": ["Business", "Ai", "Business"], "sharesFigures": true});
    let saved = put(&api, &path, &texts).await.expect_status(200).json();
    assert_eq!((&saved["title"], &saved["topics"]), (&json!("Acme"), &json!(["Ai", "Business"])));
    assert_eq!((&saved["offer"]["holdDays"], &saved["offer"]["cookieWindowDays"]), (&json!(30), &json!(60)));
    let listed = api.post(&format!("{path}/submit"), &json!({})).await.expect_status(200).json();
    let address = format!("{}/network/acme", world.ledger.base());
    assert_eq!((&listed["status"], &listed["url"]), (&json!("Listed"), &json!(address)));
    assert_eq!(listed["figures"]["earningsPer100Clicks"], Value::Null, "not before there is enough data");
    let again = api.post(&format!("{path}/submit"), &json!({})).await.expect_status(200).json();
    assert_eq!(again["version"], listed["version"], "nothing was changed");

    // While it is listed, it keeps a summary and a topic.
    let empty = put(&api, &path, &json!({"title": "Acme", "topics": ["Ai"]})).await;
    assert_eq!(empty.field_refusal(), (400, "validation_failed".to_owned(), "summary".to_owned()));
    assert_eq!(api.post(&format!("{path}/pause"), &json!({})).await.expect_status(200).json()["status"], "Paused");
    assert_eq!(api.post(&format!("{path}/withdraw"), &json!({})).await.expect_status(200).json()["status"], "Draft");
    let refused = api.post(&format!("{path}/pause"), &json!({})).await;
    assert_eq!(refused.refusal(), (409, "listing_status".to_owned()));
    world.finish().await;
}

#[tokio::test]
async fn every_mistake_names_its_field() {
    let world = Plan::default().start().await;
    let api = world.api();
    let path = format!("/programs/{}/network-listing", world.acme.program);
    for (body, field) in [
        (json!({"title": ""}), "title"),
        (json!({"title": "a\nb"}), "title"),
        (json!({"title": "A", "summary": "a".repeat(301)}), "summary"),
        (json!({"title": "A", "description": "a".repeat(4_001)}), "description"),
        (json!({"title": "A", "whoFor": "a\u{7}"}), "whoFor"),
        (json!({"title": "A", "forbidden": "a".repeat(1_001)}), "forbidden"),
        (json!({"title": "A", "topics": ["Nonsense"]}), "topics"),
        (json!({"title": "A", "topics": ["Ai", "Beauty", "Books", "Business", "Careers", "Cooking"]}), "topics"),
        (json!({"title": "A", "formats": ["Poem"]}), "formats"),
        (json!({"title": "A", "countries": ["XX"]}), "countries"),
        (json!({"title": "A", "languages": ["english"]}), "languages"),
        (json!({"title": "A", "channelKinds": ["Pigeon"]}), "channelKinds"),
        (json!({"title": "A", "audienceMin": "Many"}), "audienceMin"),
        (json!({"title": "A", "offer": "90%"}), "offer"),
    ] {
        assert_eq!(put(&api, &path, &body).await.field_refusal().2, field, "{body}");
    }
    for other in [
        world.other_api().get(&path).await,
        put(&world.other_api(), &path, &json!({"title": "Stolen"})).await,
        world.other_api().post(&format!("{path}/submit"), &json!({})).await,
    ] {
        assert_eq!(other.status, 404);
    }
    // A program without a published page can't be listed.
    let program = created(
        &world,
        "/programs",
        json!({"name": "New", "slug": "new", "destination": "https://acme.test/",
        "components": [{"type": "percentage", "ratePercent": "20"}]}),
    )
    .await;
    let other = format!("/programs/{}/network-listing", program["id"].as_str().unwrap());
    let missing = api.get(&other).await.expect_status(200).json()["missing"].clone();
    assert_eq!(missing, json!(["program_page", "summary", "topics"]));
    world.finish().await;
}
