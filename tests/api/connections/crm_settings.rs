//! Goal: the settings of a connection are checked, stored and reported; gateways and CRMs share one list.
//! Method: one vendor's fake server; each setting by API, valid and invalid.
//! Routes: `/connections/{id}/lint`, `/connections/{id}/lists`, `/connections/{id}/programs`,
//! `/connections/{id}/programs/{programId}`, `/connections/{id}/tags`

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Notify;
use world::{
    crm_connection_fixture::{CrmConnectionFixture, path},
    fakes::Mood,
    http::Request,
    wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn gateways_and_crms_share_one_list() {
    let fixture = CrmConnectionFixture::of("activecampaign").await;
    let (first, second) = (fixture.connected().await, fixture.connected().await);
    assert_ne!(first["id"], second["id"], "two accounts of one vendor are fine");
    let api = fixture.world.api();
    let all = api.all("/connections").await;
    let mut paged = Vec::new();
    let mut next = Some(String::from("/connections?perPage=2"));
    while let Some(target) = next {
        let page = api.get(&target).await.expect_status(200).json();
        paged.extend(page["data"].as_array().unwrap().clone());
        next = page["nextCursor"].as_str().map(|cursor| format!("/connections?perPage=2&cursor={cursor}"));
    }
    assert_eq!(paged, all, "both kinds in one order");
    assert_eq!(all.len(), 5, "with the demo's three gateways");
    assert_eq!((&all[0]["id"], &all[1]["id"]), (&second["id"], &first["id"]), "newest first");
    let kinds: Vec<&str> = all.iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["crm", "crm", "gateway", "gateway", "gateway"]);
    for (query, count) in [("type=activecampaign", 2), ("type=stripe", 1), ("kind=crm", 2), ("kind=gateway", 3)] {
        assert_eq!(api.all(&format!("/connections?{query}")).await.len(), count, "{query}");
    }
    let program = fixture.world.acme.program;
    assert!(api.all(&format!("/connections?programId={program}")).await.iter().all(|one| one["kind"] == "gateway"));
    assert_eq!(api.get("/connections?type=marketo").await.field_refusal().2, "type");
    assert_eq!(api.get(&format!("/connections/{}", fixture.world.acme.program)).await.status, 404);
    let other = world::client::api::Api::new(fixture.world.ledger.base(), &fixture.world.globex.api_key);
    assert_eq!(other.get(&path(&first)).await.status, 404);
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_connects_once() {
    let fixture = CrmConnectionFixture::of("activecampaign").await;
    let body = fixture.body().to_string();
    let request = || Request::post("/api/v1/connections", body.clone()).header("Idempotency-Key", "connect-1");
    let api = fixture.world.api();
    let first = api.send(request()).await.expect_status(201).json();
    // The vendor isn't called again, so its error doesn't matter.
    fixture.vendor.with(|crm| crm.revoke());
    assert_eq!(api.send(request()).await.expect_status(201).json(), first);
    assert_eq!(fixture.world.database.count("select count(*) from crm_connections").await, 1);
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_setting_is_named() {
    let fixture = CrmConnectionFixture::of("activecampaign").await;
    let made = fixture.connected().await;
    for (body, status, code, field) in [
        (json!({}), 400, "validation_failed", "credentials"),
        (json!({"list": "99"}), 400, "unknown_list", "list"),
        (json!({"list": 2}), 400, "validation_failed", "list"),
        (json!({"events": ["payout_sent"]}), 400, "validation_failed", "events"),
        (json!({"status": "paused"}), 400, "validation_failed", "status"),
        (json!({"programId": "prog_01kdvdna00fnwvvrwp1y42fmbq"}), 400, "validation_failed", "programId"),
        (
            json!({"credentials": {"apiUrl": "https://brand.api-us1.com"}}),
            400,
            "missing_credential",
            "credentials.apiKey",
        ),
        (json!({"credentials": {"apiUrl": "ftp://x", "apiKey": "k"}}), 400, "invalid_credential", "credentials.apiUrl"),
        (
            json!({"credentials": {"apiUrl": "https://10.0.0.1", "apiKey": "k"}}),
            400,
            "invalid_credential",
            "credentials.apiUrl",
        ),
        (json!({"tags": [" VIP"]}), 422, "tags_need_attention", "tags"),
    ] {
        let refused = fixture.change(&made, &body).await;
        assert_eq!(refused.field_refusal(), (status, code.to_owned(), field.to_owned()), "{body}");
    }
    let many: Vec<String> = (0..51).map(|number| format!("tag {number}")).collect();
    assert_eq!(fixture.change(&made, &json!({"tags": many})).await.field_refusal().2, "tags");
    assert_eq!(fixture.world.api().get(&path(&made)).await.json(), made, "nothing was changed");
    for body in [json!({"type": "marketo"}), json!({"type": 3}), json!({})] {
        assert_eq!(fixture.create(&body).await.field_refusal().2, "type", "{body}");
    }
    assert_eq!(fixture.create(&json!({"type": "activecampaign"})).await.field_refusal().2, "credentials");
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_looked_at_before_they_are_kept() {
    let fixture = CrmConnectionFixture::of("activecampaign").await;
    let made = fixture.connected().await;
    let api = fixture.world.api();
    let lint = async |tags: &Value| {
        api.post(&format!("{}/lint", path(&made)), &json!({"tags": tags})).await.expect_status(200).json()
    };
    let found = lint(&json!(["partners", " VIP", "customers"])).await;
    let codes: Vec<&str> =
        found["findings"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["blanks", "near_duplicate"], "{found}");
    assert_eq!((&found["mended"], &found["compared"]), (&json!(["partners", "VIP", "customer"]), &json!(true)));
    assert_eq!(lint(&found["mended"]).await["findings"], json!([]));
    // A tag with blanks around it is never accepted; one similar to an existing tag is, if the caller confirms it.
    let body = json!({"tags": ["customers", " VIP"], "acceptTags": true});
    let refused = fixture.change(&made, &body).await;
    assert_eq!(refused.refusal(), (422, "tags_need_attention".to_owned()));
    assert_eq!(refused.json()["findings"].as_array().unwrap().len(), 1, "{}", refused.text());
    assert_eq!(fixture.change(&made, &json!({"tags": ["customers"]})).await.status, 422);
    let kept = fixture.change(&made, &json!({"tags": ["customers"], "acceptTags": true})).await.expect_status(200);
    assert_eq!(kept.json()["tags"], json!(["customers"]));
    fixture.change(&made, &json!({"tags": ["customers", "partners"]})).await.expect_status(200);
    // A vendor that is unavailable doesn't prevent saving.
    fixture.vendor.when("GET /api/3/tags", Mood::Says(500, json!({"message": "trouble"})));
    let looked = lint(&json!(["customrs", "customrs"])).await;
    assert_eq!((&looked["compared"], looked["findings"][0]["code"].as_str()), (&json!(false), Some("duplicate")));
    fixture.change(&made, &json!({"tags": ["vips"]})).await.expect_status(200);
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_may_differ() {
    let fixture = CrmConnectionFixture::of("activecampaign").await;
    let made = fixture.connected().await;
    fixture.change(&made, &json!({"tags": ["partners"]})).await.expect_status(200);
    let (api, program) = (fixture.world.api(), fixture.world.acme.program.to_string());
    let one = format!("{}/programs/{program}", path(&made));
    let put = async |target: &str, body: &Value| {
        let mut request = Request::post(&format!("/api/v1{target}"), body.to_string());
        request.method = "PUT".to_owned();
        api.send(request).await
    };
    assert_eq!(api.get(&one).await.status, 404);
    assert_eq!(put(&one, &json!({"tags": ["Partners"]})).await.refusal().1, "tags_need_attention");
    assert_eq!(put(&one, &json!({"list": "99"})).await.refusal().1, "unknown_list");
    let body = json!({"list": "1", "tags": ["spring"]});
    let set = put(&one, &body).await.expect_status(200).json();
    assert_eq!((&set["list"]["name"], &set["tags"]), (&json!("Customers"), &json!(["spring"])));
    assert_eq!(put(&one, &body).await.expect_status(200).json(), set, "the same again");
    assert_eq!(api.all(&format!("{}/programs", path(&made))).await, [set]);
    let foreign = format!("{}/programs/{}", path(&made), fixture.world.globex.program);
    assert_eq!(put(&foreign, &body).await.status, 404);
    api.delete(&one).await.expect_status(204);
    assert_eq!(api.delete(&one).await.status, 404);
    let report = api.all("/audit-log?action=connection.program_changed").await;
    assert_eq!(report.len(), 2, "{report:?}");
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_pause_once_and_new_ones_go_on() {
    let fixture = CrmConnectionFixture::of("activecampaign").await;
    let made = fixture.connected().await;
    let good = fixture.vendor.with(|crm| crm.credentials());
    fixture.vendor.when("GET /api/3/users/me", Mood::Says(403, json!({"message": "Forbidden"})));
    for _ in 0..2 {
        assert_eq!(fixture.test(&made).await.expect_status(200).json()["ok"], false);
    }
    let shown = fixture.world.api().get(&path(&made)).await.json();
    assert_eq!((&shown["status"], &shown["pausedCode"]), (&json!("paused"), &json!("unauthorized")));
    assert!(shown["nextStep"].as_str().unwrap().starts_with("Reconnect ActiveCampaign"));
    let emails = "select count(*) from mails where kind = 'crm_paused'";
    assert_eq!(fixture.world.database.count(emails).await, 1, "one email a pause, to the one owner");
    let refused = fixture.change(&made, &json!({"credentials": good})).await;
    assert_eq!(refused.refusal(), (422, "vendor_refused".to_owned()));

    // A sync that is scheduled for tomorrow is due immediately.
    let waiting = format!(
        "insert into crm_syncs (organization_id, id, connection_id, affiliate_id, task, reason, state, next_at, created_at)
         select organization_id, gen_random_uuid(), id, '{}', 'sync', 'changed', 'Retrying', now() + interval '1 day', now()
         from crm_connections",
        fixture.world.acme.partner.affiliate.uuid(),
    );
    fixture.world.database.run(&waiting).await;
    fixture.vendor.recover();
    let again = fixture.change(&made, &json!({"credentials": good})).await.expect_status(200).json();
    assert_eq!((&again["status"], &again["pausedReason"]), (&json!("active"), &Value::Null));
    let late = "select count(*) from crm_syncs where next_at > now() + interval '1 hour'";
    assert_eq!(fixture.world.database.count(late).await, 0);
    let actions: Vec<Value> =
        fixture.world.api().all("/audit-log").await.into_iter().map(|one| one["action"].clone()).collect();
    for action in ["connection.created", "connection.paused", "connection.reconnected"] {
        assert_eq!(actions.iter().filter(|one| **one == json!(action)).count(), 1, "{action}: {actions:?}");
    }
    fixture.keeps_secrets(&[]).await;
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_old_credentials_pauses_no_new_ones() {
    let fixture = CrmConnectionFixture::of("activecampaign").await;
    let made = fixture.connected().await;
    let (answer, calls) = (Arc::new(Notify::new()), fixture.vendor.calls().len());
    let refusal = Mood::Held(Arc::clone(&answer), 403, json!({"message": "Forbidden"}));
    fixture.vendor.once("GET /api/3/users/me", refusal);
    let save = async {
        wait::until("the test's call", 10, async || (fixture.vendor.calls().len() > calls).then_some(())).await;
        let credentials = json!({"credentials": fixture.vendor.with(|crm| crm.credentials())});
        fixture.change(&made, &credentials).await.expect_status(200);
        answer.notify_one();
    };
    let tested = tokio::join!(fixture.test(&made), save).0.expect_status(200).json();
    assert_eq!((&tested["ok"], &tested["connection"]["status"]), (&json!(false), &json!("active")), "{tested}");
    assert!(tested["message"].as_str().unwrap().contains("were changed during the test"), "{tested}");
    assert_eq!(tested["connection"]["lastError"], Value::Null, "{tested}");
    let emails = "select count(*) from mails where kind = 'crm_paused'";
    assert_eq!(fixture.world.database.count(emails).await, 0);
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn switched_off_on_and_disconnected() {
    let fixture = CrmConnectionFixture::of("activecampaign").await;
    let made = fixture.connected().await;
    let off = fixture.change(&made, &json!({"status": "disabled"})).await.expect_status(200).json();
    assert_eq!(off["status"], "disabled");
    let calls = fixture.vendor.calls().len();
    assert_eq!(fixture.change(&made, &json!({"status": "active"})).await.expect_status(200).json()["status"], "active");
    let api = fixture.world.api();
    api.delete(&path(&made)).await.expect_status(204);
    assert_eq!(fixture.vendor.calls().len(), calls, "the vendor is told nothing");
    for target in [path(&made), format!("{}/lists", path(&made)), format!("{}/programs", path(&made))] {
        assert_eq!(api.get(&target).await.status, 404, "{target}");
    }
    assert_eq!(api.delete(&path(&made)).await.status, 404);
    assert_eq!(api.all("/audit-log?action=connection.removed").await.len(), 1);
    fixture.world.finish().await;
}
