//! Goal: whichever call of a sync fails, in whatever way, the sync gets there in the end, and no write that went through
//! before is sent again.
//! Method: every vendor's sync is counted once; then for each of its calls in turn one more affiliate is approved, and that
//! call is answered once by 500, by a web page, or by half an answer after it was done. The calls must be those of a sync
//! without trouble, and the one that failed twice; before a write is sent again, the person may be looked up again.

use serde_json::Value;
use world::{
    crm_fixture::{ConnectedCrm, CrmFixture, Line},
    fakes::Mood,
};

/// Looks that a write with consent rests on, at most: they are made again.
const LOOKS: usize = 3;

/// What each vendor was asked for a sync in which nothing went wrong, once its tags are there.
pub(super) async fn usual(fixture: &CrmFixture) -> Vec<Vec<Line>> {
    let first = fixture.approve_once("First Comer", "first@creators.test").await;
    fixture.arrive(&first).await;
    let before: Vec<usize> = fixture.crms.iter().map(ConnectedCrm::count).collect();
    let second = fixture.approve_once("Usual Comer", "usual@creators.test").await;
    fixture.arrive(&second).await;
    fixture.crms.iter().zip(before).map(|(crm, before)| crm.since(before)).collect()
}

fn methods(lines: &[Line]) -> Vec<&str> {
    lines.iter().map(|line| line.method.as_str()).collect()
}

async fn each_call_in_turn(mood: Mood) {
    let fixture = CrmFixture::all().await;
    let usual = usual(&fixture).await;
    let most = usual.iter().map(Vec::len).max().unwrap();
    for nth in 0..most {
        let before: Vec<usize> = fixture.crms.iter().map(ConnectedCrm::count).collect();
        for (crm, usual) in fixture.crms.iter().zip(&usual) {
            if nth < usual.len() {
                crm.vendor.nth("", nth, mood.clone());
            }
        }
        let email = format!("nth{nth}@creators.test");
        let affiliate = fixture.approve_once("Nth Comer", &email).await;
        fixture.arrive(&affiliate).await;
        for ((crm, usual), before) in fixture.crms.iter().zip(&usual).zip(before) {
            crm.vendor.recover();
            crm.holds(&email);
            if nth >= usual.len() {
                continue;
            }
            let mut made = crm.since(before);
            let what = format!("{}: call {nth} ({} {}) under {mood:?}", crm.slug, usual[nth].method, usual[nth].path);
            let mut expected = usual.clone();
            expected.insert(nth, usual[nth].clone());
            let failed = made.get(nth).cloned();
            let is_write = !usual[nth].looks();
            if !matches!(mood, Mood::Breaks) {
                let mut next = made.iter().skip(nth + 1).filter(|line| !is_write || !line.looks());
                assert_eq!(failed.as_ref(), next.next(), "{what}: the very same call");
            }
            // Time has passed, or it was done and isn't known: looking again is allowed, writing more than that one call isn't.
            assert!(matches!(mood, Mood::Breaks) || made.len() <= expected.len() + LOOKS, "{what}: {made:?}");
            made.retain(|line| !line.looks());
            expected.retain(|line| !line.looks());
            if matches!(mood, Mood::Breaks) {
                // A person found there now is updated where they were created before, and not joined a second time.
                assert!(made.len() <= expected.len(), "{what}: {made:?}");
            } else {
                assert_eq!(methods(&made), methods(&expected), "{what}");
            }
            let syncs = fixture.syncs(crm, &affiliate).await;
            assert_eq!(syncs.len(), 1, "{what}");
            let details = fixture.details(&syncs[0]).await;
            let attempts =
                details["steps"].as_array().unwrap().iter().flat_map(|step| step["attempts"].as_array().unwrap());
            let failed: Vec<&Value> = attempts.filter(|attempt| attempt["code"].is_string()).collect();
            assert_eq!(failed.len(), 1, "{what}: {details}");
        }
    }
    let there = most + 2;
    for crm in &fixture.crms {
        assert_eq!(crm.vendor.with(|crm| crm.contacts()), there, "{}: nobody twice", crm.slug);
    }
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn server_errors() {
    each_call_in_turn(Mood::Says(500, Value::Null)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_page_instead_of_an_answer() {
    each_call_in_turn(Mood::Garbage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn done_and_the_answer_lost() {
    each_call_in_turn(Mood::Breaks).await;
}
