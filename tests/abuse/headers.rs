//! Goal: no answer can be framed, sniffed, cached where it is personal, or run what isn't ours; what the security file says
//! is well formed.
//! Method: every GET route of the router's own table is asked, signed in and not; the headers of each answer are looked at.

use serde_json::Value;
use world::{
    Plan, World,
    client::dashboard::Marketer,
    http::{Request, Response},
    settings,
};

/// The routes as the router's source names them, with an id in each place that takes one.
fn routes() -> Vec<String> {
    let source = settings::router_source(false);
    let paths = source.split('"').filter(|text| text.starts_with('/') && !text.contains(char::is_whitespace));
    let mut routes: Vec<String> = paths
        .map(|path| {
            path.replace("{id}", "com_01kdvdna00fec9rpb7dk6gd3hy")
                .replace("{version}", "x")
                .replace("{name}", "rekomi.css")
        })
        // A stream has no end.
        .filter(|path| !path.contains('{') && path != "/dashboard/events")
        .collect();
    routes.sort();
    routes.dedup();
    assert!(routes.len() > 20, "{routes:?}");
    routes
}

fn check(path: &str, answer: &Response) {
    let header = |name: &str| answer.header(name).unwrap_or_default().to_owned();
    assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
    assert!(!header("permissions-policy").is_empty(), "{path}");
    assert!(["same-origin", "no-referrer"].contains(&header("referrer-policy").as_str()), "{path}");
    let policy = header("content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
    assert!(!policy.contains("unsafe-inline") && !policy.contains("unsafe-eval"), "{path}: {policy}");
    if path != "/dev/landing" {
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
    }
    if header("content-type").starts_with("text/html") && path != "/dev/landing" {
        assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(header("x-frame-options"), "DENY", "{path}");
        if path.starts_with("/dashboard") || path.starts_with("/account") {
            assert_eq!(header("cache-control"), "no-store", "{path}");
        }
        let text = answer.text();
        assert!(!text.contains("<style") && !text.contains(" style=\"") && !text.contains(" onclick="), "{path}");
        assert!(!text.contains("<script>"), "{path}");
    }
}

#[tokio::test]
async fn every_answer_is_fenced_in() {
    let world = World::shared().await;
    let base = world.ledger.base();
    let mut dashboard = Marketer::new(&base);
    dashboard.sign_in(&world.demo["owner"]).await;
    for path in routes() {
        check(&path, &Request::get(&path).send(&base).await.unwrap());
        check(&path, &dashboard.browser.send(Request::get(&path)).await);
    }
    for path in ["/affiliates", "/commissions", "/conversions", "/consents", "/privacy/retention"] {
        let answer = world.api().get(path).await.expect_status(200);
        check(path, &answer);
        let caching = answer.header("cache-control").unwrap_or_default();
        assert!(caching.contains("no-store") || caching.contains("private"), "{path}: {caching}");
    }
    world.finish().await;
}

#[tokio::test]
async fn behind_https_browsers_stay_there_and_signing_out_forgets() {
    let world = Plan::default().ledger_setting("REKOMI_PUBLIC_URL", "https://rekomi.acme.test").start().await;
    let base = world.ledger.base();
    let answer = Request::get("/status").send(&base).await.unwrap();
    assert!(answer.header("strict-transport-security").unwrap_or_default().starts_with("max-age=31536000"));
    let left = Request::new("POST", "/logout").send(&base).await.unwrap();
    assert_eq!(left.header("clear-site-data"), Some("\"cache\", \"storage\""));
    let file = Request::get("/.well-known/security.txt").send(&base).await.unwrap().expect_status(200);
    assert_eq!(file.header("content-type"), Some("text/plain; charset=utf-8"));
    let text = file.text();
    for line in [
        "Contact: mailto:security@rekomi.acme.test\n",
        "Expires: ",
        "Canonical: https://rekomi.acme.test/.well-known/security.txt\n",
        "Policy: https://rekomi.acme.test/security\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let other = Request::get("/security.txt").send(&base).await.unwrap();
    assert_eq!((other.status, other.header("location")), (308, Some("/.well-known/security.txt")));
    let status: Value = Request::get("/api/status").send(&base).await.unwrap().json();
    assert!(status["components"].is_array());
    world.finish().await;
}
