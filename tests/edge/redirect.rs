//! Goal: each host answers its own organization's links, whatever the visitor sends along; visitors of unknown links
//! get a page.
//! Method: known, unknown and deep links on the hosts of both organizations and on unknown hosts; HEAD, prefetch and
//! bots; links of two programs on one host.

mod fields;
mod gpc;

use serde_json::json;
use world::{
    client::browser::{Browser, parameter},
    http::Request,
    shared_app::{backend, booked, name, shared_app},
    site_fixture::Site,
    wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn each_organization_has_its_own() {
    let world = shared_app().await;
    let port = world.edge_base().rsplit(':').next().unwrap().to_owned();
    let globex = format!("globex.localhost:{port}");
    let mut acme_browser = Browser::new(world.edge_base());
    let mut globex_browser = Browser::new(world.edge_base()).at_host(&globex);
    assert!(acme_browser.get("/lauren").await.header("location").unwrap().contains("via=lauren"));
    assert!(
        acme_browser.get("/LAUREN").await.header("location").unwrap().contains("via=lauren"),
        "slugs are the same in either case"
    );
    assert!(globex_browser.get("/hank").await.header("location").unwrap().contains("via=hank"));
    for (host, target, home) in [
        (&world.acme.partner.host, "/hank", "https://acme.test/"),
        (&globex, "/lauren", "https://globex.test/"),
        (&globex, "/", "https://globex.test/"),
    ] {
        let mut browser = Browser::new(world.edge_base()).at_host(host);
        let response = browser.get(target).await.expect_status(302);
        assert_eq!(response.header("location"), Some(home), "unknown links lead home");
        assert_eq!(response.header("set-cookie"), None);
    }
    let nobody = Browser::new(world.edge_base()).at_host("nobody.example").get("/lauren").await;
    assert_eq!(nobody.status, 404);
    assert!(nobody.header("content-type").unwrap().starts_with("text/html"));
}

/// Another platform's links on a domain that leads to us now.
#[tokio::test(flavor = "multi_thread")]
async fn the_root_reads_other_platforms_parameters() {
    let world = shared_app().await;
    let mut browser = Browser::new(world.edge_base());
    for query in ["via=lauren", "utm_source=x&fpr=Lauren", "r=nobody-here&ref=lauren", "gspk=bGF1cmVu"] {
        let response = browser.get(&format!("/?{query}")).await.expect_status(302);
        let location = response.header("location").unwrap();
        assert!(location.contains("via=lauren&rk=rkc_"), "{query}: {location}");
    }
    for target in ["/?ref=nobody-here", "/?fpr=a%2Fb", "/?partner=lauren", "/"] {
        let response = browser.get(target).await.expect_status(302);
        assert_eq!((response.header("location"), response.header("set-cookie")), (Some("https://acme.test/"), None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_looks_is_redirected_but_not_counted() {
    let world = shared_app().await;
    let partner = &world.acme.partner;
    let count = |class: &str| {
        format!("select count(*) from clicks where affiliate_id = '{}' and class = '{class}'", partner.affiliate.uuid())
    };
    for (request, class) in [
        (Request::new("HEAD", "/lauren"), "head"),
        (Request::get("/lauren").header("Sec-Purpose", "prefetch;prerender"), "prefetch"),
        (
            Request::get("/lauren")
                .header("User-Agent", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
            "bot",
        ),
    ] {
        let before = world.database.count(&count(class)).await;
        let response = Browser::new(world.edge_base()).send(request).await.expect_status(302);
        assert!(response.header("location").unwrap().contains("via=lauren"), "{class}");
        assert_eq!(response.header("set-cookie"), None, "{class}");
        wait::until(class, 10, async || (world.database.count(&count(class)).await == before + 1).then_some(())).await;
    }
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_paths_and_parameters_are_kept() {
    let world = shared_app().await;
    let mut browser = Browser::new(world.edge_base());
    let response = browser.get("/lauren/pricing/annual?plan=pro&via=somebody&rk=forged").await.expect_status(302);
    let location = response.header("location").unwrap();
    assert!(location.contains("/pricing/annual?") && location.contains("plan=pro"), "{location}");
    assert!(
        location.contains("via=lauren") && !location.contains("somebody") && !location.contains("forged"),
        "{location}"
    );
}

/// The cookie is the host's, and a first click its program's.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_click_stays_within_its_program() {
    let world = shared_app().await;
    let site = Site::new("one-host.localhost");
    let other = site.program(world, &json!({})).await;
    let program = site.program(world, &json!({"attributionModel": "FirstTouch"})).await;
    let alice = other.promoter(world, "alice").await;
    let (bob, carol) = (program.promoter(world, "bob").await, program.promoter(world, "carol").await);
    let mut browser = Browser::new(world.edge_base());
    let mut follow = async |slug: &str| {
        let redirect = browser.get(&format!("/{slug}")).await.expect_status(302);
        parameter(&redirect, "rk").unwrap()
    };
    let of_other = follow(&alice.slug).await;
    let first = follow(&bob.slug).await;
    assert_ne!(first, of_other, "the other program's click isn't this one's first");
    assert_eq!(follow(&carol.slug).await, first, "its own is");
    assert_eq!(browser.cookie("_rkmi"), Some(first.as_str()));
    let order = name("first");
    let sale = json!({"externalEventId": order, "amountCents": 9_900, "clickToken": first});
    backend(world).post(&sale).await.expect_status(202);
    let (conversion, _) = booked(world, &order).await;
    assert_eq!(conversion["programId"].as_str(), Some(program.id.as_str()));
    assert_eq!(conversion["affiliateId"].as_str(), Some(bob.affiliate.to_string().as_str()));
}
