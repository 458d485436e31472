//! Goal: every email fits into a mail program's pane and on a phone, in light and in dark, in every language, and can be read
//! by everyone.
//! Method: a real Chromium (`tests/pages/emails.mjs`) looks at the samples of `/dev/mail/samples`.

use std::process::Command;

use world::{World, settings};

#[tokio::test(flavor = "multi_thread")]
async fn each_fits_and_can_be_read() {
    let world = World::shared().await;
    let pictures = settings::folder();
    let looked = Command::new(settings::node())
        .arg(settings::root().join("tests/pages/emails.mjs"))
        .arg(world.ledger.base())
        .arg(&pictures)
        .env("REKOMI_TEST_CHROMIUM", settings::chromium())
        .output()
        .unwrap();
    let message = format!("{}{}", String::from_utf8_lossy(&looked.stdout), String::from_utf8_lossy(&looked.stderr));
    assert!(looked.status.success(), "pictures in {}:\n{message}", pictures.display());
    world.finish().await;
}
