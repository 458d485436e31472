//! Goal: assets are created, changed, replaced and deleted by API with the limits of the dashboard's form.
//! Method: each kind by API, the file read back; a table of wrong requests; other organizations' keys.
//! Routes: `/assets/{id}/file`

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use world::{
    World,
    http::Request,
    organization_fixture::{key, owner},
};

const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\nnot much of a picture";
const OTHER: &[u8] = b"GIF89a, another picture";

#[tokio::test(flavor = "multi_thread")]
async fn assets_come_change_and_go() {
    let world = World::shared().await;
    let api = world.api();
    let file = json!({"kind": "File", "title": "Banner", "file": BASE64_STANDARD.encode(PICTURE)});
    let once = || Request::post("/api/v1/assets", file.to_string()).header("Idempotency-Key", "banner");
    let banner = api.send(once()).await.expect_status(201).json();
    assert_eq!((&banner["contentType"], &banner["sizeBytes"]), (&json!("image/png"), &json!(PICTURE.len())));
    assert_eq!(api.send(once()).await.expect_status(201).json(), banner, "the first answer again");
    let program = world.acme.program.to_string();
    let text = json!({"kind": "Text", "title": "Bio", "text": " We make hats.\r\n", "programId": program});
    let text = api.post("/assets", &text).await.expect_status(201).json();
    assert_eq!((&text["text"], &text["programId"]), (&json!("We make hats."), &json!(program)));
    let link = json!({"kind": "Link", "title": "Kit", "url": "https://acme.test/kit"});
    let link = api.post("/assets", &link).await.expect_status(201).json();
    assert_eq!((&link["url"], &link["text"]), (&json!("https://acme.test/kit"), &json!(null)));

    assert_eq!(api.all("/assets").await, [link.clone(), text.clone(), banner.clone()], "newest first");
    assert_eq!(api.all("/assets?kind=Text").await, std::slice::from_ref(&text));
    assert_eq!(api.all(&format!("/assets?programId={program}")).await, std::slice::from_ref(&text));
    let path = format!("/assets/{}", banner["id"].as_str().unwrap());
    assert_eq!(api.get(&path).await.json(), banner);
    let bytes = api.get(&format!("{path}/file")).await.expect_status(200);
    assert_eq!((bytes.header("content-type"), bytes.body.as_slice()), (Some("image/png"), PICTURE));

    let change = json!({"title": "New banner", "programId": program, "file": BASE64_STANDARD.encode(OTHER)});
    let changed = api.patch(&path, &change).await.expect_status(200).json();
    assert_eq!((&changed["title"], &changed["contentType"]), (&json!("New banner"), &json!("image/gif")));
    assert_eq!(api.get(&format!("{path}/file")).await.body.as_slice(), OTHER);
    let open = api.patch(&path, &json!({"programId": null})).await.expect_status(200).json();
    assert_eq!((&open["programId"], &open["title"]), (&json!(null), &json!("New banner")));
    let of_text = format!("/assets/{}", text["id"].as_str().unwrap());
    let reworded = api.patch(&of_text, &json!({"text": "We make caps."})).await.expect_status(200).json();
    assert_eq!(reworded["text"], "We make caps.");
    assert_eq!(api.get(&format!("{of_text}/file")).await.status, 404);

    api.delete(&path).await.expect_status(204);
    assert_eq!((api.get(&path).await.status, api.get(&format!("{path}/file")).await.status), (404, 404));
    assert_eq!(api.delete(&path).await.status, 404);
    let log = api.all("/audit-log?action=asset").await;
    assert!(log.len() == 7 && log.iter().all(|row| row["actor"].as_str().unwrap().starts_with("api_key:")), "{log:?}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused() {
    let world = World::shared().await;
    let api = world.api();
    let encoded = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
    let link = json!({"kind": "Link", "title": "Kit", "url": "https://acme.test/kit"});
    let with = |name: &str, value: serde_json::Value| {
        let mut body = link.clone();
        body[name] = value;
        body
    };
    for (body, status, field) in [
        (with("kind", json!("Video")), 400, "kind"),
        (with("title", json!(" ")), 400, "title"),
        (with("title", json!("x".repeat(121))), 400, "title"),
        (with("url", json!("javascript:alert(1)")), 400, "url"),
        (with("url", json!("https://me@acme.test/")), 400, "url"),
        (with("text", json!("x")), 400, "text"),
        (with("size", json!(1)), 400, "size"),
        (with("programId", json!("prog_01kdvdna00fnwvvrwp1y42fmbq")), 404, "programId"),
        (with("programId", json!(world.globex.program.to_string())), 404, "programId"),
        (json!({"kind": "Text", "title": "Bio"}), 400, "text"),
        (json!({"kind": "Text", "title": "Bio", "text": "x".repeat(5_001)}), 400, "text"),
        (json!({"kind": "File", "title": "Banner"}), 400, "file"),
        (json!({"kind": "File", "title": "Banner", "file": "no base64"}), 400, "file"),
        (json!({"kind": "File", "title": "Banner", "file": encoded(b"<svg onload='alert(1)'/>")}), 400, "file"),
        (json!({"kind": "File", "title": "Banner", "file": encoded(&vec![0; 5 * 1024 * 1024 + 1])}), 400, "file"),
    ] {
        let refused = api.post("/assets", &body).await;
        assert_eq!((refused.status, refused.field_refusal().2.as_str()), (status, field), "{}", refused.text());
    }
    let made = api.post("/assets", &link).await.expect_status(201).json();
    let path = format!("/assets/{}", made["id"].as_str().unwrap());
    for (body, status, field) in [
        (json!({}), 400, "title"),
        (json!({"text": "x"}), 400, "text"),
        (json!({"url": "acme"}), 400, "url"),
        (json!({"kind": "Text"}), 400, "kind"),
        (json!({"programId": world.globex.program.to_string()}), 404, "programId"),
    ] {
        let refused = api.patch(&path, &body).await;
        assert_eq!((refused.status, refused.field_refusal().2.as_str()), (status, field), "{body}");
    }
    assert_eq!(api.all("/assets").await, [made]);
    // As many as the dashboard allows.
    let fill = "insert into assets (organization_id, id, kind, title, body, created_at)
                select organization_id, gen_random_uuid(), 'Text', 'one', 'x', now()
                from assets, generate_series(2, 200)";
    world.database.run(fill).await;
    assert_eq!(api.post("/assets", &link).await.refusal(), (409, "too_many_assets".to_owned()));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn assets_belong_to_their_organization() {
    let world = World::shared().await;
    let file = json!({"kind": "File", "title": "Banner", "file": BASE64_STANDARD.encode(PICTURE)});
    let made = world.api().post("/assets", &file).await.expect_status(201).json();
    let path = format!("/assets/{}", made["id"].as_str().unwrap());
    let live = world.acme.organization.to_string();
    let viewer = key(&world, &live, "rk_live_viewer", "viewer").await;
    viewer.get(&format!("{path}/file")).await.expect_status(200);
    assert_eq!(viewer.post("/assets", &file).await.refusal(), (403, "forbidden".to_owned()));
    assert_eq!(viewer.delete(&path).await.refusal(), (403, "forbidden".to_owned()));
    let mut owner = owner(&world).await;
    let place = owner.submit("/dashboard/test-mode", &[("organization", &live)]).await.expect_status(303);
    let twin = place.header("location").unwrap().split_once("organization=").unwrap().1.to_owned();
    for stranger in [world.other_api(), key(&world, &twin, "rk_test_twin", "owner").await] {
        assert!(stranger.all("/assets").await.is_empty());
        assert_eq!((stranger.get(&path).await.status, stranger.delete(&path).await.status), (404, 404));
        assert_eq!(stranger.get(&format!("{path}/file")).await.status, 404);
        assert_eq!(stranger.patch(&path, &json!({"title": "Mine"})).await.status, 404);
    }
    assert_eq!(world.api().get(&path).await.json(), made);
    world.finish().await;
}
