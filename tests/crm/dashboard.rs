//! Goal: the pages of syncs show who got through, who failed and why, and who was left alone; they retry and re-sync without a
//! script, on a phone's width too.
//! Method: one vendor and three people, then a real Chromium (`tests/pages/syncs.mjs`).
//! Routes: `/dashboard/crms/{id}/resync`

use std::process::{Command, Stdio};

use serde_json::{Value, json};
use world::{crm_fixture::CrmFixture, fakes::Mood, settings};

#[tokio::test(flavor = "multi_thread")]
async fn in_a_browser() {
    let fixture = CrmFixture::of(&["activecampaign"]).await;
    let crm = fixture.crm("activecampaign");
    crm.vendor.with(|crm| crm.unsubscribed("gone@creators.test"));
    let fine = fixture.approve_once("Fine Vale", "fine@creators.test").await;
    fixture.arrive(&fine).await;
    let gone = fixture.approve_once("Gone Vale", "gone@creators.test").await;
    fixture.ended(crm, &gone).await;
    crm.vendor.once("POST /api/3/contact/sync", Mood::Says(422, json!({"errors": [{"title": "Email is not valid."}]})));
    crm.vendor.once("POST /api/3/contact/sync", Mood::Says(500, Value::Null));
    let failing = fixture.approve_once("Failing Vale", "failing@creators.test").await;
    fixture.ended(crm, &failing).await;
    crm.vendor.recover();
    let owner = |field: &str| fixture.world.demo["owner"][field].as_str().unwrap().to_owned();
    let pictures = settings::folder();
    let mut command = Command::new(settings::node());
    command
        .arg(settings::root().join("tests/pages/syncs.mjs"))
        .args([fixture.world.ledger.base(), owner("email"), owner("password")])
        .arg(&pictures)
        .arg(&crm.connection)
        .env("REKOMI_TEST_CHROMIUM", settings::chromium())
        .stderr(Stdio::inherit());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "pictures in {}", pictures.display());
    println!("pictures in {}", pictures.display());
    fixture.finish().await;
}
