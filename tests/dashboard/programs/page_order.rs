//! Goal: the blocks of a program page are ordered by dragging and by keyboard, each move is announced, and the form sends
//! the order as it does without a script. Mistakes are listed by their labels.
//! Method: a real Chromium with little motion, and one without a script (`tests/pages/program_page.mjs`).

use std::process::{Command, Stdio};

use world::{World, settings};

#[tokio::test]
async fn blocks_are_dragged_in_a_real_browser() {
    let world = World::start().await;
    let owner = |field: &str| world.demo["owner"][field].as_str().unwrap().to_owned();
    let pictures = settings::folder();
    let output = Command::new(settings::node())
        .arg(settings::root().join("tests/pages/program_page.mjs"))
        .args([world.ledger.base(), owner("email"), owner("password")])
        .arg(&pictures)
        .args([world.acme.program.to_string(), "acme".to_owned()])
        .env("REKOMI_TEST_CHROMIUM", settings::chromium())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "pictures in {}", pictures.display());
    println!("pictures in {}", pictures.display());
    world.finish().await;
}
