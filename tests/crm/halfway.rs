//! Goal: an affiliate whose only sync failed halfway is known to be in the CRM: when they are banned, they don't stay there as an
//! affiliate; once they are deleted there, nothing is sent.
//! Method: ActiveCampaign, which refuses the second tag.

use serde_json::json;
use world::{crm_fixture::CrmFixture, fakes::Mood};

const SLUG: &str = "activecampaign";
const EMAIL: &str = "vale@creators.test";

/// An affiliate who is there with one tag; their id.
async fn half_there(fixture: &CrmFixture) -> String {
    let crm = fixture.crm(SLUG);
    let refusal = Mood::Says(422, json!({"errors": [{"title": "No more tags."}]}));
    crm.vendor.nth("POST /api/3/contactTags", 1, refusal);
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
