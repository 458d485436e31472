//! Goal: a key that is refused, or that may only read, pauses its connection and no other; owners get one email; nothing
//! more is sent; connecting again sends what waited.
//! Method: every vendor's key is revoked in the middle of its life, several affiliates are approved, and the brand connects
//! again with credentials that are good. One vendor answers lookups, and refuses a write.

use serde_json::json;
use world::{
    crm_fixture::{CrmFixture, text},
    fakes::{Mood, crm},
    wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_pauses_tells_and_resumes() {
    let fixture = CrmFixture::all().await;
    let first = fixture.approve_once("First Comer", "first@creators.test").await;
    fixture.arrive(&first).await;
    let (broken, fine) = fixture.crms.split_at(fixture.crms.len() - 1);
    for crm in broken {
        crm.vendor.with(|crm| crm.revoke());
    }
    let mut waiting = Vec::new();
    for number in 0..3 {
        waiting.push(fixture.approve_once("Next Comer", &format!("next-{number}@creators.test")).await);
    }
    for crm in broken {
        let what = format!("{} to be paused", crm.slug);
        let connection = wait::until(&what, 30, async || {
            let connection = fixture.connection(crm).await;
            (connection["status"] == "paused").then_some(connection)
        })
        .await;
        assert!(connection["lastError"].is_string() || connection.to_string().contains("reason"), "{connection}");
    }
    for affiliate in &waiting {
        for crm in fine {
            assert_eq!(fixture.ended(crm, affiliate).await["state"], "Succeeded", "{}", crm.slug);
        }
    }
    let emails = wait::until("the emails", 20, async || {
        let emails = fixture.emails("crm_paused").await;
        (emails.len() >= broken.len()).then_some(emails)
    })
    .await;
    assert_eq!(emails.len(), broken.len(), "one for each connection");
    let calls: Vec<usize> = broken.iter().map(|crm| crm.count()).collect();
    for crm in broken {
        let syncs = fixture.syncs(crm, &waiting[2]).await;
        assert!(syncs.iter().all(|sync| sync["finishedAt"].is_null()), "{}: {syncs:?}", crm.slug);
    }
    assert_eq!(calls, broken.iter().map(|crm| crm.count()).collect::<Vec<_>>(), "nothing is sent while it is paused");
    for crm in broken {
        crm.vendor.with(|vendor| *vendor = crm::of(crm.slug));
        let credentials = json!({"credentials": crm.vendor.with(|crm| crm.credentials())});
        let path = format!("/connections/{}", crm.connection);
        let answer = fixture.api().patch(&path, &credentials).await;
        assert_eq!(answer.status, 200, "{}: {}", crm.slug, answer.text());
        assert_eq!(answer.json()["status"], "active", "{}", crm.slug);
    }
    for affiliate in &waiting {
        fixture.arrive(affiliate).await;
    }
    for crm in broken {
        crm.holds("next-2@creators.test");
    }
    assert_eq!(fixture.emails("crm_paused").await.len(), broken.len(), "and no email more");
    assert!(text(&emails[0]["subject"]).len() > 5);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_may_read_and_not_write_pauses_its_connection() {
    const JOIN: &str = "POST /api/3/contactLists";
    let fixture = CrmFixture::of(&["activecampaign"]).await;
    let crm = fixture.crm("activecampaign");
    crm.vendor.when(JOIN, Mood::Says(403, json!({"message": "Forbidden"})));
    let first = fixture.approve_once("First Comer", "first@creators.test").await;
    wait::until("the connection to be paused", 60, async || {
        (fixture.connection(crm).await["status"] == "paused").then_some(())
    })
    .await;
    let tries = crm.vendor.calls().iter().filter(|call| call.line() == JOIN).count();
    assert_eq!(tries, 3, "the lookup before each try succeeded");
    let emails = wait::until("the email", 20, async || {
        let emails = fixture.emails("crm_paused").await;
        (!emails.is_empty()).then_some(emails)
    })
    .await;
    assert_eq!(emails.len(), 1);
    let second = fixture.approve_once("Next Comer", "next@creators.test").await;
    for affiliate in [&first, &second] {
        let syncs = fixture.syncs(crm, affiliate).await;
        assert!(syncs.iter().all(|sync| sync["finishedAt"].is_null()), "{syncs:?}");
    }
    crm.vendor.recover();
    let credentials = json!({"credentials": crm.vendor.with(|crm| crm.credentials())});
    let path = format!("/connections/{}", crm.connection);
    assert_eq!(fixture.api().patch(&path, &credentials).await.expect_status(200).json()["status"], "active");
    for affiliate in [&first, &second] {
        fixture.arrive(affiliate).await;
    }
    crm.holds("next@creators.test");
    assert_eq!(fixture.emails("crm_paused").await.len(), 1, "and no email more");
    fixture.finish().await;
}
