//! Goal: what was sent about people is kept no longer than said, goes with them when they are erased, and comes with their
//! export; operators and marketers see what waits and what failed.
//! Method: one vendor; rows are made old in the database, and the ledger starts again.
//! Routes: `/dashboard/crms/{id}/syncs.csv`, `/dashboard/syncs/{id}/retry`, `/dashboard/syncs/{id}/anew`

use serde_json::json;
use world::{
    client::dashboard::Marketer,
    crm_fixture::{CrmFixture, text},
    fakes::Mood,
    http::Request,
    wait,
};

const SLUG: &str = "activecampaign";

async fn rows(fixture: &CrmFixture) -> [i64; 3] {
    let count = async |table: &str| fixture.world.database.count(&format!("select count(*) from {table}")).await;
    [count("crm_syncs").await, count("crm_steps").await, count("crm_attempts").await]
}

#[tokio::test(flavor = "multi_thread")]
async fn contents_go_after_thirty_days_and_syncs_after_ninety() {
    let mut fixture = CrmFixture::of(&[SLUG]).await;
    let affiliate = fixture.approve_once("Lauren Vale", "vale@creators.test").await;
    fixture.arrive(&affiliate).await;
    let fresh = rows(&fixture).await;
    assert!(fresh.iter().all(|count| *count > 0));
    // The id of an attempt begins with its time in milliseconds.
    let older = |days: u32| {
        format!(
            "update crm_syncs set finished_at = now() - interval '{days} days';
             update crm_attempts set id = (substr(time, 1, 8) || '-' || substr(time, 9) || substr(id::text, 14))::uuid
             from (select lpad(to_hex((extract(epoch from now() - interval '{days} days') * 1000)::bigint), 12, '0') as time) t"
        )
    };
    for (days, expected) in [(29, fresh), (31, [fresh[0], fresh[1], 0]), (91, [0, 0, 0])] {
        fixture.world.database.run(&older(days)).await;
        fixture.world.ledger.stop();
        fixture.world.ledger.start().await;
        fixture.world.ledger.run_jobs().await;
        wait::until(&format!("upkeep after {days} days"), 20, async || {
            (rows(&fixture).await == expected).then_some(())
        })
        .await;
    }
    assert_eq!(fixture.world.database.count("select count(*) from crm_contacts").await, 1, "what we know stays known");
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_affiliate_leaves_nothing_here_and_stays_there() {
    let fixture = CrmFixture::of(&[SLUG]).await;
    let (crm, email) = (fixture.crm(SLUG), "vale@creators.test");
    let affiliate = fixture.approve_once("Lauren Vale", email).await;
    fixture.arrive(&affiliate).await;
    let export = fixture.api().get(&format!("/affiliates/{affiliate}/export")).await.expect_status(200).json();
    let sent = export["data"]["crmSyncs"]["rows"][0]["sent"].as_array().unwrap().clone();
    assert!(sent.iter().any(|call| text(&call["sent"]).contains(email)), "{export}");
    assert_eq!(export["data"]["crmContacts"]["rows"][0]["vendor"], SLUG);
    let calls = crm.count();
    let body = json!({"reason": "asked for it"});
    fixture.api().post(&format!("/affiliates/{affiliate}/erase"), &body).await.expect_status(200);
    assert_eq!(rows(&fixture).await, [0, 0, 0]);
    assert_eq!(fixture.world.database.count("select count(*) from crm_contacts").await, 0);
    let forget = json!({"connectionId": crm.connection, "affiliateId": affiliate, "task": "forget", "confirm": email});
    assert_eq!(fixture.api().post("/syncs", &forget).await.refusal(), (409, "affiliate_erased".to_owned()));
    let all = fixture.api().post(&format!("/connections/{}/resync", crm.connection), &json!({})).await;
    assert_eq!(all.expect_status(202).json()["total"], 1, "the demo's own, not the erased one");
    wait::until("the re-sync to end", 20, async || {
        let open = "select count(*) from crm_syncs where next_at is not null";
        (fixture.world.database.count(open).await == 0).then_some(())
    })
    .await;
    assert!(crm.since(calls).iter().all(|line| !line.body.contains("erased")), "nobody is told of a pseudonym");
    assert!(crm.contact(email).is_some(), "the CRM is asked to forget by another act");
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_about_someone_who_is_left_alone_is_no_failure() {
    let fixture = CrmFixture::of(&["klaviyo"]).await;
    let crm = fixture.crm("klaviyo");
    let connection = format!("/connections/{}", crm.connection);
    fixture.api().patch(&connection, &json!({"events": ["affiliate_approved"]})).await.expect_status(200);
    crm.vendor.with(|crm| crm.unsubscribed("gone@creators.test"));
    let gone = fixture.approve_once("Gone Vale", "gone@creators.test").await;
    fixture.ended(crm, &gone).await;
    let syncs = fixture.syncs(crm, &gone).await;
    assert!(syncs.iter().any(|sync| sync["task"] == "event"), "{syncs:?}");
    assert!(syncs.iter().all(|sync| sync["code"] == "left_alone"), "{syncs:?}");
    let mut owner = Marketer::new(&fixture.world.ledger.base());
    owner.sign_in(&fixture.world.demo["owner"]).await.expect_status(303);
    let dashboard = owner.browser.get("/dashboard").await.expect_status(200).text();
    assert!(!dashboard.contains("sync to Klaviyo"), "{dashboard}");
    let sample = fixture.approve_once("Sam (sample)", "sam@sample.invalid").await;
    assert_eq!(fixture.syncs(crm, &sample).await.len(), 0);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_and_marketers_see_what_failed() {
    let fixture = CrmFixture::of(&[SLUG]).await;
    let crm = fixture.crm(SLUG);
    crm.vendor.with(|crm| crm.unsubscribed("gone@creators.test"));
    let gone = fixture.approve_once("Gone Vale", "gone@creators.test").await;
    assert_eq!(fixture.ended(crm, &gone).await["code"], "left_alone");
    let mut owner = Marketer::new(&fixture.world.ledger.base());
    owner.sign_in(&fixture.world.demo["owner"]).await.expect_status(303);
    let dashboard = owner.browser.get("/dashboard").await.expect_status(200).text();
    assert!(!dashboard.contains("sync to ActiveCampaign"), "who was left alone is no trouble");
    crm.vendor.when("POST /api/3/contact/sync", Mood::Says(422, json!({"errors": [{"title": "Email is not valid."}]})));
    let affiliate = fixture.approve_once("Lauren Vale", "vale@creators.test").await;
    let failed = fixture.ended(crm, &affiliate).await;
    assert_eq!(failed["state"], "Failed");
    let dashboard = owner.browser.get("/dashboard").await.expect_status(200).text();
    assert!(dashboard.contains("1 affiliate failed to sync to ActiveCampaign"), "{dashboard}");
    let log = format!("/dashboard/crms/{}/syncs", crm.connection);
    let page = owner.browser.get(&format!("{log}?state=Failed")).await.expect_status(200).text();
    assert!(page.contains("Lauren Vale") && !page.contains("Gone Vale"));
    for chip in ["Queued</span> 0</a>", "Failed</span> 1</a>", "Succeeded</span></a>", "Skipped</span></a>"] {
        assert!(page.contains(chip), "{chip}: {page}");
    }
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
    assert!(everything.contains("\"Gone Vale\"") && everything.contains("\"Skipped\""), "{everything}");
    let theirs = format!("{log}.csv?organization={}", fixture.world.globex.organization);
    owner.browser.get(&theirs).await.expect_status(404);
    let page = owner.browser.get(&format!("{log}?state=left_alone&person=gone")).await.expect_status(200).text();
    assert!(page.contains("Gone Vale") && !page.contains("Lauren Vale"));
    let one = format!("/dashboard/syncs/{}", text(&failed["id"]));
    let page = owner.browser.get(&one).await.expect_status(200).text();
    assert!(page.contains("/api/3/contact/sync") && page.contains("Email is not valid."), "{page}");
    let organization = fixture.world.acme.organization.to_string();
    let row = format!("{}-failed", crm.connection);
    let seen = [("organization", organization.as_str()), ("trouble", row.as_str())];
    owner.submit("/dashboard/troubles/dismiss", &seen).await.expect_status(303);
    let dashboard = owner.browser.get("/dashboard").await.expect_status(200).text();
    assert!(!dashboard.contains("sync to ActiveCampaign"), "it was put away: {dashboard}");
    let later = fixture.approve_once("Vera Vale", "vera@creators.test").await;
    assert_eq!(fixture.ended(crm, &later).await["state"], "Failed");
    let dashboard = owner.browser.get("/dashboard").await.expect_status(200).text();
    assert!(dashboard.contains("1 affiliate failed to sync to ActiveCampaign"), "only what is new: {dashboard}");
    crm.vendor.recover();
    owner.submit(&format!("{one}/retry"), &[("organization", &organization)]).await.expect_status(303);
    fixture.arrive(&affiliate).await;
    let again = owner.submit(&format!("{one}/anew"), &[("organization", &organization)]).await.expect_status(303);
    assert!(again.header("location").is_some_and(|to| to.starts_with("/dashboard/syncs/sync_")));
    fixture.arrive(&affiliate).await;
    let metrics = wait::until("the figures", 30, async || {
        let text = Request::get("/metrics").send(&fixture.world.ledger.base()).await.unwrap().text();
        text.contains("rekomi_crm_syncs_waiting 0").then_some(text)
    })
    .await;
    for figure in ["rekomi_crm_oldest_due_seconds 0", "rekomi_crm_connections_paused 0"] {
        assert!(metrics.contains(figure), "{figure}");
    }
    let attempts = metrics.lines().filter(|line| line.starts_with("rekomi_crm_attempts_total{"));
    let attempts: Vec<&str> = attempts.filter(|line| line.contains("vendor=\"activecampaign\"")).collect();
    assert!(attempts.iter().any(|line| line.contains("outcome=\"ok\"")) && attempts.len() > 1, "{attempts:?}");
    fixture.finish().await;
}
