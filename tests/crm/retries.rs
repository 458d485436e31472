//! Goal: what is asked for twice is sent once; a failed sync goes on where it failed when somebody presses the button; a
//! re-sync of everybody tells how far it is.
//! Method: ActiveCampaign, whose sync has many calls; it is told to be busy, or to refuse a call for good.

use serde_json::json;
use world::{
    crm_fixture::{CrmFixture, text},
    fakes::Mood,
    wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_not_queued_twice() {
    let fixture = CrmFixture::of(&["activecampaign"]).await;
    let crm = fixture.crm("activecampaign");
    let affiliate = fixture.approve_once("Lauren Vale", "vale@creators.test").await;
    fixture.arrive(&affiliate).await;
    // Longer than a busy machine needs for all of this.
    crm.vendor.once("", Mood::Busy(15));
    let body = json!({"connectionId": crm.connection, "affiliateId": affiliate});
    fixture.api().post("/syncs", &body).await.expect_status(202);
    wait::until("the vendor to be busy", 10, async || {
        fixture.connection(crm).await["lastError"].is_string().then_some(())
    })
    .await;
    let before = fixture.syncs(crm, &affiliate).await.len();
    for _ in 0..5 {
        fixture.api().post("/syncs", &body).await.expect_status(202);
        let name = json!({"name": format!("Lauren {before}")});
        fixture.api().patch(&format!("/affiliates/{affiliate}"), &name).await.expect_status(200);
    }
    let waiting = fixture.syncs(crm, &affiliate).await;
    assert_eq!(waiting.iter().filter(|sync| sync["finishedAt"].is_null()).count(), 1, "{waiting:?}");
    fixture.arrive(&affiliate).await;
    assert_eq!(crm.vendor.with(|crm| crm.contacts()), 1);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_sync_goes_on_where_it_failed() {
    let fixture = CrmFixture::of(&["activecampaign"]).await;
    let crm = fixture.crm("activecampaign");
    let first = fixture.approve_once("First Comer", "first@creators.test").await;
    fixture.arrive(&first).await;
    let before = crm.count();
    crm.vendor.when("POST /api/3/contactTags", Mood::Says(422, json!({"errors": [{"title": "No more tags."}]})));
    let affiliate = fixture.approve_once("Lauren Vale", "vale@creators.test").await;
    let failed = fixture.ended(crm, &affiliate).await;
    assert_eq!(failed["state"], "Failed", "{failed}");
    assert!(failed["message"].as_str().is_some_and(|message| message.contains("ActiveCampaign")), "{failed}");
    let id = text(&failed["id"]);
    let details = fixture.details(&failed).await;
    assert!(
        details["steps"]
            .as_array()
            .unwrap()
            .iter()
            .any(|step| step["state"] == "Skipped" && step["attempts"] == json!([]))
    );
    crm.vendor.recover();
    let calls = crm.count();
    fixture.api().post(&format!("/syncs/{id}/retry"), &json!({})).await.expect_status(202);
    let sync = fixture.ended(crm, &affiliate).await;
    assert_eq!(
        (text(&sync["id"]), &sync["state"]),
        (id.clone(), &json!("Succeeded")),
        "{}",
        fixture.details(&sync).await
    );
    crm.holds("vale@creators.test");
    let again = crm.since(calls);
    assert_eq!(again[0], crm.since(before)[calls - before - 1], "the failed call first");
    let saved = crm.since(before).iter().filter(|line| line.path.ends_with("/contact/sync")).count();
    assert_eq!(saved, 1, "the contact isn't saved again");
    let refused = fixture.api().post(&format!("/syncs/{id}/retry"), &json!({})).await;
    assert_eq!(refused.refusal(), (409, "not_retryable".to_owned()));
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_once_more() {
    let fixture = CrmFixture::of(&["activecampaign"]).await;
    let crm = fixture.crm("activecampaign");
    for number in 0..12 {
        fixture.world.acme.join(&fixture.world.database, &format!("comer-{number}")).await;
    }
    crm.vendor.with(|crm| crm.unsubscribed("comer-3@creators.test"));
    let path = format!("/connections/{}/resync", crm.connection);
    crm.vendor.once("", Mood::Busy(2));
    let first = fixture.api().post(&path, &json!({})).await.expect_status(202).json();
    assert_eq!((first["total"].as_i64(), first["percent"].as_i64()), (Some(13), Some(0)), "twelve, and the demo's own");
    let second = fixture.api().post(&path, &json!({})).await.expect_status(202).json();
    let progress = async |batch: &serde_json::Value| {
        fixture
            .api()
            .get(&format!("/connections/{}/resyncs/{}", crm.connection, text(&batch["id"])))
            .await
            .expect_status(200)
            .json()
    };
    let done = wait::until("the re-sync to end", 60, async || {
        let now = progress(&second).await;
        (now["percent"] == 100).then_some(now)
    })
    .await;
    assert_eq!((&done["failed"], &done["leftAlone"], &done["queued"]), (&json!(0), &json!(1), &json!(0)), "{done}");
    let other = progress(&first).await;
    assert_eq!(other["percent"], 100, "{other}");
    assert_eq!(crm.vendor.with(|crm| crm.contacts()), 13);
    let listed = fixture.api().all(&format!("/connections/{}/resyncs", crm.connection)).await;
    assert_eq!(
        listed.iter().map(|one| text(&one["id"])).collect::<Vec<_>>(),
        [text(&second["id"]), text(&first["id"])]
    );
    let of_batch = fixture.api().all(&format!("/syncs?batchId={}&state=Succeeded", text(&second["id"]))).await;
    assert_eq!(of_batch.len() as i64, done["succeeded"].as_i64().unwrap());
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_deleted_only_when_asked_for() {
    let fixture = CrmFixture::of(&["activecampaign"]).await;
    let crm = fixture.crm("activecampaign");
    let email = "vale@creators.test";
    let affiliate = fixture.approve_once("Lauren Vale", email).await;
    fixture.arrive(&affiliate).await;
    fixture.api().patch(&format!("/affiliates/{affiliate}"), &json!({"status": "Banned"})).await.expect_status(200);
    fixture.arrive(&affiliate).await;
    assert!(
        crm.contact(email).is_some_and(|contact| !contact.tags.contains("Rekomi affiliate")),
        "left, and not deleted"
    );
    let mut body = json!({"connectionId": crm.connection, "affiliateId": affiliate, "task": "forget"});
    assert_eq!(fixture.api().post("/syncs", &body).await.field_refusal().2, "confirm");
    body["confirm"] = json!("somebody@else.test");
    assert_eq!(fixture.api().post("/syncs", &body).await.field_refusal().2, "confirm");
    body["confirm"] = json!(email);
    fixture.api().post("/syncs", &body).await.expect_status(202);
    fixture.arrive(&affiliate).await;
    assert_eq!(crm.contact(email), None);
    fixture.finish().await;
}
