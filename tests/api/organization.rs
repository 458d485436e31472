//! Goal: an organization's profile is read and changed by API.
//! Method: the demo's owner changes each field, rightly and wrongly; the second organization sees nothing of it.

mod export;
mod plan;

use serde_json::{Value, json};
use world::{
    World,
    database::run,
    organization_fixture::{key, patch},
    wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_profile_by_api() {
    let world = World::shared().await;
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
        (json!({"contactEmail": "nobody"}), "contactEmail"),
        (json!({"postalAddress": "1 Main Street\nSpringfield"}), "postalAddress"),
    ] {
        let refused = patch(&api, "/organization", &body).await;
        assert_eq!(refused.field_refusal(), (400, "validation_failed".to_owned(), field.to_owned()), "{body}");
    }
    let sender = json!({"contactEmail": "Hello@acme.test", "postalAddress": " 1 Main Street, Springfield "});
    let signed = patch(&api, "/organization", &sender).await.expect_status(200).json();
    assert_eq!(
        (&signed["contactEmail"], &signed["postalAddress"], &signed["name"]),
        (&json!("hello@acme.test"), &json!("1 Main Street, Springfield"), &json!("Acme & Co"))
    );
    let without = patch(&api, "/organization", &json!({"contactEmail": null})).await.expect_status(200).json();
    assert_eq!((&without["contactEmail"], &without["postalAddress"]), (&Value::Null, &signed["postalAddress"]));
    let edge = "select count(*) from edge_config where key like 'host:%' and record ->> 'brandName' = 'Acme & Co'";
    assert!(world.database.count(edge).await > 0, "the edge is told the new name");
    let report = world
        .database
        .texts("select before, after from audit_log where action = 'organization.changed' order by id")
        .await;
    assert!(report.len() == 4 && report[1].join(" ").contains("logo.svg"), "{report:?}");
    let manager = key(&world, &world.acme.organization.to_string(), "rk_live_manager", "manager").await;
    assert_eq!(patch(&manager, "/organization", &json!({"name": "Mine"})).await.status, 403);
    assert_eq!(world.other_api().get("/organization").await.json()["name"], "Globex");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_changes_at_a_time_keep_each_others_fields() {
    let world = World::start().await;
    let api = world.api();
    let mut held = world.database.connect().await;
    let own = world.acme.organization.uuid();
    let row = format!("select 1 from organizations where organization_id = '{own}'");
    run(&mut held, &format!("begin; {row} for no key update")).await;
    let release = async {
        let waits = async || (world.database.lock_waits("query like '%organizations%'").await > 1).then_some(());
        wait::until("both changes to wait", 10, waits).await;
        run(&mut held, "commit").await;
    };
    let one = json!({"name": "New", "contactEmail": "hello@acme.test"});
    let other = json!({"brandColor": "#0f6b5c", "postalAddress": "1 Main Street"});
    let (one, other, ()) =
        tokio::join!(patch(&api, "/organization", &one), patch(&api, "/organization", &other), release);
    assert_eq!((one.status, other.status), (200, 200));
    let now = api.get("/organization").await.expect_status(200).json();
    assert_eq!((&now["name"], &now["brandColor"]), (&json!("New"), &json!("#0f6b5c")));
    let sender = (&now["contactEmail"], &now["postalAddress"]);
    assert_eq!(sender, (&json!("hello@acme.test"), &json!("1 Main Street")));
    world.finish().await;
}
