//! Goal: the API reference shows one language at a time, finds every operation, and sends requests with a test key only;
//! without a script, all examples can be read.
//! Method: `tests/pages/reference.mjs` in a real Chromium opens `/docs/api`, `/docs/api/ref/coupons` and
//! `/docs/api/changelog`.

use std::process::{Command, Stdio};

use world::{World, settings};

#[tokio::test]
async fn in_a_real_browser() {
    let world = World::start().await;
    let pictures = settings::folder();
    let output = Command::new(settings::node())
        .arg(settings::root().join("tests/pages/reference.mjs"))
        .arg(world.ledger.base())
        .arg(&pictures)
        .env("REKOMI_TEST_CHROMIUM", settings::chromium())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "pictures in {}", pictures.display());
    world.finish().await;
}
