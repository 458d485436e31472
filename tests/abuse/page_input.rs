//! Goal: what no page can be asked for is refused by a page, in words and with a way back, and never by raw JSON.
//! Method: parameters that are too long, hold a NUL or come twice, on pages of each kind; the API's answer stays JSON.

use world::{World, client::dashboard::Marketer};

#[tokio::test]
async fn what_cant_be_asked_is_refused_by_a_page() {
    let world = World::shared().await;
    let mut owner = Marketer::new(&world.ledger.base());
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    let long = "a".repeat(501);
    for (path, name) in [
        ("/dashboard", "span"),
        ("/dashboard/review", "done"),
        ("/dashboard/affiliates", "q"),
        ("/dashboard/conversions", "cursor"),
        ("/dashboard/settings/audit-log", "target"),
        ("/dashboard/search", "q"),
        ("/dashboard/figures.csv", "span"),
        ("/account", "done"),
        ("/account/notifications", "done"),
    ] {
        for query in [format!("{name}={long}"), format!("{name}=a%00b"), format!("{name}=a&{name}=b")] {
            let refused = owner.browser.get(&format!("{path}?{query}")).await;
            assert_eq!(refused.status, 400, "{path}?{query}");
            assert_eq!(refused.header("content-type"), Some("text/html; charset=utf-8"), "{path}?{query}");
            let text = refused.text();
            assert!(text.contains("That didn’t work") && text.to_lowercase().contains(name), "{path}?{query}: {text}");
        }
    }
    let refused = world.api().get(&format!("/affiliates?status={long}")).await;
    assert_eq!(refused.field_refusal(), (400, "validation_failed".to_owned(), "status".to_owned()));
    world.finish().await;
}

#[tokio::test]
async fn a_path_that_cant_be_stored_is_no_page() {
    let world = World::shared().await;
    let mut owner = Marketer::new(&world.ledger.base());
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    for path in ["/p/a%00b", "/network/%00", "/network/from/%00/x", "/dashboard/affiliates/%00"] {
        let missing = owner.browser.get(path).await;
        assert_eq!((missing.status, missing.header("content-type")), (404, Some("text/html; charset=utf-8")), "{path}");
        assert!(missing.text().contains("nothing at this address"), "{path}");
    }
    assert_eq!(world.api().get("/customers/%00").await.refusal(), (404, "not_found".to_owned()));
    world.finish().await;
}
