//! Goal: the portal can be installed as an app of the brand, and what the app keeps is nobody's.
//! Method: an affiliate's browser reads what the page names; `tests/pages/offline.mjs` runs the service worker.

use std::process::Command;

use serde_json::Value;
use world::{World, client::dashboard::Marketer, http::Request, settings};

use crate::fixture::enter;

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_is_an_app_of_the_brand() {
    let world = World::shared().await;
    let organization = world.acme.organization.uuid();
    let color = format!("update organizations set brand_color = '#7c3aed' where organization_id = '{organization}'");
    world.database.run(&color).await;
    let email = world.demo["affiliate"]["email"].as_str().unwrap();
    let mut browser = enter(&world, email).await;
    let home = browser.browser.get("/a").await.expect_status(200);
    let policy = home.header("content-security-policy").unwrap();
    assert!(policy.contains("manifest-src 'self'") && policy.contains("worker-src 'self'"), "{policy}");
    let text = home.text();
    assert!(
        text.contains("rel=\"manifest\" href=\"/a/manifest.webmanifest\" crossorigin=\"use-credentials\""),
        "{text}"
    );

    let manifest = browser.browser.get("/a/manifest.webmanifest").await.expect_status(200);
    assert_eq!(manifest.header("content-type"), Some("application/manifest+json"));
    let manifest: Value = manifest.json();
    assert_eq!((&manifest["theme_color"], &manifest["scope"]), (&Value::from("#7c3aed"), &Value::from("/a")));
    assert!(text.contains(manifest["name"].as_str().unwrap()), "{manifest}");
    let icons = manifest["icons"].as_array().unwrap();
    assert_eq!(icons.len(), 4);
    for icon in icons {
        let picture = browser.browser.get(icon["src"].as_str().unwrap()).await.expect_status(200);
        assert_eq!(picture.header("content-type"), icon["type"].as_str(), "{icon}");
    }
    for bad in ["/assets/icon/7c3aed-41-5000.png", "/assets/icon/7c3aed-3c.svg", "/assets/icon/none"] {
        browser.browser.get(bad).await.expect_status(404);
    }

    // What the service worker keeps is there for everybody, and the same for everybody.
    let mut stranger = Marketer::new(&world.ledger.base());
    assert_eq!(stranger.browser.get("/a/manifest.webmanifest").await.status, 303);
    let worker = stranger.browser.get("/a/sw.js").await.expect_status(200);
    assert_eq!(worker.header("service-worker-allowed"), Some("/a"));
    assert!(worker.header("content-security-policy").unwrap().contains("connect-src 'self'"));
    let worker = worker.text();
    let files = worker.split_once("FILES = ").unwrap().1.split_once(";\n").unwrap().0;
    let files: Vec<String> = serde_json::from_str(files).unwrap();
    assert_eq!((files.len(), files[0].as_str()), (6, "/a/offline"));
    for file in &files {
        let own = browser.browser.get(file).await.expect_status(200);
        let foreign = stranger.browser.get(file).await.expect_status(200);
        assert_eq!(own.body, foreign.body, "{file}");
    }
    let request = Request::get("/a/offline").header("Accept-Language", "de");
    let offline = stranger.browser.send(request).await.expect_status(200).text();
    assert!(offline.contains("Du bist offline") && !offline.contains("manifest"), "{offline}");
    world.finish().await;
}

#[test]
fn nothing_about_a_person_is_kept() {
    let script = settings::root().join("tests/pages/offline.mjs");
    let ran = Command::new(settings::node()).arg(script).output().unwrap();
    assert!(ran.status.success(), "{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
}
