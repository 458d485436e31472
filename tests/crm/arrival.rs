//! Goal: an approved affiliate is in every CRM within seconds, on the list and with each tag, by exactly the calls that can be
//! read afterwards; synced again, nothing changes there.
//! Method: all vendors connected by API to one brand; one approval; what the stand-ins hold and were asked, beside what
//! `GET /syncs/{id}` tells.

use std::time::{Duration, Instant};

use serde_json::json;
use world::stage::{Stage, text};

const EMAIL: &str = "vale@creators.test";

#[tokio::test(flavor = "multi_thread")]
async fn within_seconds_with_exactly_the_calls_that_are_told() {
    let stage = Stage::all().await;
    let before: Vec<usize> = stage.desks.iter().map(|desk| desk.count()).collect();
    let started = Instant::now();
    let affiliate = stage.approve_once("Lauren van Vale", EMAIL).await;
    stage.arrive(&affiliate).await;
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    for (desk, before) in stage.desks.iter().zip(before) {
        let contact = desk.holds(EMAIL);
        assert_eq!(contact.first_name.as_deref(), Some("Lauren"), "{}", desk.slug);
        assert_eq!(contact.last_name.as_deref(), Some("van Vale"), "{}", desk.slug);
        let syncs = stage.syncs(desk, &affiliate).await;
        assert_eq!(syncs.len(), 1, "{}: {syncs:?}", desk.slug);
        assert_eq!((&syncs[0]["reason"], &syncs[0]["vendor"]), (&json!("approved"), &json!(desk.slug)));
        let told = stage.told(&syncs[0]).await;
        let mut calls: Vec<(String, String)> = Vec::new();
        for step in told["steps"].as_array().unwrap() {
            assert!(!text(&step["title"]).is_empty());
            let state = text(&step["state"]);
            assert!(state == "Done" || state == "Skipped" && step["note"].is_string(), "{}: {step}", desk.slug);
            for attempt in step["attempts"].as_array().unwrap() {
                assert!(attempt["status"].as_i64().is_some_and(|status| status < 500), "{}: {attempt}", desk.slug);
                calls.push((text(&attempt["method"]), text(&attempt["url"])));
            }
        }
        let made: Vec<(String, String)> = desk.since(before).into_iter().map(|line| (line.method, line.path)).collect();
        let told_of: Vec<(String, String)> = calls.into_iter().map(|(method, url)| (method, path(&url))).collect();
        assert_eq!(told_of, made, "{}", desk.slug);
        let descriptor = connector::vendor::named(desk.slug).unwrap().descriptor();
        for (name, value) in desk.vendor.with(|crm| crm.credentials()) {
            if descriptor.field(&name).is_some_and(|field| field.secret) {
                assert!(!told.to_string().contains(&value), "{} shows {name}", desk.slug);
            }
        }
    }
    stage.finish().await;
}

/// `/api/3/contacts` of an URL.
fn path(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    path.split('?').next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_sync_changes_nothing() {
    let stage = Stage::all().await;
    let affiliate = stage.approve_once("Lauren van Vale", EMAIL).await;
    stage.arrive(&affiliate).await;
    for desk in &stage.desks {
        let before = (desk.holds(EMAIL), desk.vendor.with(|crm| crm.contacts()));
        let body = json!({"connectionId": desk.connection, "affiliateId": affiliate});
        let asked = stage.api().post("/syncs", &body).await.expect_status(202).json();
        let sync = stage.ended(desk, &affiliate).await;
        assert_eq!(
            (&sync["id"], &sync["state"], &sync["reason"]),
            (&asked["id"], &json!("Succeeded"), &json!("resync"))
        );
        assert_eq!((desk.holds(EMAIL), desk.vendor.with(|crm| crm.contacts())), before, "{}", desk.slug);
    }
    stage.finish().await;
}
