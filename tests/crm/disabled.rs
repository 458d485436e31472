//! Goal: what changes while a connection is disabled is sent once it is enabled, and is queued once for each affiliate.
//! Method: ActiveCampaign; while the connection is disabled, an affiliate is renamed and banned, and another one is approved.

use serde_json::json;
use world::crm_fixture::CrmFixture;

#[tokio::test(flavor = "multi_thread")]
async fn changes_wait_while_a_connection_is_disabled() {
    let fixture = CrmFixture::of(&["activecampaign"]).await;
    let crm = fixture.crm("activecampaign");
    let (gone, later) = ("gone@creators.test", "later@creators.test");
    let banned = fixture.approve_once("Gone Vale", gone).await;
    fixture.arrive(&banned).await;
    let connection = format!("/connections/{}", crm.connection);
    fixture.api().patch(&connection, &json!({"status": "disabled"})).await.expect_status(200);
    let calls = crm.count();
    for change in [json!({"name": "Gone Dale"}), json!({"status": "Banned"})] {
        fixture.api().patch(&format!("/affiliates/{banned}"), &change).await.expect_status(200);
    }
    let approved = fixture.approve_once("Later Vale", later).await;
    for affiliate in [&banned, &approved] {
        let syncs = fixture.syncs(crm, affiliate).await;
        let waiting = syncs.iter().filter(|sync| sync["state"] == "Queued").count();
        assert_eq!(waiting, 1, "{syncs:?}");
    }
    assert_eq!(crm.count(), calls, "nothing is sent");
    fixture.api().patch(&connection, &json!({"status": "active"})).await.expect_status(200);
    fixture.arrive(&banned).await;
    fixture.arrive(&approved).await;
    assert_eq!(crm.contact(gone).unwrap().tags, ["Rekomi former affiliate".to_owned()].into());
    crm.holds(later);
    fixture.finish().await;
}
