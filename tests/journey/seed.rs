//! Goal: the generated brand, which the pictures and the benchmarks of pages show, fits the tables and forms as they are.
//! Method: `xtask/scripts/seed.cjs` writes a few rows into the demo's organization, `brand.mjs` dresses it through the API
//! and the pages, and the dashboard shows both. The rows have no events behind them, so the book isn't replayed.

use std::{ffi::OsString, process::Command};

use serde_json::json;
use world::{Plan, organization_fixture::owner, settings};

fn run(script: &str, arguments: &[OsString]) {
    let ran = Command::new(settings::node())
        .arg(settings::root().join("xtask/scripts").join(script))
        .args(arguments)
        .current_dir(settings::root())
        .output()
        .unwrap();
    let message = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{script}: {message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generated_brand_fills_the_pages() {
    let world = Box::pin(Plan::default().ledger_setting("REKOMI_RATE_LIMIT_PER_MINUTE", "0").start()).await;
    let database = world.database.server.owner_url(&world.database.name);
    let organization = world.demo["organization"]["id"].as_str().unwrap();
    run("seed.cjs", &[&database, organization, "12000", "1200"].map(OsString::from));
    let mut state = world.demo.clone();
    state["ledger"] = json!(world.ledger.base());
    state["databaseOwnerUrl"] = json!(database);
    let file = settings::folder().join("state.json");
    std::fs::write(&file, state.to_string()).unwrap();
    run("brand.mjs", &[file.into_os_string()]);

    let mut marketer = owner(&world).await;
    let page = marketer.browser.get("/dashboard?span=12m").await.expect_status(200).text();
    assert!(page.contains("data-figure=\"clicks\"") && !page.contains("data-figure=\"clicks\">0<"), "{page}");
    let list = marketer.browser.get("/dashboard/affiliates?sort=-revenue").await.expect_status(200).text();
    assert!(list.contains("maya@creators.test"), "{list}");
    assert_eq!(world.database.count("select count(*) from clicks").await, 12_000);
    assert!(world.database.count("select count(*) from payouts").await > 0);
}
