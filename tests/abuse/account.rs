//! Goal: no link opens another door than its own, none opens twice or late, no answer tells who has an account, and what
//! was signed out stays out.
//! Method: the demo's owner and a stranger at the real ledger; tokens are crossed, replayed, aged and forged; answers to
//! known and unknown addresses are compared byte by byte.

use serde_json::json;
use world::{
    Plan, World,
    client::{
        dashboard::Marketer,
        mailbox::{link, read_emails, token},
    },
    http::{Request, Response},
};

const OWNER: &str = "owner@acme.test";
const SESSION: &str = "__Host-rekomi_session";
const PASSWORD: &str = "seven lazy otters";

async fn advance(world: &World, days: i64) {
    let body = json!({"advanceDays": days}).to_string();
    Request::post("/dev/clock", body).send(&world.ledger.base()).await.unwrap().expect_status(200);
}

async fn sign_up(browser: &mut Marketer, email: &str) -> Response {
    let fields = [("name", "Ann"), ("organization", "Elsewhere"), ("email", email), ("password", PASSWORD)];
    browser.submit("/signup", &fields).await
}

async fn reset_link(world: &World, browser: &mut Marketer) -> String {
    browser.submit("/forgot", &[("email", OWNER)]).await.expect_status(303);
    link(&world.ledger.base(), OWNER, "password_reset").await
}

/// Every door, tried with a token.
async fn doors(browser: &mut Marketer, token: &str) -> Vec<(&'static str, u16)> {
    let mut answers = Vec::new();
    for door in ["/verify", "/reset", "/account/email/confirm", "/a/enter"] {
        answers.push((door, browser.browser.get(&format!("{door}?token={token}")).await.status));
        answers.push((door, browser.submit(door, &[("token", token), ("password", PASSWORD)]).await.status));
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_its_own_door_once() {
    let world = World::start().await;
    let base = world.ledger.base();
    let mut browser = Marketer::new(&base);
    sign_up(&mut browser, "ann@elsewhere.test").await.expect_status(303);
    let verify = link(&base, "ann@elsewhere.test", "verify_email").await;
    let reset = reset_link(&world, &mut browser).await;
    // Opened, then pressed. Confirming signs a new person in.
    for (own, token, opens) in [("/verify", token(&verify), [200, 303]), ("/reset", token(&reset), [200, 200])] {
        for (tried, (door, status)) in doors(&mut browser, token).await.into_iter().enumerate() {
            assert_eq!(status, if door == own { opens[tried % 2] } else { 410 }, "a token of {own} at {door}");
        }
        for (door, status) in doors(&mut browser, token).await {
            assert_eq!(status, 410, "a used token of {own} at {door}");
        }
    }
    for forged in ["", "x", &"A".repeat(43), &"A".repeat(64), &"A".repeat(501), "a'--", "%00", "a&token=b"] {
        for (door, status) in doors(&mut browser, forged).await {
            assert_eq!(status, 410, "{forged:?} at {door}");
        }
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_grow_old() {
    let world = World::start().await;
    let base = world.ledger.base();
    let mut browser = Marketer::new(&base);
    sign_up(&mut browser, "ann@elsewhere.test").await.expect_status(303);
    let verify = link(&base, "ann@elsewhere.test", "verify_email").await;
    let reset = reset_link(&world, &mut browser).await;
    advance(&world, 1).await;
    let late = browser.submit("/verify", &[("token", token(&verify))]).await.expect_status(410).text();
    assert!(late.contains("This link has expired") && late.contains("href=\"/account\""), "{late}");
    let late = browser.submit("/reset", &[("token", token(&reset)), ("password", PASSWORD)]).await;
    let late = late.expect_status(410).text();
    assert!(late.contains("This link has expired") && late.contains("href=\"/forgot\""), "{late}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_tells_who_has_an_account() {
    let world = World::start().await;
    let base = world.ledger.base();
    let mut browser = Marketer::new(&base);
    // A response without what differs anyway: its date, its request's id, and the value of the cookie that binds a sign-up to
    // its browser, which is as long for every address.
    let plain = |answer: Response| {
        let headers: Vec<(String, String)> = answer
            .headers
            .iter()
            .filter(|(name, _)| !["date", "rekomi-request-id"].contains(&name.to_lowercase().as_str()))
            .map(|(name, value)| match value.split_once("_signup=1.").and_then(|(_, rest)| rest.split_once(';')) {
                Some((mac, attributes)) => (name.clone(), format!("{} characters;{attributes}", mac.len())),
                None => (name.clone(), value.clone()),
            })
            .collect();
        (answer.status, headers, answer.body)
    };
    for (known, unknown) in [
        (sign_up(&mut browser, OWNER).await, sign_up(&mut browser, "ann@elsewhere.test").await),
        (
            browser.submit("/forgot", &[("email", OWNER)]).await,
            browser.submit("/forgot", &[("email", "nobody@nowhere.test")]).await,
        ),
        (
            browser.submit("/a/link", &[("email", world.demo["affiliate"]["email"].as_str().unwrap())]).await,
            browser.submit("/a/link", &[("email", "nobody@nowhere.test")]).await,
        ),
    ] {
        assert_eq!(plain(known), plain(unknown));
    }
    // The owner's password, name and organization are as they were.
    let kinds: Vec<_> = read_emails(&base, OWNER).await.iter().map(|message| message["kind"].clone()).collect();
    assert_eq!(kinds, [json!("password_reset"), json!("account_exists")]);
    assert!(read_emails(&base, "nobody@nowhere.test").await.is_empty());
    browser.sign_in(&world.demo["owner"]).await.expect_status(303);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_new_at_each_sign_in_and_dead_after_it() {
    let world = World::start().await;
    let base = world.ledger.base();
    let mut browser = Marketer::new(&base);
    // A session that somebody planted is not taken over.
    let planted = "A".repeat(43);
    browser.browser.set_cookie(SESSION, &planted);
    browser.sign_in(&world.demo["owner"]).await.expect_status(303);
    let first = browser.browser.cookie(SESSION).unwrap().to_owned();
    assert_ne!(first, planted);
    browser.sign_in(&world.demo["owner"]).await.expect_status(303);
    let second = browser.browser.cookie(SESSION).unwrap().to_owned();
    browser.submit("/logout", &[]).await.expect_status(303);
    for dead in [planted, first, second] {
        let mut thief = Marketer::new(&base);
        thief.browser.set_cookie(SESSION, &dead);
        for page in ["/dashboard", "/account", "/account/two-factor"] {
            let answer = thief.browser.get(page).await;
            assert!(answer.status == 303 && answer.header("location").unwrap().starts_with("/login"), "{page}");
        }
        thief.submit("/account/sessions/end-all", &[]).await.expect_status(303);
        let script = thief.browser.get("/dashboard/events").await;
        assert_eq!(script.status, 401);
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_ends_anothers_session() {
    let world = World::start().await;
    let base = world.ledger.base();
    let mut owner = Marketer::new(&base);
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    let mut stranger = Marketer::new(&base);
    sign_up(&mut stranger, "ann@elsewhere.test").await.expect_status(303);
    stranger.sign_in(&json!({"email": "ann@elsewhere.test", "password": PASSWORD})).await.expect_status(303);
    let query = "select s.id::text from sessions s join users u on u.id = s.user_id where u.email = 'owner@acme.test'";
    let id = world.database.texts(query).await[0][0].clone();
    let id = shared::id::SessionId::new(id.parse().unwrap());
    stranger.submit(&format!("/account/sessions/{id}/end"), &[]).await.expect_status(404);
    stranger.submit("/account/sessions/end-all", &[]).await.expect_status(303);
    owner.browser.get("/account").await.expect_status(200);
    // Nor from another site.
    let forged = Request::new("POST", "/account/sessions/end-all")
        .header("Cookie", &format!("{SESSION}={}", owner.browser.cookie(SESSION).unwrap()))
        .header("Origin", "https://evil.test")
        .header("Sec-Fetch-Site", "cross-site");
    assert_eq!(forged.send(&base).await.unwrap().status, 403);
    owner.browser.get("/account").await.expect_status(200);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_house_takes_nobody_in() {
    let world = Plan::default().ledger_setting("REKOMI_SIGNUP", "closed").start().await;
    let mut browser = Marketer::new(&world.ledger.base());
    assert!(browser.browser.get("/signup").await.expect_status(403).text().contains("Sign-up is closed"));
    sign_up(&mut browser, "ann@elsewhere.test").await.expect_status(403);
    assert_eq!(world.database.count("select count(*) from users").await, 1);
    assert!(!browser.browser.get("/login").await.text().contains("/signup"));
    world.finish().await;
}
