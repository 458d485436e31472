//! Goal: a brand's own program works with the typed client: it lists, creates once, pages, reads errors as objects, and
//! waits as long as it is told to.
//! Method: Node runs `tests/programs/client.mjs` with the generated client against the real ledger; the objects that it
//! created are counted here.

use std::process::Command;

use serde_json::Value;
use world::{World, settings};

#[tokio::test(flavor = "multi_thread")]
async fn a_program_of_the_brand() {
    let world = World::start().await;
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
