//! Goal: the account pages, the portal's first pages and the emails can be used without a script, at a phone's width
//! too.
//! Method: `tests/pages/account.mjs` in a real Chromium goes from signing up to two-step sign-in and into the portal.

use std::process::{Command, Stdio};

use world::{World, settings};

#[tokio::test]
async fn in_a_real_browser() {
    let world = World::start().await;
    let pictures = settings::folder();
    let output = Command::new(settings::node())
        .arg(settings::root().join("tests/pages/account.mjs"))
        .arg(world.ledger.base())
        .arg(&pictures)
        .arg(world.demo["affiliate"]["email"].as_str().unwrap())
        .env("REKOMI_TEST_CHROMIUM", settings::chromium())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "pictures in {}", pictures.display());
    println!("pictures in {}", pictures.display());
    world.finish().await;
}
