//! Goal: what needs no session is served to anyone: the start page leads to the dashboard, the icon and the stylesheets
//! are there, the API reference has its pages, and the health checks answer.
//! Method: requests without a cookie.
//! Routes: `/assets/{version}/{name}`, `/docs/{*path}`

use world::{World, http::Request};

#[tokio::test]
async fn anyone_reaches_it() {
    let world = World::shared().await;
    let base = world.ledger.base();
    let get = async |path: &str| Request::get(path).send(&base).await.unwrap();
    assert_eq!(get("/").await.expect_status(303).header("location"), Some("/dashboard"));
    assert_eq!(get("/favicon.ico").await.expect_status(200).header("content-type"), Some("image/svg+xml"));
    assert_eq!(get("/healthz").await.expect_status(200).json()["status"], "ok");
    assert_eq!(get("/readyz").await.expect_status(200).json()["status"], "ready");
    assert!(get("/security").await.expect_status(200).text().contains("<html"));
    let reference = get("/docs/api").await.expect_status(200).text();
    assert!(reference.contains("href=\"/docs/api/ref/affiliates\""));
    assert!(get("/docs/api/ref/affiliates").await.expect_status(200).text().contains("id=\"listAffiliates\""));
    assert!(get("/docs/api/changelog").await.expect_status(200).text().contains("API changelog"));
    assert_eq!(get("/docs/api/ref/ghosts").await.status, 404);
    let page = get("/login").await.expect_status(200).text();
    let start = page.find("/assets/").expect("a stylesheet");
    let sheet = page[start..].split('"').next().unwrap();
    assert_eq!(sheet.split('/').count(), 4, "version and name: {sheet}");
    get(sheet).await.expect_status(200);
    // No folder of the book is configured here.
    assert_eq!((get("/docs").await.status, get("/docs/index.html").await.status), (404, 404));
    world.finish().await;
}
