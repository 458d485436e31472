//! Goal: a developer connects each CRM by the API alone, from its catalogue to a chosen list. A wrong or missing
//! credential is named with what helps, and no secret is ever shown.
//! Method: every vendor's fake server runs beside a real ledger; what is sent is read from the catalogue.

use serde_json::{Value, json};
use world::{
    crm_connection_fixture::{EachCrm, path},
    fakes::Mood,
};

#[tokio::test(flavor = "multi_thread")]
async fn each_vendor_is_connected_from_its_catalogue() {
    let mut each = EachCrm::start().await;
    while let Some(fixture) = each.another().await {
        let slug = fixture.slug();
        let api = fixture.world.api();
        let vendors = api.get("/crm-vendors").await.expect_status(200).json();
        let report = vendors["data"].as_array().unwrap().iter().find(|one| one["slug"] == slug);
        let report = report.unwrap_or_else(|| panic!("{slug} is not in the catalogue")).clone();
        let credentials = fixture.vendor.with(|crm| crm.credentials());
        for field in report["fields"].as_array().unwrap() {
            let known = credentials.contains_key(field["name"].as_str().unwrap());
            assert!(known || field["required"] == false, "{slug}: {field}");
            assert!(field["hint"].as_str().is_some_and(|hint| hint.len() > 10), "{slug}: {field}");
        }

        let answer = fixture.create(&fixture.body()).await.expect_status(201);
        let made = answer.json();
        assert_eq!((&made["kind"], &made["type"], &made["status"]), (&json!("crm"), &json!(slug), &json!("active")));
        assert_eq!(made["nextStep"].is_string(), report["listRequired"] == true, "{made}");
        let lists = api.get(&format!("{}/lists", path(&made))).await.expect_status(200).json();
        let expected = fixture.vendor.with(|crm| crm.list());
        if let Some(expected) = &expected {
            let shown = lists["data"].as_array().unwrap().iter().any(|one| one["id"] == json!(expected.id));
            assert!(shown, "{slug}: {lists}");
            let chosen = fixture.change(&made, &json!({"list": expected.id})).await.expect_status(200).json();
            assert_eq!(chosen["list"], json!({"id": expected.id, "name": expected.name}), "{slug}");
            assert_eq!(chosen["nextStep"], Value::Null, "{slug}");
        } else {
            assert_eq!((&lists["data"], &report["listWord"]), (&json!([]), &Value::Null), "{slug}");
            assert_eq!(fixture.change(&made, &json!({"list": "1"})).await.field_refusal().2, "list");
        }
        assert_eq!(fixture.test(&made).await.expect_status(200).json()["ok"], true, "{slug}");
        let shown = api.get(&path(&made)).await.expect_status(200);
        fixture.keeps_secrets(&[&answer, &shown]).await;
        fixture.world.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_missing_credential_is_named_with_where_it_is_found() {
    let mut each = EachCrm::start().await;
    while let Some(fixture) = each.another().await {
        let slug = fixture.slug();
        let descriptor = connector::providers::named(slug).unwrap().descriptor();
        for field in descriptor.fields {
            let mut body = fixture.body();
            if body["credentials"].as_object_mut().unwrap().remove(field.name).is_none() || !field.required {
                continue;
            }
            let refused = fixture.create(&body).await;
            let (status, code, named) = refused.field_refusal();
            assert_eq!((status, code.as_str()), (400, "missing_credential"), "{slug} {}", field.name);
            assert_eq!(named, format!("credentials.{}", field.name), "{slug}");
            let message = refused.json()["message"].as_str().unwrap().to_owned();
            assert!(message.contains(field.hint), "{slug}: {message}");
            assert!(message.contains(field.missing.unwrap_or(field.label)), "{slug}: {message}");
        }
        let mut body = fixture.body();
        body["credentials"]["passphrase"] = json!("x");
        assert_eq!(fixture.create(&body).await.field_refusal().1, "unknown_credential", "{slug}");
        assert!(fixture.vendor.calls().is_empty(), "{slug} was asked nothing");
        fixture.world.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_connects_nothing() {
    let mut each = EachCrm::start().await;
    while let Some(fixture) = each.another().await {
        let slug = fixture.slug();
        let mut body = fixture.body();
        fixture.vendor.with(|crm| crm.revoke());
        let refused = fixture.create(&body).await;
        assert_eq!(refused.refusal(), (422, "vendor_refused".to_owned()), "{slug}: {}", refused.text());
        let name = connector::providers::named(slug).unwrap().descriptor().name;
        let message = refused.json()["message"].as_str().unwrap().to_owned();
        assert!(message.len() > name.len() && message.ends_with('.'), "{slug}: {message}");
        fixture.vendor.when("", Mood::Says(500, json!({"message": "trouble"})));
        body["tags"] = json!(["partners"]);
        let away = fixture.create(&body).await;
        assert_eq!(away.refusal(), (503, "vendor_unavailable".to_owned()), "{slug}: {}", away.text());
        assert!(away.header("retry-after").is_some());
        assert_eq!(fixture.world.database.count("select count(*) from crm_connections").await, 0);
        fixture.keeps_secrets(&[&refused, &away]).await;
        fixture.world.finish().await;
    }
}
