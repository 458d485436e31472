//! Goal: codes and emails can't be had without end, a restart gives no guess away, and no stranger locks the owner out.
//! Method: a person with two-step sign-in; a stranger who knows the password guesses codes until none is left, the ledger
//! restarts, and the person still comes in with a browser that was there before.

use serde_json::json;
use world::{
    World,
    client::{
        dashboard::Marketer,
        mailbox::{code, read_emails},
    },
};

const OWNER: &str = "owner@acme.test";

/// The key of the owner's authenticator app.
async fn turn_on(world: &World, browser: &mut Marketer) -> String {
    browser.sign_in(&world.demo["owner"]).await.expect_status(303);
    let password = world.demo["owner"]["password"].as_str().unwrap();
    browser.submit("/account/two-factor/begin", &[("password", password)]).await.expect_status(303);
    let page = browser.browser.get("/account/two-factor").await.text();
    let key = page.split_once("secret=").unwrap().1.split('&').next().unwrap().to_owned();
    browser.submit("/account/two-factor/confirm", &[("code", &code(&key, 0))]).await.expect_status(200);
    key
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_run_out_and_stay_out() {
    let mut world = World::start().await;
    let base = world.ledger.base();
    let mut owner = Marketer::new(&base);
    let key = turn_on(&world, &mut owner).await;

    let mut stranger = Marketer::new(&base);
    stranger.sign_in(&world.demo["owner"]).await.expect_status(303);
    for _ in 0..10 {
        stranger.submit("/login/code", &[("code", "not it")]).await.expect_status(401);
    }
    let right = code(&key, 1);
    let refused = stranger.submit("/login/code", &[("code", &right)]).await.expect_status(429);
    assert_eq!(refused.header("retry-after"), Some("900"));
    // Neither a new sign-in nor a restart brings a guess back.
    world.ledger.kill();
    world.ledger.start().await;
    let mut again = Marketer::new(&base);
    again.sign_in(&world.demo["owner"]).await.expect_status(303);
    again.submit("/login/code", &[("code", &right)]).await.expect_status(429);

    // The owner's own browser has guesses that no stranger can use up.
    owner.submit("/logout", &[]).await.expect_status(303);
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    owner.submit("/login/code", &[("code", &right)]).await.expect_status(303);
    owner.browser.get("/account").await.expect_status(200);
    // The code that let the owner in lets nobody else in.
    world.database.run("update user_totp set guesses_left = 10").await;
    again.sign_in(&world.demo["owner"]).await.expect_status(303);
    again.submit("/login/code", &[("code", &right)]).await.expect_status(401);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_fill_nobodys_mailbox_and_lock_nobody_out() {
    let world = World::start().await;
    let base = world.ledger.base();
    let mut owner = Marketer::new(&base);
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    let mut stranger = Marketer::new(&base);
    let mut answers = Vec::new();
    for _ in 0..20 {
        answers.push(stranger.submit("/forgot", &[("email", OWNER)]).await);
    }
    assert!(answers.iter().all(|answer| answer.status == 303 && answer.body == answers[0].body));
    assert_eq!(read_emails(&base, OWNER).await.len(), 5, "a handful in ten minutes");
    // While they are sent, another one may become allowed.
    let mut refused = stranger.submit("/forgot", &[("email", OWNER)]).await;
    for _ in 0..100 {
        if refused.status == 429 {
            break;
        }
        refused = stranger.submit("/forgot", &[("email", OWNER)]).await;
    }
    assert!(refused.expect_status(429).header("retry-after").is_some());
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owners_browser_gets_its_email_all_the_same() {
    let world = World::start().await;
    let base = world.ledger.base();
    let mut owner = Marketer::new(&base);
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    owner.submit("/logout", &[]).await.expect_status(303);
    let mut stranger = Marketer::new(&base);
    for _ in 0..6 {
        stranger.submit("/forgot", &[("email", OWNER)]).await.expect_status(303);
    }
    assert_eq!(read_emails(&base, OWNER).await.len(), 5);
    owner.submit("/forgot", &[("email", OWNER)]).await.expect_status(303);
    assert_eq!(read_emails(&base, OWNER).await.len(), 6);
    // A stranger's password guesses neither.
    let wrong = json!({"email": OWNER, "password": "not the password"});
    while stranger.sign_in(&wrong).await.status != 429 {}
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_was_signed_out_elsewhere_is_a_stranger() {
    let world = World::start().await;
    let base = world.ledger.base();
    let (mut owner, mut lost) = (Marketer::new(&base), Marketer::new(&base));
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    lost.sign_in(&world.demo["owner"]).await.expect_status(303);
    owner.submit("/account/sessions/end-others", &[]).await.expect_status(303);
    let wrong = json!({"email": OWNER, "password": "not the password"});
    let mut stranger = Marketer::new(&base);
    while stranger.sign_in(&wrong).await.status != 429 {}
    lost.sign_in(&world.demo["owner"]).await.expect_status(429);
    // The browser that ended the others is known as before.
    owner.submit("/logout", &[]).await.expect_status(303);
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    world.finish().await;
}
