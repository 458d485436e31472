//! Goal: an approved affiliate is in every CRM within seconds, on the list and with each tag, by exactly the calls that can be
//! read afterwards; synced again, nothing changes there.
//! Method: all vendors connected by API to one brand; one approval; what the fake servers hold and were asked, beside what
//! `GET /syncs/{id}` tells.

use std::time::Instant;

use serde_json::json;
use world::{
    crm_fixture::{CrmFixture, text},
    wait,
};

const EMAIL: &str = "vale@creators.test";

#[tokio::test(flavor = "multi_thread")]
async fn within_seconds_with_exactly_the_calls_that_are_told() {
    let fixture = CrmFixture::all().await;
    let before: Vec<usize> = fixture.crms.iter().map(|crm| crm.count()).collect();
    let started = Instant::now();
    let affiliate = fixture.approve_once("Lauren van Vale", EMAIL).await;
    fixture.arrive(&affiliate).await;
    // Idle, it takes two seconds. Beside other suites it takes longer, and still doesn't wait for a periodic job.
    assert!(started.elapsed() < wait::patience(30), "{:?}", started.elapsed());
    for (crm, before) in fixture.crms.iter().zip(before) {
        let contact = crm.holds(EMAIL);
        assert_eq!(contact.first_name.as_deref(), Some("Lauren"), "{}", crm.slug);
        assert_eq!(contact.last_name.as_deref(), Some("van Vale"), "{}", crm.slug);
        let syncs = fixture.syncs(crm, &affiliate).await;
        assert_eq!(syncs.len(), 1, "{}: {syncs:?}", crm.slug);
        assert_eq!((&syncs[0]["reason"], &syncs[0]["vendor"]), (&json!("approved"), &json!(crm.slug)));
        let details = fixture.details(&syncs[0]).await;
        let mut calls: Vec<(String, String)> = Vec::new();
        for step in details["steps"].as_array().unwrap() {
            assert!(!text(&step["title"]).is_empty());
            let state = text(&step["state"]);
            assert!(state == "Done" || state == "Skipped" && step["note"].is_string(), "{}: {step}", crm.slug);
            for attempt in step["attempts"].as_array().unwrap() {
                assert!(attempt["status"].as_i64().is_some_and(|status| status < 500), "{}: {attempt}", crm.slug);
                calls.push((text(&attempt["method"]), text(&attempt["url"])));
            }
        }
        let mut made: Vec<(String, String)> =
            crm.since(before).into_iter().map(|line| (line.method, line.path)).collect();
        let mut reported_for: Vec<(String, String)> =
            calls.into_iter().map(|(method, url)| (method, path(&url))).collect();
        // A step tells its own calls together, also those that it made again after a later step.
        reported_for.sort();
        made.sort();
        assert_eq!(reported_for, made, "{}", crm.slug);
        let descriptor = connector::providers::named(crm.slug).unwrap().descriptor();
        for (name, value) in crm.vendor.with(|crm| crm.credentials()) {
            if descriptor.field(&name).is_some_and(|field| field.secret) {
                assert!(!details.to_string().contains(&value), "{} shows {name}", crm.slug);
            }
        }
    }
    fixture.finish().await;
}

/// `/api/3/contacts` of an URL.
fn path(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    path.split('?').next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_sync_changes_nothing() {
    let fixture = CrmFixture::all().await;
    let affiliate = fixture.approve_once("Lauren van Vale", EMAIL).await;
    fixture.arrive(&affiliate).await;
    for crm in &fixture.crms {
        let before = (crm.holds(EMAIL), crm.vendor.with(|crm| crm.contacts()));
        let body = json!({"connectionId": crm.connection, "affiliateId": affiliate});
        let requested = fixture.api().post("/syncs", &body).await.expect_status(202).json();
        let sync = fixture.ended(crm, &affiliate).await;
        assert_eq!(
            (&sync["id"], &sync["state"], &sync["reason"]),
            (&requested["id"], &json!("Succeeded"), &json!("resync"))
        );
        assert_eq!((crm.holds(EMAIL), crm.vendor.with(|crm| crm.contacts())), before, "{}", crm.slug);
    }
    fixture.finish().await;
}
