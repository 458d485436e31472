//! Goal: a reader can follow `docs/integrations/crm-automations.md` as it is written.
//! Method: a shell runs its commands one after the other; their output is compared.

use std::process::Command;

use world::{World, settings};

const PAGE: &str = include_str!("../../../docs/integrations/crm-automations.md");

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_page() {
    let world = World::start().await;
    let blocks = PAGE.split("```sh\n").skip(1).map(|rest| rest.split("\n```").next().expect("a fence's end"));
    let script = blocks.collect::<Vec<_>>().join("\n\n");
    let node = settings::node();
    let places = [settings::root().join("tests/fixtures/quickstart"), node.parent().unwrap().to_owned()];
    let path = places.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(":");
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", &script]).current_dir(settings::folder());
    shell.env("PATH", format!("{path}:{}", std::env::var("PATH").unwrap_or_default()));
    shell.env("REKOMI", world.ledger.base()).env("REKOMI_API_KEY", &world.acme.api_key);
    let output = tokio::task::spawn_blocking(move || shell.output().unwrap()).await.unwrap();
    let message = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{message}{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<&str> = message.lines().collect();
    let expected = [
        "invited",
        "already",
        "enterprise",
        "raised",
        "30% of each sale",
        "already",
        "deal-1",
        "7970",
        "nothing",
        "unknown",
    ];
    assert_eq!(lines, expected);
    world.check().await;
    world.finish().await;
}
