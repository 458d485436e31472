//! Goal: a key connects the model of the co-pilot, tries it and disconnects it; the API key of the model is never shown, and
//! only goes to the server that it was entered for.
//! Method: a stand-in model, addresses that lead home, and keys of each role.

use serde_json::json;
use world::{
    Plan, World,
    copilot_fixture::{PLACE, SETTINGS, ask, put},
    fakes::model::{self, KEY, MODEL, Say},
    organization_fixture::{key, owner},
};

#[tokio::test]
async fn a_model_is_connected_tried_and_disconnected() {
    let world = World::shared().await;
    let api = world.api();
    assert_eq!(api.get("/assistant").await.refusal(), (404, "not_connected".to_owned()));
    assert_eq!(api.post("/assistant/test", &json!({})).await.refusal(), (404, "not_connected".to_owned()));
    assert_eq!(api.delete("/assistant").await.refusal(), (404, "not_connected".to_owned()));

    let fake = model::start();
    let whole = json!({"kind": "openai", "baseUrl": fake.base(), "apiKey": KEY, "model": MODEL, "tokenField": "max_tokens",
        "dataLevel": "people", "maxTokensPerDay": 5_000});
    for (field, wrong) in [
        ("kind", json!("gemini")),
        ("baseUrl", json!("https://10.0.0.7/v1")),
        ("baseUrl", json!("ftp://llm.example.com")),
        ("baseUrl", json!("https://user:secret@llm.example.com")),
        ("apiKey", json!("two words")),
        ("model", json!("")),
        ("tokenField", json!("maximum")),
        ("dataLevel", json!("everything")),
        ("maxTokensPerDay", json!(1)),
    ] {
        let mut body = whole.clone();
        body[field] = wrong;
        let refused = put(&world, &body).await.field_refusal();
        assert_eq!((refused.0, refused.2.as_str()), (400, field));
    }
    let made = put(&world, &whole).await.expect_status(200).json();
    assert_eq!((&made["keyHint"], &made["dataLevel"]), (&json!(KEY[KEY.len() - 4..]), &json!("people")));
    assert!(!made.to_string().contains(KEY));
    assert_eq!(api.get("/assistant").await.expect_status(200).json(), made);

    fake.say([Say::text("ready"), Say::call("report_number", json!({"number": 7}))]);
    let tested = api.post("/assistant/test", &json!({})).await.expect_status(200).json();
    assert_eq!((&tested["ok"], &tested["models"][0]), (&json!(true), &json!(MODEL)), "{tested}");
    fake.say([Say::text("ready"), Say::text("Seven.")]);
    let tested = api.post("/assistant/test", &json!({})).await.expect_status(200).json();
    assert_eq!((&tested["ok"], &tested["steps"][2]["ok"]), (&json!(false), &json!(false)), "{tested}");

    // Without a key, the key stays, but goes to no other server.
    let mut kept = whole.clone();
    kept.as_object_mut().unwrap().remove("apiKey");
    assert_eq!(put(&world, &kept).await.expect_status(200).json()["keyHint"], made["keyHint"]);
    let other = model::start();
    kept["baseUrl"] = other.base().into();
    assert!(put(&world, &kept).await.expect_status(200).json()["keyHint"].is_null());
    api.post("/assistant/test", &json!({})).await.expect_status(200);
    assert!(other.calls().iter().all(|call| call.bearer().is_empty()));
    kept["baseUrl"] = json!(null);
    assert_eq!(put(&world, &kept).await.field_refusal().2, "apiKey", "the vendor's own server needs one");

    let organization = world.acme.organization.to_string();
    let manager = key(&world, &organization, "rk_live_manager", "manager").await;
    assert_eq!(manager.delete("/assistant").await.status, 403);
    manager.get("/assistant").await.expect_status(200);
    let log = api.all("/audit-log").await;
    assert!(log.iter().any(|entry| entry["action"] == "copilot.connected") && !json!(log).to_string().contains(KEY));
    api.delete("/assistant").await.expect_status(204);
    assert_eq!(api.get("/assistant").await.status, 404);
    assert_eq!(world.other_api().get("/assistant").await.status, 404);
    world.finish().await;
}

#[tokio::test]
async fn an_operator_provides_a_model_for_everyone() {
    let fake = model::start();
    let plan = Plan::default().ledger_setting("REKOMI_ASSISTANT_KIND", "openai");
    let plan = plan.ledger_setting("REKOMI_ASSISTANT_BASE", fake.base()).ledger_setting("REKOMI_ASSISTANT_KEY", KEY);
    let world = plan.ledger_setting("REKOMI_ASSISTANT_MODEL", MODEL).start().await;
    let mut owner = owner(&world).await;
    assert_eq!(world.api().get("/assistant").await.status, 404, "it is no one's own");
    fake.say([Say::text("Here I am.")]);
    assert!(ask(&world, &mut owner, PLACE, "Hi").await.1.contains("Here I am."));
    assert_eq!(fake.requests()[0]["max_tokens"], 4_000, "as most servers call it");
    let page = owner.browser.get(SETTINGS).await.expect_status(200).text();
    assert!(page.contains("The operator of this installation provides") && !page.contains(KEY), "{page}");
    world.finish().await;
}
