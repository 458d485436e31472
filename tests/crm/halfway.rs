//! Goal: an affiliate whose only sync failed halfway is known to be in the CRM: when they are banned, they don't stay there
//! as an affiliate; once they are deleted there, nothing is sent, and neither is it about who was never written. Tags that
//! any sync added before it failed are removed like others.
//! Method: ActiveCampaign, which refuses the second or the third tag.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use world::{crm_fixture::CrmFixture, fakes::Mood, wait};

const SLUG: &str = "activecampaign";
const EMAIL: &str = "vale@creators.test";
const TAGGING: &str = "POST /api/3/contactTags";

/// An affiliate who is there with one tag; their id.
async fn half_there(fixture: &CrmFixture) -> String {
    let crm = fixture.crm(SLUG);
    let refusal = Mood::Says(422, json!({"errors": [{"title": "No more tags."}]}));
    crm.vendor.nth(TAGGING, 1, refusal);
    let affiliate = fixture.approve_once("Lauren Vale", EMAIL).await;
    assert_eq!(fixture.ended(crm, &affiliate).await["state"], "Failed");
    assert!(crm.contact(EMAIL).unwrap().tags.contains("Rekomi affiliate"));
    affiliate
}

#[tokio::test(flavor = "multi_thread")]
async fn a_banned_affiliate_whose_sync_failed_is_no_affiliate_there() {
    let fixture = CrmFixture::of(&[SLUG]).await;
    let affiliate = half_there(&fixture).await;
    fixture.api().patch(&format!("/affiliates/{affiliate}"), &json!({"status": "Banned"})).await.expect_status(200);
    fixture.arrive(&affiliate).await;
    let tags = fixture.crm(SLUG).contact(EMAIL).unwrap().tags;
    assert_eq!(tags, ["Rekomi former affiliate".to_owned()].into());
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_deleted_after_a_failed_sync_does_not_come_back() {
    let fixture = CrmFixture::of(&[SLUG]).await;
    let crm = fixture.crm(SLUG);
    let affiliate = half_there(&fixture).await;
    let forget = json!({"connectionId": crm.connection, "affiliateId": affiliate, "task": "forget", "confirm": EMAIL});
    fixture.api().post("/syncs", &forget).await.expect_status(202);
    fixture.arrive(&affiliate).await;
    assert_eq!(crm.contact(EMAIL), None);
    let before = fixture.syncs(crm, &affiliate).await.len();
    fixture.api().patch(&format!("/affiliates/{affiliate}"), &json!({"status": "Banned"})).await.expect_status(200);
    assert_eq!(fixture.syncs(crm, &affiliate).await.len(), before);
    let again = json!({"connectionId": crm.connection, "affiliateId": affiliate});
    assert_eq!(fixture.api().post("/syncs", &again).await.refusal(), (409, "not_an_affiliate".to_owned()));
    fixture.finish().await;
}

async fn set_tags(fixture: &CrmFixture, tags: &[&str]) {
    let path = format!("/connections/{}", fixture.crm(SLUG).connection);
    fixture.api().patch(&path, &json!({"tags": tags, "acceptTags": true})).await.expect_status(200);
}

async fn ban(fixture: &CrmFixture, affiliate: &str) {
    fixture.api().patch(&format!("/affiliates/{affiliate}"), &json!({"status": "Banned"})).await.expect_status(200);
}

fn has_tags(fixture: &CrmFixture, tags: &[&str]) {
    let expected: BTreeSet<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
    assert_eq!(fixture.crm(SLUG).contact(EMAIL).unwrap().tags, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_a_later_sync_added_before_it_failed_goes_when_they_leave() {
    let fixture = CrmFixture::of(&[SLUG]).await;
    let crm = fixture.crm(SLUG);
    let affiliate = fixture.approve_once("Lauren Vale", EMAIL).await;
    fixture.arrive(&affiliate).await;
    set_tags(&fixture, &["loyal", "summer"]).await;
    crm.vendor.nth(TAGGING, 2, Mood::Says(422, json!({"errors": [{"title": "No more tags."}]})));
    let body = json!({"connectionId": crm.connection, "affiliateId": affiliate});
    fixture.api().post("/syncs", &body).await.expect_status(202);
    assert_eq!(fixture.ended(crm, &affiliate).await["state"], "Failed");
    assert!(crm.contact(EMAIL).unwrap().tags.contains("loyal"));
    ban(&fixture, &affiliate).await;
    fixture.arrive(&affiliate).await;
    has_tags(&fixture, &["Rekomi former affiliate"]);
    fixture.finish().await;
}

/// An affiliate whose first sync added two tags and waits for its next try, while the brand has changed the tags; their id.
async fn changed_halfway(fixture: &CrmFixture) -> String {
    let crm = fixture.crm(SLUG);
    let outage = Mood::Says(500, Value::Null);
    crm.vendor.when(TAGGING, outage.clone());
    crm.vendor.nth(TAGGING, 2, outage);
    let affiliate = fixture.approve_once("Lauren Vale", EMAIL).await;
    wait::until("the sync to wait", 30, async || {
        fixture.syncs(crm, &affiliate).await.iter().any(|sync| sync["state"] == "Retrying").then_some(())
    })
    .await;
    has_tags(fixture, &["Rekomi affiliate", "partners"]);
    set_tags(fixture, &["loyal"]).await;
    affiliate
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_is_changed_before_the_next_try_goes() {
    let fixture = CrmFixture::of(&[SLUG]).await;
    let affiliate = changed_halfway(&fixture).await;
    fixture.crm(SLUG).vendor.recover();
    fixture.arrive(&affiliate).await;
    has_tags(&fixture, &["Rekomi affiliate", "loyal"]);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_banned_before_the_next_try_is_no_affiliate_there() {
    let fixture = CrmFixture::of(&[SLUG]).await;
    let affiliate = changed_halfway(&fixture).await;
    ban(&fixture, &affiliate).await;
    fixture.crm(SLUG).vendor.recover();
    fixture.arrive(&affiliate).await;
    has_tags(&fixture, &["Rekomi former affiliate"]);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_left_before_their_first_sync_is_not_there() {
    let fixture = CrmFixture::of(&[SLUG]).await;
    let crm = fixture.crm(SLUG);
    let connection = format!("/connections/{}", crm.connection);
    fixture.api().patch(&connection, &json!({"status": "disabled"})).await.expect_status(200);
    let affiliate = fixture.approve_once("Lauren Vale", EMAIL).await;
    ban(&fixture, &affiliate).await;
    fixture.api().patch(&connection, &json!({"status": "active"})).await.expect_status(200);
    fixture.arrive(&affiliate).await;
    assert_eq!(crm.contact(EMAIL), None);
    assert_eq!(fixture.world.database.count("select count(*) from crm_contacts").await, 0);
    let again = json!({"connectionId": crm.connection, "affiliateId": affiliate});
    assert_eq!(fixture.api().post("/syncs", &again).await.refusal(), (409, "not_an_affiliate".to_owned()));
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_changes_while_their_deletion_waits_is_not_there_afterwards() {
    let fixture = CrmFixture::of(&[SLUG]).await;
    let crm = fixture.crm(SLUG);
    let affiliate = fixture.approve_once("Lauren Vale", EMAIL).await;
    fixture.arrive(&affiliate).await;
    ban(&fixture, &affiliate).await;
    fixture.arrive(&affiliate).await;
    crm.vendor.when("DELETE /api/3/contacts/", Mood::Says(500, Value::Null));
    let forget = json!({"connectionId": crm.connection, "affiliateId": affiliate, "task": "forget", "confirm": EMAIL});
    fixture.api().post("/syncs", &forget).await.expect_status(202);
    wait::until("the deletion to wait", 30, async || {
        fixture.syncs(crm, &affiliate).await.iter().any(|sync| sync["state"] == "Retrying").then_some(())
    })
    .await;
    let name = json!({"name": "Laura Vale"});
    fixture.api().patch(&format!("/affiliates/{affiliate}"), &name).await.expect_status(200);
    crm.vendor.recover();
    fixture.arrive(&affiliate).await;
    assert_eq!(crm.contact(EMAIL), None);
    assert_eq!(fixture.world.database.count("select count(*) from crm_contacts").await, 0);
    fixture.finish().await;
}
