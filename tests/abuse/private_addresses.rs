//! Goal: no webhook leads into our own network: not by a URL in any spelling, not by a name that leads home later, not by a
//! redirect.
//! Method: a ledger in production mode and a listener on this machine that must hear nothing; an endpoint whose URL was
//! public when it was saved is turned inward in the database, as its owner's DNS could do.

use serde_json::{Value, json};
use world::{
    Plan,
    brand::But,
    fakes::{Mood, crm},
    receiver, wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn production_calls_nothing_private() {
    let world = Plan::default().ledger_setting("REKOMI_ENV", "production").start().await;
    let (api, home) = (world.api(), receiver::start());
    let port = home.base().rsplit(':').next().unwrap().to_owned();
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "localhost",
        "api.localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a00:1]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "[fe80::1]",
        "[fd00::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "0.0.0.0",
        "metadata.google.internal",
    ] {
        let body = json!({"url": format!("https://{host}:{port}/x"), "events": ["*"]});
        let refused = api.post("/webhooks", &body).await;
        assert_eq!(refused.field_refusal(), (400, "validation_failed".to_owned(), "url".to_owned()), "{host}");
    }
    let plain = api.post("/webhooks", &json!({"url": "http://example.com/x", "events": ["*"]})).await;
    assert_eq!(plain.field_refusal().2, "url");
    let body = json!({"url": "https://example.com/x", "events": ["conversion_created"]});
    let made = api.post("/webhooks", &body).await.expect_status(201).json();
    let id = made["id"].as_str().unwrap();
    for (number, inward) in ["https://localhost", "https://127.0.0.1", "https://[::ffff:127.0.0.1]"].iter().enumerate()
    {
        world.database.run(&format!("update webhook_endpoints set url = '{inward}:{port}/x'")).await;
        let slug = world.acme.partner.slug.clone();
        let sale = world.acme.sale(&format!("order {number}"), 9_900).but(|report| report.affiliate_slug = Some(slug));
        world.intake().accept(&[sale]).await;
        let attempt = wait::until("the attempt to be written", 15, async || {
            let newest = api.get(&format!("/webhooks/{id}/deliveries?perPage=1")).await.json()["data"][0].clone();
            let attempt = newest["attempts"][0].clone();
            let deliveries = api.all(&format!("/webhooks/{id}/deliveries")).await;
            (deliveries.len() == number + 1 && attempt.is_object()).then_some(attempt)
        })
        .await;
        assert_eq!((&attempt["error"], &attempt["status"]), (&json!("address_not_allowed"), &Value::Null), "{inward}");
    }
    let tested = api.post(&format!("/webhooks/{id}/test"), &json!({})).await.expect_status(200).json();
    assert_eq!(tested["ok"], false);
    assert!(home.calls().is_empty(), "{:?}", home.calls());
    world.check().await;
}

/// A CRM's address is pasted too.
#[tokio::test(flavor = "multi_thread")]
async fn no_crm_is_in_a_private_network() {
    let world = Plan::default().ledger_setting("REKOMI_ENV", "production").start().await;
    let (api, home) = (world.api(), receiver::start());
    let port = home.base().rsplit(':').next().unwrap().to_owned();
    let mut tried = 0;
    for crm in crm::all() {
        let descriptor = connector::providers::named(crm.slug()).unwrap().descriptor();
        for field in descriptor.fields.iter().filter(|field| field.example.starts_with("https://")) {
            for host in [
                "https://127.0.0.1",
                "https://2130706433",
                "https://[::ffff:10.0.0.1]",
                "https://localhost",
                "http://1.1.1.1",
            ] {
                let mut credentials = json!(crm.credentials());
                credentials[field.name] = json!(format!("{host}:{port}"));
                let refused = api.post("/connections", &json!({"type": crm.slug(), "credentials": credentials})).await;
                let named = format!("credentials.{}", field.name);
                assert_eq!(refused.field_refusal(), (400, "invalid_credential".to_owned(), named), "{host}");
                tried += 1;
            }
        }
    }
    assert!(tried >= 5 && home.calls().is_empty(), "{tried}, {:?}", home.calls());
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_leads_nowhere() {
    let world = Plan::default().start().await;
    let (api, outside, inside) = (world.api(), receiver::start(), receiver::start());
    outside.when("POST /", Mood::Redirects(format!("{}/inside", inside.base())));
    let body = json!({"url": format!("{}/hook", outside.base()), "events": ["*"]});
    let made = api.post("/webhooks", &body).await.expect_status(201).json();
    let target = format!("/webhooks/{}/test", made["id"].as_str().unwrap());
    let tested = api.post(&target, &json!({})).await.expect_status(200).json();
    assert_eq!((&tested["ok"], &tested["status"]), (&json!(false), &json!(302)), "{tested}");
    assert_eq!((outside.calls().len(), inside.calls().len()), (1, 0));
    world.finish().await;
}
