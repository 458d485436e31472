//! Goal: the script for the brand's page is small and cached.
//! Method: loader.js is requested with its headers and compressed.

use std::io::Write;

use world::{client::browser::Browser, http::Request, shared_app::shared_app};

#[tokio::test(flavor = "multi_thread")]
async fn loader_is_served() {
    let world = shared_app().await;
    let mut browser = Browser::new(world.edge_base());
    let response = browser.get("/api/v1/r/loader.js").await.expect_status(200);
    assert!(response.header("content-type").unwrap().starts_with("text/javascript"), "{:?}", response.headers);
    assert!(response.text().contains("Rekomi"));
    let size = gzipped(&response.body);
    assert!(size <= 3 * 1024, "{size} bytes of gzip");
    let tag = response.header("etag").unwrap().to_owned();
    let again = browser.send(Request::get("/api/v1/r/loader.js").header("If-None-Match", &tag)).await;
    assert_eq!(again.status, 304);
}

/// By the system's own gzip.
fn gzipped(bytes: &[u8]) -> usize {
    let mut gzip = std::process::Command::new("gzip")
        .arg("-9c")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    gzip.stdin.take().unwrap().write_all(bytes).unwrap();
    gzip.wait_with_output().unwrap().stdout.len()
}
