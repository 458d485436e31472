//! Goal: that an affiliate accepted the program's terms is on record with time, version and evidence, whoever saw it: the
//! brand, or the portal, which asks once.
//! Method: affiliates made, invited and approved with `termsAccepted`; the demo's affiliate in the portal; consents and the
//! audit log are read by API.

use serde_json::{Value, json};
use world::{
    World,
    client::{
        api::Api,
        dashboard::Marketer,
        mailbox::{link, token},
    },
};

const AT: &str = "2026-01-18T09:12:00Z";

async fn consents(api: &Api, affiliate: &Value) -> Vec<Value> {
    api.all(&format!("/consents?kind=program_terms&affiliateId={}", affiliate.as_str().unwrap())).await
}

#[tokio::test]
async fn the_brand_tells_who_accepted() {
    let world = World::start().await;
    let (api, program) = (world.api(), world.acme.program.to_string());
    let terms = json!({"at": AT, "version": "2026-07", "evidence": "Ticked at checkout"});
    let made = json!({"name": "Ada", "email": "ada@creators.test", "termsAccepted": terms});
    let ada = api.post("/affiliates", &made).await.expect_status(201).json()["id"].clone();
    let kept = consents(&api, &ada).await.remove(0);
    assert_eq!(
        (&kept["granted"], &kept["version"], &kept["evidence"]),
        (&json!(true), &json!("2026-07"), &json!("Ticked at checkout"))
    );
    assert!(
        kept["at"].as_str().unwrap().starts_with("2026-01-18T09:12:00")
            && kept["actor"].as_str().unwrap().starts_with("api_key:")
    );

    let rows = json!({"programId": program, "affiliates": [
        {"email": "ben@creators.test", "termsAccepted": {"at": AT}},
        {"email": "cleo@creators.test"},
        {"email": "dana@creators.test", "termsAccepted": {"at": "2099-01-01T00:00:00Z"}},
    ]});
    let result = api.post("/affiliates/bulk-invite", &rows).await.expect_status(200).json();
    assert_eq!(
        (&result["invited"], &result["rows"][2]["reason"]),
        (&json!(2), &json!("validation_failed")),
        "{result}"
    );
    assert_eq!(consents(&api, &result["rows"][0]["affiliateId"]).await[0]["evidence"], "Told by the brand");
    assert!(consents(&api, &result["rows"][1]["affiliateId"]).await.is_empty(), "inviting is not accepting");

    let applied = json!({"name": "Eve", "email": "eve@creators.test", "status": "Pending"});
    let eve = api.post("/affiliates", &applied).await.expect_status(201).json()["id"].clone();
    let path = format!("/affiliates/{}/approve", eve.as_str().unwrap());
    for _ in 0..2 {
        api.post(&path, &json!({"notify": false, "termsAccepted": terms})).await.expect_status(200);
    }
    assert_eq!(consents(&api, &eve).await.len(), 1);
    assert_eq!(api.all("/audit-log?action=consent.recorded").await.len(), 3);
    for (field, wrong) in [
        ("termsAccepted.at", json!({"at": "2099-01-01T00:00:00Z"})),
        ("termsAccepted.at", json!({})),
        ("termsAccepted.version", json!({"at": AT, "version": ""})),
        ("termsAccepted.accepted", json!({"at": AT, "accepted": true})),
    ] {
        let body = json!({"name": "X", "email": "x@creators.test", "termsAccepted": wrong});
        assert_eq!(api.post("/affiliates", &body).await.field_refusal().2, field, "{wrong}");
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_asks_once() {
    let world = World::start().await;
    let (base, api) = (world.ledger.base(), world.api());
    let email = world.demo["affiliate"]["email"].as_str().unwrap();
    let lauren = json!(world.acme.partner.affiliate.to_string());
    let known = consents(&api, &lauren).await.len();
    assert_eq!(known, 0, "the demo's affiliate hasn't accepted anything yet");
    let mut browser = Marketer::new(&base);
    // Whoever isn't in accepts nothing.
    let stranger = browser.submit("/a/terms", &[("accept", "yes")]).await;
    assert_eq!((stranger.status, stranger.header("location")), (303, Some("/a/link")));
    browser.submit("/a/link", &[("email", email)]).await.expect_status(303);
    let entry = link(&base, email, "affiliate_link").await;
    browser.submit("/a/enter", &[("token", token(&entry))]).await.expect_status(303);
    let page = browser.browser.get("/a").await.expect_status(200).text();
    assert!(page.contains("I accept the terms of") && page.contains("action=\"/a/terms\""), "{page}");
    assert!(
        page.contains("Be honest") && page.contains("name=\"version\" value=\"partners v1\""),
        "the program's own: {page}"
    );
    let accepted = [("accept", "yes"), ("version", "partners v1")];
    let stale = browser.submit("/a/terms", &[("accept", "yes"), ("version", "partners v0")]).await;
    assert!(stale.expect_status(400).text().contains("have changed"));
    let unticked = browser.submit("/a/terms", &[]).await.expect_status(400).text();
    assert!(unticked.contains("Tick the box"), "{unticked}");
    assert!(consents(&api, &lauren).await.is_empty());
    for _ in 0..2 {
        browser.submit("/a/terms", &accepted).await.expect_status(303);
    }
    let kept = consents(&api, &lauren).await;
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(
        (&kept[0]["granted"], kept[0]["actor"].as_str()),
        (&json!(true), Some(format!("affiliate:{}", lauren.as_str().unwrap()).as_str()))
    );
    assert!(kept[0]["version"] == "partners v1" && kept[0]["evidence"].as_str().unwrap().contains("portal"));
    let audited = api.all("/audit-log?action=consent.recorded").await;
    assert_eq!((audited.len(), &audited[0]["actor"]), (1, &kept[0]["actor"]));
    let theirs = api.all(&format!("/audit-log?actor={}", lauren.as_str().unwrap())).await;
    assert_eq!((theirs.len(), &theirs[0]["actorName"]), (1, &json!("affiliate Lauren Vale")));
    let page = browser.browser.get("/a").await.expect_status(200).text();
    assert!(page.contains("(partners v1) on") && !page.contains("action=\"/a/terms\""), "{page}");
    // Who took it back isn't asked again, nor is what they took back given by an old form.
    let back = json!({"affiliateId": lauren, "kind": "program_terms", "granted": false});
    api.post("/consents", &back).await.expect_status(201);
    let page = browser.browser.get("/a").await.expect_status(200).text();
    assert!(page.contains("took back") && !page.contains("action=\"/a/terms\""), "{page}");
    browser.submit("/a/terms", &accepted).await.expect_status(303);
    assert_eq!(consents(&api, &lauren).await[0]["granted"], false);
    world.finish().await;
}
