//! Goal: a person becomes a creator by an emailed link, which works once, and whoever asks gets the same answer; where the
//! network is off, there is nothing.
//! Method: browsers ask for links and use them, twice at once too; the mailbox holds what was sent.

use world::{
    Plan, World,
    client::{
        dashboard::Marketer,
        mailbox::{link, read_emails, token},
    },
    creator_fixture::enter,
    http::Request,
};

const COOKIE: &str = "__Host-rekomi_creator";

#[tokio::test(flavor = "multi_thread")]
async fn in_by_a_link_and_out_again() {
    let world = World::start().await;
    let base = world.ledger.base();
    let mut browser = Marketer::new(&base);
    let door = browser.browser.get("/a/network/brands").await.expect_status(303);
    assert_eq!(door.header("location"), Some("/network/join?next=%2Fa%2Fnetwork%2Fbrands"));
    let refused = browser.submit("/network/join", &[("email", "nobody")]).await.expect_status(400).text();
    assert!(refused.contains("<title>Error: "), "{refused}");
    let fields = [("email", "Nina@creators.test"), ("next", "/a/network/brands")];
    let answer = browser.submit("/network/join", &fields).await.expect_status(303);
    assert_eq!(answer.header("location"), Some("/network/join/sent"));
    browser.browser.get("/network/join/sent").await.expect_status(200);
    let first = link(&base, "nina@creators.test", "creator_link").await;
    // A mail program opens it twice, which doesn't use it up.
    for _ in 0..2 {
        let page = browser.browser.get(&first).await.expect_status(200).text();
        assert!(page.contains("nina@creators.test") && page.contains("action=\"/network/enter\""), "{page}");
    }
    // Two browsers at once: one gets in.
    let mut other = Marketer::new(&base);
    let form = [("token", token(&first)), ("next", "/a/network/brands")];
    let (one, two) = tokio::join!(browser.submit("/network/enter", &form), other.submit("/network/enter", &form));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 410]);
    let (mut inside, mut outside) = if one.status == 303 { (browser, other) } else { (other, browser) };
    assert_eq!(world.database.count("select count(*) from creators").await, 1);
    inside.browser.get("/a/network/brands").await.expect_status(200);
    outside.browser.get("/a/network/brands").await.expect_status(303);

    // The used link brings a new one to the same address, and says no name.
    let used = outside.browser.get(&first).await.expect_status(410).text();
    assert!(used.contains("Send new link") && !used.contains("nina@"), "{used}");
    outside.submit("/network/join", &[("token", token(&first))]).await.expect_status(303);
    let second = link(&base, "nina@creators.test", "creator_link").await;
    assert_ne!(first, second);

    // Signed out on the server too.
    let kept = inside.browser.cookie(COOKIE).unwrap().to_owned();
    inside.submit("/network/leave", &[]).await.expect_status(303);
    let mut replayed = Marketer::new(&base);
    replayed.browser.set_cookie(COOKIE, &kept);
    replayed.browser.get("/a/network/brands").await.expect_status(303);

    // A day later the second is too old, too.
    Request::post("/dev/clock", r#"{"advanceDays":1}"#).send(&base).await.unwrap().expect_status(200);
    outside.submit("/network/enter", &[("token", token(&second))]).await.expect_status(410);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_learn_nothing_and_send_little() {
    let world = World::start().await;
    let base = world.ledger.base();
    drop(enter(&world, "nina@creators.test").await);
    let mut stranger = Marketer::new(&base);
    let known = stranger.submit("/network/join", &[("email", "nina@creators.test")]).await;
    let unknown = stranger.submit("/network/join", &[("email", "nobody@creators.test")]).await;
    assert_eq!((known.status, known.header("location")), (unknown.status, unknown.header("location")));
    // One address gets five emails at most, whoever asks.
    for _ in 0..8 {
        stranger.submit("/network/join", &[("email", "nobody@creators.test")]).await.expect_status(303);
    }
    assert_eq!(read_emails(&base, "nobody@creators.test").await.len(), 5);
    // Only the network's own pages are a target.
    stranger
        .submit("/network/join", &[("email", "ben@creators.test"), ("next", "//evil.test")])
        .await
        .expect_status(303);
    assert!(!link(&base, "ben@creators.test", "creator_link").await.contains("next="));
    for forged in ["", "x", &"A".repeat(43)] {
        stranger.submit("/network/enter", &[("token", forged)]).await.expect_status(410);
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_affiliate_continues_without_another_email() {
    let world = World::start().await;
    let base = world.ledger.base();
    let email = world.demo["affiliate"]["email"].as_str().unwrap();
    let mut browser = Marketer::new(&base);
    browser.submit("/network/continue", &[]).await.expect_status(303);
    assert!(browser.browser.cookie(COOKIE).is_none(), "nobody is signed in");
    browser.submit("/a/link", &[("email", email)]).await.expect_status(303);
    let entry = link(&base, email, "affiliate_link").await;
    browser.submit("/a/enter", &[("token", token(&entry))]).await.expect_status(303);
    let form = browser.browser.get("/network/join").await.expect_status(200).text();
    assert!(form.contains(&format!("Continue as {email}")), "{form}");
    browser.submit("/network/continue", &[("next", "/a/network/brands")]).await.expect_status(303);
    let brands = browser.browser.get("/a/network/brands").await.expect_status(200).text();
    assert!(brands.contains("Acme SaaS"), "{brands}");
    assert!(read_emails(&base, email).await.iter().all(|email| email["kind"] != "creator_link"));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_network_is_off_there_is_nothing() {
    let world = Plan::default()
        .ledger_setting("REKOMI_NETWORK", "off")
        .ledger_setting("REKOMI_FEDERATION", "off")
        .start()
        .await;
    let mut browser = Marketer::new(&world.ledger.base());
    for page in ["/network/join", "/network/join/sent", "/network/enter", "/a/network/profile", "/a/network/brands"] {
        browser.browser.get(page).await.expect_status(404);
    }
    for form in ["/network/join", "/network/enter", "/network/leave", "/a/network/data/erase"] {
        browser.submit(form, &[("email", "nina@creators.test")]).await.expect_status(404);
    }
    assert_eq!(world.database.count("select count(*) from creator_links").await, 0);
    world.finish().await;
}
