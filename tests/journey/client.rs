//! Goal: a brand's own program works with the typed client: it lists, creates once, pages, reads errors as objects, and
//! waits as long as it is told to; and its server reports signed sales to the edge.
//! Method: Node runs `tests/programs/client.mjs` with the generated client against the real ledger, and
//! `tests/programs/edge_client.mjs` against the real edge; what they created is read here.

use std::process::Command;

use serde_json::Value;
use world::{
    World, settings,
    shared_app::{name, shared_app},
    wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_program_of_the_brand() {
    let world = World::shared().await;
    let output = Command::new(settings::node())
        .arg(settings::root().join("tests/programs/client.mjs"))
        .args([world.ledger.base(), world.acme.api_key.clone(), world.acme.program.to_string()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["affiliates"], 6, "five and the demo's own");
    let acme = world.acme.organization.uuid();
    let count = async |what: &str| {
        world.database.count(&format!("select count(*) from {what} and organization_id = '{acme}'")).await
    };
    assert_eq!(count("affiliates where email like 'creator-%' or email like 'patient@%'").await, 6);
    assert_eq!(count("links where destination = 'https://acme.test/pricing'").await, 2);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_the_brand() {
    let world = shared_app().await;
    let order = name("typed");
    let mut server = Command::new(settings::node());
    server.arg(settings::root().join("tests/programs/edge_client.mjs")).arg(world.edge_base());
    server.args([&world.acme.api_key, &world.acme.signing_secret, &order, &world.acme.partner.slug]);
    let output = tokio::task::block_in_place(|| server.output()).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let api = world.api();
    wait::until("the sale and its refund", 20, async || {
        let (conversion, commissions) = api.booked(&order).await?;
        (conversion["refundedCents"] == 4_950 && commissions[0]["amountCents"] == 990).then_some(())
    })
    .await;
    assert_eq!(api.all(&format!("/conversions?externalEventId={order}")).await.len(), 1);
    assert_eq!(api.booked(&format!("{order}-wrong")).await, None);
    world.check().await;
}
