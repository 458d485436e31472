//! Goal: once a connection has other credentials, which may belong to another account, no id of the former account is used: there
//! it belongs to another person, or to another list.
//! Method: ActiveCampaign, which gives out ids in order; its account is replaced by one in which the first id is a stranger's,
//! while a deletion waits for its next try, after a sync failed, and while a sync waits for its last response.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Notify;
use world::{
    crm_fixture::{ConnectedCrm, CrmFixture, text},
    fakes::{Mood, crm::activecampaign::ActiveCampaign},
    program_fixture::send,
    wait,
};

const EMAIL: &str = "vale@creators.test";
const STRANGER: &str = "stranger@creators.test";
/// The first id of each account.
const FIRST: &str = "101";

/// Replaces the account by another one, in which a stranger has the first id, and connects again.
async fn move_to_another_account(fixture: &CrmFixture, crm: &ConnectedCrm) {
    move_to(fixture, crm, ActiveCampaign::default().with(STRANGER, 1)).await;
}

/// Connects that account instead; the connection.
async fn move_to(fixture: &CrmFixture, crm: &ConnectedCrm, account: ActiveCampaign) -> Value {
    crm.vendor.with(|vendor| *vendor = Box::new(account));
    let credentials = json!({"credentials": crm.vendor.with(|crm| crm.credentials())});
    let path = format!("/connections/{}", crm.connection);
    fixture.api().patch(&path, &credentials).await.expect_status(200).json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_deletion_deletes_no_one_in_another_account() {
    let fixture = CrmFixture::of(&["activecampaign"]).await;
    let crm = fixture.crm("activecampaign");
    let affiliate = fixture.approve_once("Lauren Vale", EMAIL).await;
    fixture.arrive(&affiliate).await;
    let before = crm.count();
    crm.vendor.when("DELETE /api/3/contacts/", Mood::Says(500, Value::Null));
    let forget = json!({"connectionId": crm.connection, "affiliateId": affiliate, "task": "forget", "confirm": EMAIL});
    fixture.api().post("/syncs", &forget).await.expect_status(202);
    wait::until("the deletion to wait", 30, async || {
        let syncs = fixture.syncs(crm, &affiliate).await;
        syncs.iter().any(|sync| sync["task"] == "forget" && sync["state"] == "Retrying").then_some(())
    })
    .await;
    let theirs = format!("/api/3/contacts/{FIRST}");
    assert!(crm.since(before).iter().any(|line| line.path == theirs), "{:?}", crm.since(before));
    move_to_another_account(&fixture, crm).await;
    crm.vendor.recover();
    let sync = fixture.ended(crm, &affiliate).await;
    assert_eq!((&sync["task"], &sync["state"]), (&json!("forget"), &json!("Succeeded")), "{sync}");
    assert!(crm.contact(STRANGER).is_some(), "{}", fixture.details(&sync).await);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_sync_begins_anew_in_another_account() {
    let fixture = CrmFixture::of(&["activecampaign"]).await;
    let crm = fixture.crm("activecampaign");
    crm.vendor.when("POST /api/3/contactTags", Mood::Says(422, json!({"errors": [{"title": "No more tags."}]})));
    let affiliate = fixture.approve_once("Lauren Vale", EMAIL).await;
    let failed = fixture.ended(crm, &affiliate).await;
    assert_eq!(failed["state"], "Failed", "{failed}");
    move_to_another_account(&fixture, crm).await;
    let log = fixture.details(&failed).await;
    assert!(log["steps"].as_array().unwrap().iter().any(|step| step["attempts"] != json!([])), "it is kept: {log}");
    crm.vendor.recover();
    fixture.api().post(&format!("/syncs/{}/retry", text(&failed["id"])), &json!({})).await.expect_status(202);
    let sync = fixture.ended(crm, &affiliate).await;
    assert_eq!((&sync["id"], &sync["state"]), (&failed["id"], &json!("Succeeded")), "{}", fixture.details(&sync).await);
    crm.holds(EMAIL);
    assert!(crm.contact(STRANGER).unwrap().tags.is_empty(), "a stranger got tags");
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_whose_last_response_comes_from_the_former_account_begins_anew() {
    let fixture = CrmFixture::of(&["activecampaign"]).await;
    let crm = fixture.crm("activecampaign");
    let answer = Arc::new(Notify::new());
    let tagged = json!({"contactTag": {"id": "1"}});
    crm.vendor.nth("POST /api/3/contactTags", 2, Mood::Held(Arc::clone(&answer), 201, tagged));
    let affiliate = fixture.approve_once("Lauren Vale", EMAIL).await;
    wait::until("the last call", 30, async || {
        let calls = crm.since(0);
        let tags = calls.iter().filter(|line| line.method == "POST" && line.path == "/api/3/contactTags").count();
        (tags == 3).then_some(())
    })
    .await;
    move_to_another_account(&fixture, crm).await;
    answer.notify_one();
    let sync = fixture.ended(crm, &affiliate).await;
    assert_eq!(sync["state"], "Succeeded", "{}", fixture.details(&sync).await);
    crm.holds(EMAIL);
    fixture.finish().await;
}

/// Chooses the list for a program, too; the path of its settings.
async fn choose_for_program(fixture: &CrmFixture, crm: &ConnectedCrm) -> String {
    let path = format!("/connections/{}/programs/{}", crm.connection, fixture.world.acme.program);
    let own = json!({"list": "2", "tags": ["spring"]});
    send(&fixture.api(), "PUT", &path, &own).await.expect_status(200);
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn another_list_with_the_same_id_is_not_chosen() {
    let fixture = CrmFixture::of(&["activecampaign"]).await;
    let crm = fixture.crm("activecampaign");
    let program = choose_for_program(&fixture, crm).await;
    let moved = move_to(&fixture, crm, ActiveCampaign::default().of_another("Customers newsletter")).await;
    assert_eq!(moved["list"], Value::Null);
    assert!(text(&moved["nextStep"]).starts_with("Choose a list"), "{moved}");
    let own = fixture.api().get(&program).await.expect_status(200).json();
    assert_eq!((&own["list"], &own["tags"]), (&Value::Null, &json!(["spring"])));
    let entries = fixture.api().all("/audit-log?action=connection.reconnected").await;
    let cleared = &entries[0]["after"]["programsWithoutList"];
    assert_eq!(cleared, &json!([fixture.world.acme.program.to_string()]), "{entries:?}");
    let affiliate = fixture.approve_once("Lauren Vale", EMAIL).await;
    assert_eq!(fixture.ended(crm, &affiliate).await["code"], "list_not_chosen");
    assert_eq!(crm.contact(EMAIL), None);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_with_the_same_id_and_name_stays_chosen() {
    let fixture = CrmFixture::of(&["activecampaign"]).await;
    let crm = fixture.crm("activecampaign");
    let program = choose_for_program(&fixture, crm).await;
    let moved = move_to(&fixture, crm, ActiveCampaign::default().of_another("Affiliates")).await;
    assert_eq!(moved["list"]["id"], "2");
    assert_eq!(fixture.api().get(&program).await.expect_status(200).json()["list"]["id"], "2");
    // In the same account, a list may have another name.
    let renamed = move_to(&fixture, crm, ActiveCampaign::default().of_another("Ambassadors")).await;
    assert_eq!(renamed["list"], json!({"id": "2", "name": "Ambassadors"}));
    assert_eq!(fixture.api().get(&program).await.expect_status(200).json()["list"]["id"], "2");
    fixture.finish().await;
}
