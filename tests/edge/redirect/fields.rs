//! Goal: a click's event says what its own request sent, and nothing of the request before it.
//! Method: clicks on one link, one after the other: with many headers, with few, with a long one, and with other
//! characters than ASCII.

use world::{
    client::browser::{Browser, parameter},
    http::Request,
    shared_app::shared_app,
    wait,
};

const REFERRER: &str = "https://www.youtube.com/watch?v=9bZkp7q19f0";

/// Follows the link to a path of its own; returns the token.
async fn follow(edge: &str, landing: &str, cookie: &str, referrer: &str) -> String {
    let mut request = Request::get(&format!("/lauren/{landing}"));
    for (name, value) in [("Cookie", cookie), ("Referer", referrer)] {
        if !value.is_empty() {
            request = request.header(name, value);
        }
    }
    let response = Browser::new(edge).send(request).await.expect_status(302);
    assert!(response.header("location").unwrap().contains(landing), "{landing}");
    parameter(&response, "rk").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_click_has_its_own_fields() {
    let world = shared_app().await;
    let edge = world.edge_base();
    // The first one brings the link into the isolate's memory.
    let cookie = format!("_rkmi={}", follow(&edge, "own-first", "", "").await);
    follow(&edge, "own-many", &cookie, REFERRER).await;
    follow(&edge, "own-few", "", "").await;
    // Longer than the memory that the entry module writes to.
    follow(&edge, "own-long", &format!("x={}; {cookie}", "y".repeat(17_000)), "").await;
    follow(&edge, "own-characters", &format!("x=\u{fc}; {cookie}"), REFERRER).await;
    follow(&edge, "own-last", "", "").await;
    for (landing, referrer, previous) in [
        ("own-many", "= 'www.youtube.com'", "is not null"),
        ("own-few", "is null", "is null"),
        ("own-long", "is null", "is not null"),
        ("own-characters", "= 'www.youtube.com'", "is not null"),
        ("own-last", "is null", "is null"),
    ] {
        let query = format!(
            "select count(*) from clicks where landing like '%/{landing}' and referrer_host {referrer}
             and previous {previous}"
        );
        wait::until(landing, 30, async || (world.database.count(&query).await == 1).then_some(())).await;
    }
    world.check().await;
}
