//! Goal: what pages are made of looks as it was agreed, in each of its states.
//! Method: a real Chromium (`tests/pages/components.mjs`) compares `/dev/components` with the pictures of
//! `tests/fixtures/components`, on a wide screen and at a phone's width, in light and in dark. After a change
//! of how something looks, run it once with `REKOMI_TEST_UPDATE=1` and commit the pictures.

use std::process::Command;

use world::{World, settings};

#[tokio::test(flavor = "multi_thread")]
async fn each_component_looks_as_agreed() {
    let world = World::shared().await;
    let pictures = settings::folder();
    let looked = Command::new(settings::node())
        .arg(settings::root().join("tests/pages/components.mjs"))
        .arg(world.ledger.base())
        .arg(settings::root().join("tests/fixtures/components"))
        .arg(&pictures)
        .env("REKOMI_TEST_CHROMIUM", settings::chromium())
        .output()
        .unwrap();
    let message = format!("{}{}", String::from_utf8_lossy(&looked.stdout), String::from_utf8_lossy(&looked.stderr));
    assert!(looked.status.success(), "pictures in {}:\n{message}", pictures.display());
    world.finish().await;
}
