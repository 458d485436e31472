//! Goal: the name of a lead is in its person's export, and is erased with them.
//! Method: leads by API, by a backend and by a page; the person is erased, the database is searched for the names, and leads
//! of the person come again.

use serde_json::{Value, json};
use shared::batch::Verdict;
use world::{World, brand::But, http::Request, personal_data::nowhere};

use super::{customer_of, erase};

const NAMES: [&str; 3] = ["Quxina", "Ann Quxworth", "Ann Quxenberg"];

#[tokio::test]
async fn a_leads_name_goes_with_its_person() {
    let world = World::start().await;
    let lead = |id: &str| {
        json!({"externalEventId": id, "customerId": "user-ann-4711", "customerEmail": "ann@quxmail.test",
               "customerName": NAMES[0]})
    };
    // The response is stored with the key, and has the name in it.
    let request = Request::post("/api/v1/leads", lead("signup").to_string()).header("Idempotency-Key", "once");
    let made = world.api().send(request).await.expect_status(201).json();
    assert_eq!(made["name"], NAMES[0]);
    let by_backend = world.acme.lead("trial").but(|report| {
        report.customer_id = Some("user-ann-4711".to_owned());
        report.customer_name = Some(NAMES[1].to_owned());
    });
    let by_page = world.acme.by_page(&world.acme.lead("form").but(|report| {
        report.customer_email = Some("Ann+form@quxmail.test".to_owned());
        report.customer_name = Some(NAMES[2].to_owned());
    }));
    let events = [by_backend, by_page];
    world.intake().accept(&events).await;
    let ann = customer_of(&world, "user-ann-4711").await;
    let export = world.api().get(&format!("/customers/{ann}/export")).await.expect_status(200).text();
    for name in NAMES {
        assert!(export.contains(name), "{name}: {export}");
    }
    erase(&world, &format!("/customers/{ann}")).await;
    for name in NAMES {
        nowhere(&world.database, name).await;
    }
    let path = format!("/leads/{}", made["id"].as_str().unwrap());
    assert_eq!(world.api().get(&path).await.expect_status(200).json()["name"], Value::Null);
    assert_eq!(world.intake().post(&events).await, [Verdict::Duplicate; 2]);
    let later = world.api().post("/leads", &lead("later")).await.expect_status(201).json();
    assert_eq!((&later["customer"], &later["name"]), (&json!(ann), &Value::Null), "{later}");
    for name in NAMES {
        nowhere(&world.database, name).await;
    }
    world.finish().await;
}
