//! Goal: what was sent about people is kept no longer than said, goes with them when they are erased, and comes with their
//! export; operators and marketers see what waits and what failed.
//! Method: one vendor; rows are made old in the database, and the ledger starts again.

use serde_json::json;
use world::{
    client::dashboard::Marketer,
    http::Request,
    stage::{Stage, text},
    vendors::Mood,
    wait,
};

const SLUG: &str = "activecampaign";

async fn rows(stage: &Stage) -> [i64; 3] {
    let count = async |table: &str| stage.world.database.count(&format!("select count(*) from {table}")).await;
    [count("crm_syncs").await, count("crm_steps").await, count("crm_attempts").await]
}

#[tokio::test(flavor = "multi_thread")]
async fn contents_go_after_thirty_days_and_syncs_after_ninety() {
    let mut stage = Stage::of(&[SLUG]).await;
    let affiliate = stage.approve_once("Lauren Vale", "vale@creators.test").await;
    stage.arrive(&affiliate).await;
    let fresh = rows(&stage).await;
    assert!(fresh.iter().all(|count| *count > 0));
    let older = |days: u32| format!("update crm_syncs set finished_at = now() - interval '{days} days'");
    for (days, wanted) in [(29, fresh), (31, [fresh[0], fresh[1], 0]), (91, [0, 0, 0])] {
        stage.world.database.run(&older(days)).await;
        stage.world.ledger.stop();
        stage.world.ledger.start().await;
        wait::until(&format!("upkeep after {days} days"), 20, async || (rows(&stage).await == wanted).then_some(()))
            .await;
    }
    assert_eq!(stage.world.database.count("select count(*) from crm_contacts").await, 1, "what we know stays known");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_affiliate_leaves_nothing_here_and_stays_there() {
    let stage = Stage::of(&[SLUG]).await;
    let (desk, email) = (stage.desk(SLUG), "vale@creators.test");
    let affiliate = stage.approve_once("Lauren Vale", email).await;
    stage.arrive(&affiliate).await;
    let export = stage.api().get(&format!("/affiliates/{affiliate}/export")).await.expect_status(200).json();
    let sent = export["data"]["crmSyncs"]["rows"][0]["sent"].as_array().unwrap().clone();
    assert!(sent.iter().any(|call| text(&call["sent"]).contains(email)), "{export}");
    assert_eq!(export["data"]["crmContacts"]["rows"][0]["vendor"], SLUG);
    let calls = desk.count();
    let body = json!({"reason": "asked for it"});
    stage.api().post(&format!("/affiliates/{affiliate}/erase"), &body).await.expect_status(200);
    assert_eq!(rows(&stage).await, [0, 0, 0]);
    assert_eq!(stage.world.database.count("select count(*) from crm_contacts").await, 0);
    let forget = json!({"connectionId": desk.connection, "affiliateId": affiliate, "task": "forget", "confirm": email});
    assert_eq!(stage.api().post("/syncs", &forget).await.refusal(), (409, "affiliate_erased".to_owned()));
    let all = stage.api().post(&format!("/connections/{}/resync", desk.connection), &json!({})).await;
    assert_eq!(all.expect_status(202).json()["total"], 1, "the demo's own, not the erased one");
    wait::until("the re-sync to end", 20, async || {
        let open = "select count(*) from crm_syncs where next_at is not null";
        (stage.world.database.count(open).await == 0).then_some(())
    })
    .await;
    assert!(desk.since(calls).iter().all(|line| !line.body.contains("erased")), "nobody is told of a pseudonym");
    assert!(desk.contact(email).is_some(), "the CRM is asked to forget by another act");
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_and_marketers_see_what_failed() {
    let stage = Stage::of(&[SLUG]).await;
    let desk = stage.desk(SLUG);
    desk.vendor.with(|crm| crm.unsubscribed("gone@creators.test"));
    let gone = stage.approve_once("Gone Vale", "gone@creators.test").await;
    assert_eq!(stage.ended(desk, &gone).await["code"], "left_alone");
    let mut owner = Marketer::new(&stage.world.ledger.base());
    owner.sign_in(&stage.world.demo["owner"]).await.expect_status(303);
    let dashboard = owner.browser.get("/dashboard").await.expect_status(200).text();
    assert!(!dashboard.contains("get into ActiveCampaign"), "who was left alone is no trouble");
    desk.vendor
        .when("POST /api/3/contact/sync", Mood::Says(422, json!({"errors": [{"title": "Email is not valid."}]})));
    let affiliate = stage.approve_once("Lauren Vale", "vale@creators.test").await;
    let failed = stage.ended(desk, &affiliate).await;
    assert_eq!(failed["state"], "Failed");
    let dashboard = owner.browser.get("/dashboard").await.expect_status(200).text();
    assert!(dashboard.contains("1 affiliate didn\u{2019}t get into ActiveCampaign"), "{dashboard}");
    let log = format!("/dashboard/crms/{}/syncs", desk.connection);
    let page = owner.browser.get(&format!("{log}?state=Failed")).await.expect_status(200).text();
    assert!(page.contains("Lauren Vale") && !page.contains("Gone Vale"));
    assert!(page.contains(&format!("{log}.csv?organization=")) && page.contains("&#38;state=Failed"), "{page}");
    let file = owner.browser.get(&format!("{log}.csv?state=Failed")).await.expect_status(200);
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    let file = file.text();
    assert_eq!(file.lines().count(), 2, "{file}");
    for words in [
        text(&failed["id"]).as_str(),
        text(&failed["createdAt"]).as_str(),
        "\"Lauren Vale\"",
        "\"Failed\"",
        "Email is not valid",
    ] {
        assert!(file.contains(words), "{words}: {file}");
    }
    let everything = owner.browser.get(&format!("{log}.csv")).await.expect_status(200).text();
    assert!(everything.contains("\"Gone Vale\"") && everything.contains("\"Left alone\""), "{everything}");
    let theirs = format!("{log}.csv?organization={}", stage.world.globex.organization);
    owner.browser.get(&theirs).await.expect_status(404);
    let page = owner.browser.get(&format!("{log}?state=left_alone&person=gone")).await.expect_status(200).text();
    assert!(page.contains("Gone Vale") && !page.contains("Lauren Vale"));
    let one = format!("/dashboard/syncs/{}", text(&failed["id"]));
    let page = owner.browser.get(&one).await.expect_status(200).text();
    assert!(page.contains("/api/3/contact/sync") && page.contains("Email is not valid."), "{page}");
    let organization = stage.world.acme.organization.to_string();
    let row = format!("{}-failed", desk.connection);
    let seen = [("organization", organization.as_str()), ("trouble", row.as_str())];
    owner.submit("/dashboard/troubles/dismiss", &seen).await.expect_status(303);
    let dashboard = owner.browser.get("/dashboard").await.expect_status(200).text();
    assert!(!dashboard.contains("get into ActiveCampaign"), "it was put away: {dashboard}");
    let later = stage.approve_once("Vera Vale", "vera@creators.test").await;
    assert_eq!(stage.ended(desk, &later).await["state"], "Failed");
    let dashboard = owner.browser.get("/dashboard").await.expect_status(200).text();
    assert!(dashboard.contains("1 affiliate didn\u{2019}t get into ActiveCampaign"), "only what is new: {dashboard}");
    desk.vendor.recover();
    owner.submit(&format!("{one}/retry"), &[("organization", &organization)]).await.expect_status(303);
    stage.arrive(&affiliate).await;
    let again = owner.submit(&format!("{one}/anew"), &[("organization", &organization)]).await.expect_status(303);
    assert!(again.header("location").is_some_and(|to| to.starts_with("/dashboard/syncs/sync_")));
    stage.arrive(&affiliate).await;
    let metrics = wait::until("the figures", 30, async || {
        let text = Request::get("/metrics").send(&stage.world.ledger.base()).await.unwrap().text();
        text.contains("rekomi_crm_syncs_waiting 0").then_some(text)
    })
    .await;
    for figure in ["rekomi_crm_oldest_due_seconds 0", "rekomi_crm_connections_paused 0"] {
        assert!(metrics.contains(figure), "{figure}");
    }
    let attempts = metrics.lines().filter(|line| line.starts_with("rekomi_crm_attempts_total{"));
    let attempts: Vec<&str> = attempts.filter(|line| line.contains("vendor=\"activecampaign\"")).collect();
    assert!(attempts.iter().any(|line| line.contains("outcome=\"ok\"")) && attempts.len() > 1, "{attempts:?}");
    stage.finish().await;
}
