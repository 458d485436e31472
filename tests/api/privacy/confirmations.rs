//! Goal: what an AI assistant requested about someone goes with them.
//! Method: an assistant requests to invite two people; one of them, who is a customer, is erased.

use serde_json::json;
use world::{
    World,
    brand::But,
    mcp_fixture::{Assistant, connect},
    organization_fixture::owner,
};

use super::{customer_of, erase};

#[tokio::test]
async fn a_confirmation_that_names_someone_goes_with_them() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let sale = world.acme.sale("first", 4_000).but(|report| report.customer_email = Some("ann@quxmail.test".into()));
    world.intake().accept(&[sale]).await;
    let (_, token) = connect(&world, &mut owner, "Helper", "change").await;
    let helper = Assistant::new(world.ledger.base(), &token);
    let requested = async |email: &str| {
        let people = json!({"programId": world.acme.program.to_string(), "affiliates": [{"email": email}]});
        helper.to_confirm("bulk_invite_affiliates", people).await
    };
    let (hers, of_others) = (requested("Ann+shop@quxmail.test").await, requested("joann@quxmail.test").await);
    assert!(owner.browser.get(&hers).await.expect_status(200).text().contains("quxmail.test"));
    let ann = customer_of(&world, "ann@quxmail.test").await;
    erase(&world, &format!("/customers/{ann}")).await;
    assert_eq!(owner.browser.get(&hers).await.status, 404);
    owner.browser.get(&of_others).await.expect_status(200);
    world.finish().await;
}
