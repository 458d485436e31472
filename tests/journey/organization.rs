//! Goal: an organization is described, has a test mode that is a world of its own, hands everything out, and ends with a
//! grace.
//! Method: the demo's owner at the dashboard and by API; the second organization looks on and sees nothing.

mod ending;
mod export;
mod plan;
mod twin;

use serde_json::{Value, json};
use world::{
    World,
    client::{api::Api, dashboard::Marketer},
    http::{Request, Response},
};

/// The demo's owner, signed in.
pub(crate) async fn owner(world: &World) -> Marketer {
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
    marketer
}

pub(crate) async fn patch(api: &Api, path: &str, body: &Value) -> Response {
    let mut request = Request::post(&format!("/api/v1{path}"), body.to_string());
    request.method = "PATCH".to_owned();
    api.send(request).await
}

pub(crate) async fn delete(api: &Api, path: &str) -> Response {
    api.send(Request::new("DELETE", &format!("/api/v1{path}"))).await
}

pub(crate) async fn pass_days(world: &World, days: i64) {
    let body = json!({"advanceDays": days}).to_string();
    Request::post("/dev/clock", body).send(&world.ledger.base()).await.unwrap().expect_status(200);
}

/// A key of an organization, written as the owner of the database.
pub(crate) async fn key(world: &World, organization: &str, bearer: &str, role: &str) -> Api {
    let uuid = organization.parse::<shared::id::OrganizationId>().unwrap().uuid();
    // As long as a real one.
    let (mode, rest) = bearer.split_at("rk_live_".len());
    let bearer = format!("{mode}{rest:0>43}");
    world
        .database
        .run(&format!(
            "insert into api_keys (organization_id, id, name, bearer_hash, bearer_hint, scope, role, sealed_secret, created_at)
             values ('{uuid}', gen_random_uuid(), 'test', sha256('{bearer}'), 'rk_', 'read_write', '{role}', '', now())"
        ))
        .await;
    Api::new(world.ledger.base(), &bearer)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_profile_by_api() {
    let world = World::start().await;
    let api = world.api();
    let before = api.get("/organization").await.expect_status(200).json();
    assert_eq!((&before["name"], &before["mode"]), (&json!("Acme SaaS"), &json!("live")));
    assert_eq!(before["plan"], Value::Null, "an installation of one's own sells no plans");
    let changes = json!({"name": "Acme & Co", "timeZone": "Europe/Berlin", "brandColor": "#0F6B5C",
        "billingEmail": "Money@acme.test", "logoUrl": "https://acme.test/logo.svg", "slug": "acme-co"});
    let after = patch(&api, "/organization", &changes).await.expect_status(200).json();
    assert_eq!((&after["brandColor"], &after["billingEmail"]), (&json!("#0f6b5c"), &json!("money@acme.test")));
    let emptied = patch(&api, "/organization", &json!({"logoUrl": null})).await.expect_status(200).json();
    assert_eq!((&emptied["logoUrl"], &emptied["name"]), (&Value::Null, &json!("Acme & Co")));
    for (body, field) in [
        (json!({}), "name"),
        (json!({"timeZone": "Europe/Atlantis"}), "timeZone"),
        (json!({"timeZone": "EST5EDT"}), "timeZone"),
        (json!({"slug": "Acme"}), "slug"),
        (json!({"logoUrl": "javascript:alert(1)"}), "logoUrl"),
        (json!({"mode": "test"}), "mode"),
    ] {
        let refused = patch(&api, "/organization", &body).await;
        assert_eq!(refused.field_refusal(), (400, "validation_failed".to_owned(), field.to_owned()), "{body}");
    }
    let edge = "select count(*) from edge_config where key like 'host:%' and record ->> 'brandName' = 'Acme & Co'";
    assert!(world.database.count(edge).await > 0, "the edge is told the new name");
    let report =
        world.database.texts("select before, after from audit_log where action = 'organization.changed'").await;
    assert!(report.len() == 2 && report[1].join(" ").contains("logo.svg"), "{report:?}");
    let manager = key(&world, &world.acme.organization.to_string(), "rk_live_manager", "manager").await;
    assert_eq!(patch(&manager, "/organization", &json!({"name": "Mine"})).await.status, 403);
    assert_eq!(world.other_api().get("/organization").await.json()["name"], "Globex");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_profile_by_hand() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let organization = world.acme.organization.to_string();
    let page = owner.browser.get("/dashboard/settings").await.expect_status(200).text();
    for text in ["Acme SaaS", "Europe/Berlin", "Download the export", "Delete Acme SaaS", "aria-current=\"page\""] {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("plan-title"), "no plan where none is sold");
    let form = |color: &'static str| {
        [
            ("organization", organization.clone()),
            ("name", "<b>Acme</b>".to_owned()),
            ("slug", "acme".to_owned()),
            ("billingEmail", String::new()),
            ("timeZone", "Asia/Tokyo".to_owned()),
            ("brandColor", color.to_owned()),
            ("logoUrl", String::new()),
        ]
    };
    for (color, status, words) in [("green", 400, "id=\"brandColor-problem\""), ("#112233", 200, "Saved.")] {
        let fields = form(color);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = owner.submit("/dashboard/settings", &fields).await.expect_status(status).text();
        assert!(answer.contains(words) && answer.contains("&#60;b&#62;Acme&#60;/b&#62;"), "{color}: {answer}");
        assert!(answer.contains("<option selected>Asia/Tokyo</option>"), "what was typed stays");
    }
    let kept = world.database.texts("select name, time_zone, brand_color from organizations where slug = 'acme'").await;
    assert_eq!(kept.len(), 1);
    assert!(kept[0].iter().any(|text| text == "#112233") && kept[0].iter().any(|text| text == "Asia/Tokyo"));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organization() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let refused = owner.submit("/dashboard/organizations/new", &[("name", "Second"), ("timeZone", "Mars/Base")]).await;
    assert!(refused.status == 400 && refused.text().contains("timeZone-problem"), "{}", refused.text());
    let made = owner.submit("/dashboard/organizations/new", &[("name", "Second brand"), ("timeZone", "")]).await;
    let place = made.expect_status(303).header("location").unwrap().to_owned();
    let page = owner.browser.get(&place).await.expect_status(200).text();
    assert!(
        page.contains("Second brand") && page.contains("second-brand") && page.contains("<select id=\"organization\"")
    );
    assert!(owner.browser.get("/dashboard").await.text().contains("Acme SaaS"), "the first one stays the first");
    let second = place.split_once("organization=").unwrap().1.to_owned();
    let mut viewer = Marketer::new(&world.ledger.base());
    viewer.sign_in(&world.demo["owner"]).await.expect_status(303);
    assert_eq!(
        viewer.browser.get(&format!("/dashboard?organization={second}")).await.status,
        200,
        "for the same person"
    );
    assert_eq!(world.database.count("select count(*) from memberships where role = 'owner'").await, 2);
    world.finish().await;
}
