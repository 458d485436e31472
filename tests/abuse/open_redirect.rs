//! Goal: whatever a click's address holds, the visitor lands on the destination's own origin, no header is split, and no
//! answer is a 500.
//! Method: raw request lines, sent byte for byte to the real edge, below a known slug, below an unknown one, and on their
//! own; every `Location` is taken apart again.

use world::{client::browser::USER_AGENT, http::Request, shared_app::shared_app};

const TRICKS: [&str; 34] = [
    "//evil.test",
    "///evil.test",
    "/\\evil.test",
    "/\\/evil.test",
    "\\\\evil.test",
    "https:evil.test",
    "https://evil.test",
    "https:/evil.test",
    "@evil.test",
    "user:password@evil.test",
    "%2f%2fevil.test",
    "%2F%2Fevil.test/%2e%2e",
    "%252f%252fevil.test",
    "%5cevil.test",
    "%5c%5cevil.test",
    "%09//evil.test",
    "%0d%0aLocation:%20https://evil.test",
    "%0d%0aSet-Cookie:%20a=b",
    "%0aLocation:https://evil.test",
    "%E5%98%8A%E5%98%8DLocation:https://evil.test",
    "..//evil.test",
    "../../evil.test",
    "%2e%2e/%2e%2e//evil.test",
    "..;/evil.test",
    "./evil.test",
    "%00//evil.test",
    "?next=https://evil.test",
    "?url=//evil.test&redirect=https://evil.test&destination=https://evil.test",
    "?via=x%0d%0aLocation:https://evil.test",
    "#@evil.test",
    "a/b/../../../../evil.test",
    "javascript:alert(1)",
    "data:text/html,x",
    "%",
];

/// Scheme and authority of a `Location`.
fn origin(location: &str) -> String {
    let (scheme, rest) = location.split_once("://").unwrap_or(("", location));
    format!("{scheme}://{}", rest.split(['/', '?', '#', '\\']).next().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_trick_stays_at_home() {
    let world = shared_app().await;
    // The demo's link leads to the ledger's own fake server for a brand's site; unknown links lead to the host's home.
    let homes = [world.ledger.base(), "https://acme.test".to_owned()];
    for trick in TRICKS {
        for target in
            [format!("/lauren/{trick}"), format!("/lauren{trick}"), format!("/nobody/{trick}"), format!("/{trick}")]
        {
            let request = Request::get(&target).header("User-Agent", USER_AGENT);
            let response = request.send(&world.edge_base()).await.unwrap();
            assert!(matches!(response.status, 302 | 400 | 404), "{target}: {}", response.status);
            let names: Vec<&str> = response.headers.iter().map(|(name, _)| name.as_str()).collect();
            let set = response.header("set-cookie").unwrap_or("_rkmi=");
            assert!(set.starts_with("_rkmi="), "{target}: {set} among {names:?}");
            if response.status == 302 {
                let location = response.header("location").unwrap();
                assert!(homes.contains(&origin(location)), "{target} leads to {location}");
                assert!(!location.contains(['\r', '\n', '\\', ' ']), "{target}: {location:?}");
                let path = location.splitn(4, '/').nth(3).unwrap_or_default();
                assert!(!path.starts_with('/'), "{target}: {location}");
            } else {
                assert_eq!(response.header("location"), None, "{target}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn absurd_requests_are_no_500() {
    let world = shared_app().await;
    let long = "a".repeat(6_000);
    for target in [
        format!("/{long}"),
        format!("/lauren/{long}"),
        format!("/lauren?{long}"),
        "/%ff%fe".to_owned(),
        "/lauren/%ff".to_owned(),
        "/l%61uren".to_owned(),
        "/*".to_owned(),
    ] {
        let response =
            Request::get(&target).header("User-Agent", &"x".repeat(3_000)).send(&world.edge_base()).await.unwrap();
        assert!(response.status < 500, "{}: {}", &target[..target.len().min(60)], response.status);
    }
    for (name, value) in
        [("Host", "evil.test"), ("Host", "a_b"), ("X-Forwarded-Host", "evil.test"), ("Forwarded", "host=evil.test")]
    {
        let response = Request::get("/lauren")
            .header(name, value)
            .header("User-Agent", USER_AGENT)
            .send(&world.edge_base())
            .await
            .unwrap();
        assert!(response.status < 500, "{name}: {value}");
        assert!(!response.header("location").unwrap_or_default().contains("evil.test"), "{name}: {value}");
    }
}
