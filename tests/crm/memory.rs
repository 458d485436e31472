//! Goal: what a sync finds out about an account isn't found out again by each sync after it.
//! Method: Ontraport, which takes tags by another method than the one that is tried first; the brand tests the
//! connection in between.

use serde_json::json;
use world::{
    crm_fixture::{ConnectedCrm, CrmFixture},
    fakes::crm::ontraport::Ontraport,
};

/// How often each method was tried.
fn tried(crm: &ConnectedCrm) -> (usize, usize) {
    let by = |method: &str| {
        crm.since(0).iter().filter(|line| line.method == method && line.path == "/1/objects/tag").count()
    };
    (by("PUT"), by("POST"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_method_is_not_tried_again_until_the_connection_is_tested() {
    let fixture = CrmFixture::with(vec![Box::new(Ontraport::by_post())], 200).await;
    let crm = &fixture.crms[0];
    for (number, expected) in [(1, (1, 1)), (2, (1, 2)), (3, (1, 3))] {
        let email = format!("comer-{number}@creators.test");
        let affiliate = fixture.approve_once("Next Comer", &email).await;
        fixture.arrive(&affiliate).await;
        crm.holds(&email);
        assert_eq!(tried(crm), expected);
    }
    let test = format!("/connections/{}/test", crm.connection);
    fixture.api().post(&test, &json!({})).await.expect_status(200);
    let affiliate = fixture.approve_once("Last Comer", "last@creators.test").await;
    fixture.arrive(&affiliate).await;
    assert_eq!(tried(crm), (2, 4), "the account may be another one now");
    fixture.finish().await;
}
