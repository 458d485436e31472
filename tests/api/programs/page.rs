//! Goal: a program page is written, published and hidden by API, with the rules of the dashboard's editor.
//! Method: a new program's page by API; a visitor reads it; a table of wrong requests; other organizations' keys.
//! Routes: `/programs/{id}/page`, `/programs/{id}/page/publish`, `/programs/{id}/page/unpublish`,
//! `/programs/{id}/page/preview`, `/programs/{id}/page/logo`

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use world::{
    World,
    client::{api::Api, dashboard::Marketer},
    http::{Request, Response},
    organization_fixture::{key, owner},
};

use crate::created;

async fn put(api: &Api, path: &str, body: &Value) -> Response {
    let request = Request::post(&format!("/api/v1{path}"), body.to_string());
    api.send(Request { method: "PUT".to_owned(), ..request }).await
}

/// A new program, whose page nobody has changed yet.
async fn program(world: &World) -> String {
    let body = json!({"name": "Partners", "slug": world.own("creators"), "destination": "https://acme.test/",
                      "components": [{"type": "percentage", "ratePercent": "20"}]});
    created(world, "/programs", body).await["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_written_and_published() {
    let world = World::shared().await;
    let api = world.api();
    let path = format!("/programs/{}/page", program(&world).await);
    let usual = api.get(&path).await.expect_status(200).json();
    assert_eq!((&usual["handle"], &usual["publishedAt"]), (&json!(world.own("creators")), &json!(null)));
    assert_eq!(usual["questions"][0]["key"], "email");
    let page = format!("select count(*) from program_pages where handle = '{}'", world.own("creators"));
    assert_eq!(world.database.count(&page).await, 0);

    let mut questions = usual["questions"].as_array().unwrap().clone();
    questions.truncate(2);
    questions.push(json!({"kind": "radio", "label": "Where?", "options": ["Blog", "Video"], "required": true}));
    let handle = world.own("acme-partners");
    let change = json!({"handle": handle.to_uppercase(), "headline": "Earn <i>more</i>", "introduction": "One\r\n\r\nTwo",
        "color": "#0F6B5C", "template": "creator", "replyDays": 3, "calculatorPriceCents": 9_900,
        "answers": [{"question": "Why?", "answer": "Because."}],
        "video": {"title": "Tour", "url": "https://video.acme.test/1"},
        "quotes": [{"text": "Good.", "name": "Ada"}], "questions": questions});
    let page = api.patch(&path, &change).await.expect_status(200).json();
    assert_eq!((&page["handle"], &page["color"]), (&json!(handle), &json!("#0f6b5c")));
    assert_eq!((&page["introduction"], &page["replyDays"]), (&json!("One\n\nTwo"), &json!(3)));
    assert_eq!((&page["questions"][2]["key"], &page["quotes"][0]["about"]), (&json!("q1"), &json!("")));
    assert_eq!(page["blocks"], json!(["calculator", "video", "about", "quotes", "steps", "faq", "terms", "form"]));
    let reordered = api.patch(&path, &json!({"blocks": ["faq", "about"], "video": null})).await.json();
    assert_eq!(reordered["blocks"], json!(["faq", "about", "terms", "form"]));
    assert_eq!((&reordered["video"], &reordered["headline"]), (&json!(null), &json!("Earn <i>more</i>")));
    assert_eq!(api.patch(&path, &json!({"replyDays": 3})).await.expect_status(200).json(), reordered);

    let (mut visitor, address) = (Marketer::new(&world.ledger.base()), format!("/p/{handle}"));
    visitor.browser.get(&address).await.expect_status(404);
    let preview = api.get(&format!("{path}/preview?language=de")).await.expect_status(200).json();
    assert_eq!(preview["language"], "de");
    assert!(preview["html"].as_str().unwrap().contains("Earn &#60;i&#62;more"), "{preview}");
    let published = api.post(&format!("{path}/publish"), &json!({})).await.expect_status(200).json();
    assert!(published["publishedAt"].is_string() && published["url"].as_str().unwrap().ends_with(&address));
    let seen = visitor.browser.get(&address).await.expect_status(200).text();
    assert!(
        seen.contains("Earn &#60;i&#62;more") && seen.contains("<p>Two</p>") && seen.contains("Because."),
        "{seen}"
    );
    assert_eq!(api.post(&format!("{path}/publish"), &json!({})).await.json(), published, "the time stays");

    let png = [&b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\x90\0\0\0\x64"[..], &[8, 6, 0, 0, 0, 0, 0, 0, 0]].concat();
    let logo = put(&api, &format!("{path}/logo"), &json!({"logo": BASE64_STANDARD.encode(&png)})).await;
    let logo = logo.expect_status(200).json();
    assert_eq!((&logo["logo"]["width"], &logo["logo"]["height"]), (&json!(400), &json!(100)));
    assert_eq!(visitor.browser.get(&format!("{address}/logo")).await.expect_status(200).body, png);
    for bad in ["no base64", &BASE64_STANDARD.encode("<svg/>"), ""] {
        let refused = put(&api, &format!("{path}/logo"), &json!({"logo": bad})).await;
        assert_eq!(refused.field_refusal().2, "logo", "{bad}");
    }
    assert_eq!(api.delete(&format!("{path}/logo")).await.expect_status(200).json()["logo"], Value::Null);
    let hidden = api.post(&format!("{path}/unpublish"), &json!({})).await.expect_status(200).json();
    assert_eq!(hidden["publishedAt"], Value::Null);
    visitor.browser.get(&address).await.expect_status(404);
    let log = api.all("/audit-log?action=program_page").await;
    let actions: Vec<_> = log.iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(actions.iter().filter(|action| **action == "program_page.logo_changed").count(), 2, "{actions:?}");
    for action in ["program_page.published", "program_page.hidden", "program_page.form_changed"] {
        assert_eq!(actions.iter().filter(|known| **known == action).count(), 1, "{action}: {actions:?}");
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_and_who_sees_nothing() {
    let world = World::shared().await;
    let api = world.api();
    let path = format!("/programs/{}/page", world.acme.program);
    let before = api.get(&path).await.expect_status(200).json();
    for (body, field) in [
        (json!({"handle": world.own("globex")}), "handle"),
        (json!({"handle": "-x"}), "handle"),
        (json!({"headline": "x".repeat(121)}), "headline"),
        (json!({"introduction": "a\u{7}"}), "introduction"),
        (json!({"color": "green"}), "color"),
        (json!({"template": "other"}), "template"),
        (json!({"blocks": ["about", "other"]}), "blocks[1]"),
        (json!({"calculatorPriceCents": 0}), "calculatorPriceCents"),
        (json!({"replyDays": 61}), "replyDays"),
        (json!({"answers": [{"question": "Why?"}]}), "answers[0].answer"),
        (json!({"video": {"title": "Tour", "url": "http://video.test"}}), "video.url"),
        (json!({"quotes": [{"text": "Good.", "name": " "}]}), "quotes[0].name"),
        (json!({"questions": []}), "questions"),
        (json!({"questions": [{"key": "email", "kind": "text", "label": "Email"}]}), "questions[0].kind"),
        (json!({"autoApproves": true}), "autoApproves"),
    ] {
        let refused = api.patch(&path, &body).await;
        assert_eq!((refused.status, refused.field_refusal().2.as_str()), (400, field), "{body}");
    }
    assert_eq!(api.get(&format!("{path}/preview?language=tlh")).await.field_refusal().2, "language");
    let live = world.acme.organization.to_string();
    let viewer = key(&world, &live, "rk_live_viewer", "viewer").await;
    viewer.get(&path).await.expect_status(200);
    assert_eq!(viewer.patch(&path, &json!({"headline": "x"})).await.refusal(), (403, "forbidden".to_owned()));
    assert_eq!(viewer.post(&format!("{path}/unpublish"), &json!({})).await.status, 403);
    let mut owner = owner(&world).await;
    let place = owner.submit("/dashboard/test-mode", &[("organization", &live)]).await.expect_status(303);
    let twin = place.header("location").unwrap().split_once("organization=").unwrap().1.to_owned();
    for stranger in [world.other_api(), key(&world, &twin, "rk_test_twin", "owner").await] {
        for path in [path.clone(), format!("{path}/preview")] {
            assert_eq!(stranger.get(&path).await.status, 404, "{path}");
        }
        assert_eq!(stranger.patch(&path, &json!({"headline": "x"})).await.status, 404);
        assert_eq!(stranger.post(&format!("{path}/unpublish"), &json!({})).await.status, 404);
        assert_eq!(stranger.delete(&format!("{path}/logo")).await.status, 404);
    }
    assert_eq!(api.get(&path).await.json(), before);
    world.finish().await;
}
