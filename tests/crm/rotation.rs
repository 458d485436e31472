//! Goal: of refresh tokens that work once, the newest is used and none twice, also by a ledger that was started anew; if one
//! is lost, the connection is paused and says why, and connecting again helps.
//! Method: AWeber's fake server, which refuses a token that was used; the ledger is killed, or an answer is lost.

use serde_json::json;
use world::{
    crm_fixture::{ConnectedCrm, CrmFixture},
    fakes::{Mood, crm},
    wait,
};

const AWEBER: &str = "aweber";
const LOGIN: &str = "POST /oauth2/token";

/// The refresh tokens with which the ledger logged in, in order.
fn tokens(crm: &ConnectedCrm) -> Vec<String> {
    let logins = crm.vendor.calls().into_iter().filter(|call| call.line() == LOGIN);
    logins.filter_map(|call| Some(call.form()?[1].1.clone())).collect()
}

fn expected(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("canary0aweber0refresh{number}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_ledger_goes_on_with_the_newest_token() {
    let mut fixture = CrmFixture::of(&[AWEBER]).await;
    for restart in 0..3 {
        let email = format!("comer-{restart}@creators.test");
        let affiliate = fixture.approve_once("Lauren Vale", &email).await;
        fixture.arrive(&affiliate).await;
        fixture.crm(AWEBER).holds(&email);
        // One for the test call and the picker, which the syncs share; then one for each ledger.
        assert_eq!(tokens(fixture.crm(AWEBER)), expected(restart + 1));
        fixture.world.ledger.kill();
        fixture.leases_end().await;
        fixture.world.ledger.start().await;
    }
    let sealed = fixture.world.database.texts("select sealed_token from crm_refresh_tokens").await;
    assert_eq!(sealed.len(), 1);
    assert!(sealed[0][0].starts_with("rksealed_"), "{sealed:?}");
    let path = format!("/connections/{}", fixture.crm(AWEBER).connection);
    fixture.api().delete(&path).await.expect_status(204);
    assert_eq!(fixture.world.database.count("select count(*) from crm_refresh_tokens").await, 0);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_lost_pauses_and_says_so() {
    let mut fixture = CrmFixture::of(&[AWEBER]).await;
    fixture.world.ledger.kill();
    fixture.leases_end().await;
    // The vendor replaces the token, and nobody learns of the new one.
    fixture.crm(AWEBER).vendor.once(LOGIN, Mood::Breaks);
    fixture.world.ledger.start().await;
    let affiliate = fixture.approve_once("Lauren Vale", "vale@creators.test").await;
    let crm = fixture.crm(AWEBER);
    let paused = wait::until("the pause", 30, async || {
        let connection = fixture.connection(crm).await;
        (connection["status"] == "paused").then_some(connection)
    })
    .await;
    assert!(paused.to_string().contains("interrupted"), "{paused}");
    let emails = wait::until("the email", 20, async || {
        let emails = fixture.emails("crm_paused").await;
        (!emails.is_empty()).then_some(emails)
    })
    .await;
    assert_eq!(emails.len(), 1);
    assert!(!fixture.world.ledger.log().contains("canary0aweber0"), "no token is logged");
    crm.vendor.with(|vendor| *vendor = crm::of(AWEBER));
    let credentials = json!({"credentials": crm.vendor.with(|crm| crm.credentials())});
    let path = format!("/connections/{}", crm.connection);
    let answer = fixture.api().patch(&path, &credentials).await.expect_status(200).json();
    assert_eq!(answer["status"], "active", "{answer}");
    fixture.arrive(&affiliate).await;
    crm.holds("vale@creators.test");
    fixture.finish().await;
}
