//! Goal: a key that is refused pauses its connection and no other; owners get one letter; nothing more is sent; connecting
//! again sends what waited.
//! Method: every vendor's key is revoked in the middle of its life, several affiliates are approved, and the brand connects
//! again with credentials that are good.

use serde_json::json;
use world::{
    stage::{Stage, text},
    vendors::crm,
    wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_pauses_tells_and_resumes() {
    let stage = Stage::all().await;
    let first = stage.approve_once("First Comer", "first@creators.test").await;
    stage.arrive(&first).await;
    let (broken, fine) = stage.desks.split_at(stage.desks.len() - 1);
    for desk in broken {
        desk.vendor.with(|crm| crm.revoke());
    }
    let mut waiting = Vec::new();
    for number in 0..3 {
        waiting.push(stage.approve_once("Next Comer", &format!("next-{number}@creators.test")).await);
    }
    for desk in broken {
        let what = format!("{} to be paused", desk.slug);
        let connection = wait::until(&what, 30, async || {
            let connection = stage.connection(desk).await;
            (connection["status"] == "paused").then_some(connection)
        })
        .await;
        assert!(connection["lastError"].is_string() || connection.to_string().contains("reason"), "{connection}");
    }
    for affiliate in &waiting {
        for desk in fine {
            assert_eq!(stage.ended(desk, affiliate).await["state"], "Succeeded", "{}", desk.slug);
        }
    }
    let letters = wait::until("the letters", 20, async || {
        let letters = stage.letters("crm_paused").await;
        (letters.len() >= broken.len()).then_some(letters)
    })
    .await;
    assert_eq!(letters.len(), broken.len(), "one for each connection");
    let calls: Vec<usize> = broken.iter().map(|desk| desk.count()).collect();
    for desk in broken {
        let syncs = stage.syncs(desk, &waiting[2]).await;
        assert!(syncs.iter().all(|sync| sync["finishedAt"].is_null()), "{}: {syncs:?}", desk.slug);
    }
    assert_eq!(calls, broken.iter().map(|desk| desk.count()).collect::<Vec<_>>(), "nothing is sent while it is paused");
    for desk in broken {
        desk.vendor.with(|vendor| *vendor = crm::of(desk.slug));
        let credentials = json!({"credentials": desk.vendor.with(|crm| crm.credentials())});
        let path = format!("/connections/{}", desk.connection);
        let answer = stage.api().patch(&path, &credentials).await;
        assert_eq!(answer.status, 200, "{}: {}", desk.slug, answer.text());
        assert_eq!(answer.json()["status"], "active", "{}", desk.slug);
    }
    for affiliate in &waiting {
        stage.arrive(affiliate).await;
    }
    for desk in broken {
        desk.holds("next-2@creators.test");
    }
    assert_eq!(stage.letters("crm_paused").await.len(), broken.len(), "and no letter more");
    assert!(text(&letters[0]["subject"]).len() > 5);
    stage.finish().await;
}
