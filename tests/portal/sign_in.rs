//! Goal: an affiliate signs in by a link, once, and by a new one when the old one was used or expired.
//! Method: the demo's affiliate requests links by address and by an old link; the mailbox holds them.

mod email_address;

use serde_json::json;
use world::{
    World,
    client::{
        dashboard::Marketer,
        mailbox::{link, read_emails, token},
    },
    http::Request,
    organization_fixture::pass_days,
};

#[tokio::test(flavor = "multi_thread")]
async fn in_by_a_link_and_out_again() {
    let world = World::start().await;
    let base = world.ledger.base();
    let email = world.demo["affiliate"]["email"].as_str().unwrap();
    let mut browser = Marketer::new(&base);
    assert_eq!(browser.browser.get("/a").await.header("location"), Some("/a/link"));
    let form = browser.browser.get("/a/link").await.expect_status(200).text();
    assert!(form.contains("<p class=\"brand\">Rekomi</p>"), "{form}");
    let refused = browser.submit("/a/link", &[("email", "nobody")]).await.expect_status(400).text();
    assert!(refused.contains("<title>Error: "), "{refused}");
    browser.submit("/a/link", &[("email", email)]).await.expect_status(303);
    let first = link(&base, email, "affiliate_link").await;

    // A mail program opens it twice, which doesn't use it up.
    for _ in 0..2 {
        assert!(browser.browser.get(&first).await.expect_status(200).text().contains("Hi Lauren"));
    }
    let entered = browser.submit("/a/enter", &[("token", token(&first))]).await;
    assert_eq!((entered.status, entered.header("location")), (303, Some("/a")), "{}", entered.text());
    let page = browser.browser.get("/a").await.expect_status(200).text();
    assert!(page.contains("Hi Lauren") && page.contains("/lauren"), "{page}");
    // The portal is no dashboard.
    assert_eq!(browser.browser.get("/dashboard").await.status, 303);

    // The used link offers a new one, to the same address.
    let mut thief = Marketer::new(&base);
    let used = thief.browser.get(&first).await.expect_status(410).text();
    assert!(used.contains("Send new link") && !used.contains(email) && !used.contains("Lauren"), "{used}");
    assert!(used.contains("<span>Acme SaaS</span>"), "the brand that the link names: {used}");
    thief.submit("/a/enter", &[("token", token(&first))]).await.expect_status(410);
    thief.submit("/a/link", &[("token", token(&first))]).await.expect_status(303);
    let second = link(&base, email, "affiliate_link").await;
    assert_ne!(first, second);

    // Signed out on the server too.
    let kept = browser.browser.cookie("__Host-rekomi_affiliate").unwrap().to_owned();
    browser.submit("/a/leave", &[]).await.expect_status(303);
    let mut replayed = Marketer::new(&base);
    replayed.browser.set_cookie("__Host-rekomi_affiliate", &kept);
    assert_eq!(replayed.browser.get("/a").await.status, 303);

    // A day later the second is too old; it brings a new one to the same address.
    Request::post("/dev/clock", r#"{"advanceDays":1}"#).send(&base).await.unwrap().expect_status(200);
    let late = browser.browser.get(&second).await.expect_status(410).text();
    assert!(late.contains("Send new link"), "{late}");
    // Cut off, it names no one: the page says so and asks for the address.
    let cut = browser.browser.get(&second[..second.len() - 4]).await.expect_status(410).text();
    assert!(cut.contains("This link is incomplete") && cut.contains("Send sign-in link"), "{cut}");
    browser.submit("/a/enter", &[("token", token(&second))]).await.expect_status(410);
    browser.submit("/a/link", &[("token", token(&second))]).await.expect_status(303);
    let third = link(&base, email, "affiliate_link").await;
    assert_ne!(second, third);
    browser.submit("/a/enter", &[("token", token(&third))]).await.expect_status(303);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_in_an_approval_works_for_two_weeks_and_a_requested_one_for_a_day() {
    let world = World::start().await;
    let (base, api, email) = (world.ledger.base(), world.api(), "nina@creators.test");
    let nina = json!({"name": "Nina Bay", "email": email, "status": "Pending"});
    let nina = api.post("/affiliates", &nina).await.expect_status(201).json();
    let approve = format!("/affiliates/{}/approve", nina["id"].as_str().unwrap());
    api.post(&approve, &json!({})).await.expect_status(200);
    let approval = link(&base, email, "application_approved").await;
    let mut browser = Marketer::new(&base);
    browser.submit("/a/link", &[("email", email)]).await.expect_status(303);
    let requested = link(&base, email, "affiliate_link").await;
    for door in [&approval, &requested] {
        browser.browser.get(door).await.expect_status(200);
    }

    pass_days(&world, 2).await;
    browser.browser.get(&requested).await.expect_status(410);
    browser.submit("/a/enter", &[("token", token(&requested))]).await.expect_status(410);
    // Day 13, and then day 15.
    pass_days(&world, 11).await;
    browser.browser.get(&approval).await.expect_status(200);
    pass_days(&world, 2).await;
    browser.browser.get(&approval).await.expect_status(410);
    browser.submit("/a/enter", &[("token", token(&approval))]).await.expect_status(410);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_no_affiliate_any_more_stays_outside() {
    let world = World::shared().await;
    let base = world.ledger.base();
    let email = world.demo["affiliate"]["email"].as_str().unwrap();
    let mut browser = Marketer::new(&base);
    browser.submit("/a/link", &[("email", email)]).await.expect_status(303);
    let entry = link(&base, email, "affiliate_link").await;
    browser.submit("/a/enter", &[("token", token(&entry))]).await.expect_status(303);
    world.database.run(&format!("update affiliates set status = 'Banned' where email = '{email}'")).await;
    assert_eq!(browser.browser.get("/a").await.status, 303);
    let before = read_emails(&base, email).await.len();
    let requested = [
        browser.submit("/a/link", &[("email", email)]).await,
        browser.submit("/a/link", &[("email", "nobody@nowhere.test")]).await,
        browser.submit("/a/link", &[("token", token(&entry))]).await,
        browser.submit("/a/link", &[("token", "nonsense")]).await,
    ];
    for answer in &requested {
        assert_eq!(
            (answer.status, answer.header("location"), &answer.body),
            (303, Some("/a/link/sent"), &requested[0].body)
        );
    }
    assert_eq!(read_emails(&base, email).await.len(), before);
    world.finish().await;
}

/// The value of a form's hidden field.
fn hidden<'p>(page: &'p str, name: &str) -> Option<&'p str> {
    let (_, rest) = page.split_once(&format!("<input type=\"hidden\" name=\"{name}\" value=\""))?;
    rest.split('"').next()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_wanted_a_page_gets_there() {
    let world = World::shared().await;
    let base = world.ledger.base();
    let email = world.demo["affiliate"]["email"].as_str().unwrap();
    let mut browser = Marketer::new(&base);
    // As the email about a tax form leads there, with an answer of its own.
    let away = browser.browser.get("/a/tax?usPerson=yes").await;
    assert_eq!(away.header("location"), Some("/a/link?next=%2Fa%2Ftax%3FusPerson%3Dyes"));
    let page = browser.browser.get(away.header("location").unwrap()).await.expect_status(200).text();
    let next = hidden(&page, "next").expect("the page that was wanted").to_owned();
    assert_eq!(next, "/a/tax?usPerson=yes");
    let mistaken =
        browser.submit("/a/link", &[("email", "no address"), ("next", &next)]).await.expect_status(400).text();
    assert_eq!(hidden(&mistaken, "next"), Some(next.as_str()));
    browser.submit("/a/link", &[("email", email), ("next", &next)]).await.expect_status(303);
    let mailed = link(&base, email, "affiliate_link").await;
    let page = browser.browser.get(&mailed).await.expect_status(200).text();
    assert_eq!(hidden(&page, "next"), Some(next.as_str()), "{mailed}");
    let entered = browser.submit("/a/enter", &[("token", token(&mailed)), ("next", &next)]).await;
    assert_eq!((entered.status, entered.header("location")), (303, Some(next.as_str())));
    browser.browser.get(&next).await.expect_status(200);
    // The same link once more is spent, and a new one leads there too.
    let spent = Marketer::new(&base).browser.get(&mailed).await.expect_status(410).text();
    assert_eq!(hidden(&spent, "next"), Some(next.as_str()));
    // What changes something isn't repeated by a redirect.
    let requested = Marketer::new(&base).submit("/a/terms", &[("accept", "yes")]).await;
    assert_eq!(requested.header("location"), Some("/a/link"));

    // Any target that isn't a page of the portal is dropped, wherever it is given.
    for evil in [
        "//evil.test",
        "/a//evil.test",
        "https://evil.test/a/tax",
        "/a/\\evil.test",
        "/a/../dashboard",
        "/a/%2f%2fevil.test",
        "/a/tax\r\nLocation: https://evil.test",
        "/dashboard",
        "/a/enter?token=x",
        "/a/leave",
        "javascript:alert(1)",
        "/a/\"><script>",
    ] {
        let escaped: String = evil.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for door in ["/a/link", "/a/enter"] {
            let page = browser.browser.get(&format!("{door}?next={escaped}")).await.text();
            assert!(
                hidden(&page, "next").is_none() && !page.contains("evil.test") && !page.contains("<script>"),
                "{evil}"
            );
        }
    }
    browser.submit("/a/link", &[("email", email), ("next", "//evil.test")]).await.expect_status(303);
    let plain = link(&base, email, "affiliate_link").await;
    assert!(plain.starts_with("/a/enter?token="), "{plain}");
    let entered = browser.submit("/a/enter", &[("token", token(&plain)), ("next", "//evil.test/a/tax")]).await;
    assert_eq!((entered.status, entered.header("location")), (303, Some("/a")));
    world.finish().await;
}
