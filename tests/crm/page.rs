//! Goal: the pages of syncs show who got through, who failed and why, and who was left alone; they retry and re-sync without a
//! script, on a phone's width too.
//! Method: one vendor and three people, then a real Chromium (`tests/pages/syncs.mjs`).

use std::process::{Command, Stdio};

use serde_json::{Value, json};
use world::{settings, stage::Stage, vendors::Mood};

#[tokio::test(flavor = "multi_thread")]
async fn in_a_browser() {
    let stage = Stage::of(&["activecampaign"]).await;
    let desk = stage.desk("activecampaign");
    desk.vendor.with(|crm| crm.unsubscribed("gone@creators.test"));
    let fine = stage.approve_once("Fine Vale", "fine@creators.test").await;
    stage.arrive(&fine).await;
    let gone = stage.approve_once("Gone Vale", "gone@creators.test").await;
    stage.ended(desk, &gone).await;
    desk.vendor
        .once("POST /api/3/contact/sync", Mood::Says(422, json!({"errors": [{"title": "Email is not valid."}]})));
    desk.vendor.once("POST /api/3/contact/sync", Mood::Says(500, Value::Null));
    let failing = stage.approve_once("Failing Vale", "failing@creators.test").await;
    stage.ended(desk, &failing).await;
    desk.vendor.recover();
    let owner = |field: &str| stage.world.demo["owner"][field].as_str().unwrap().to_owned();
    let pictures = settings::folder();
    let mut command = Command::new(settings::node());
    command
        .arg(settings::root().join("tests/pages/syncs.mjs"))
        .args([stage.world.ledger.base(), owner("email"), owner("password")])
        .arg(&pictures)
        .arg(&desk.connection)
        .env("REKOMI_TEST_CHROMIUM", settings::chromium())
        .stderr(Stdio::inherit());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "pictures in {}", pictures.display());
    println!("pictures in {}", pictures.display());
    stage.finish().await;
}
