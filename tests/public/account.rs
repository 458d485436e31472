//! Goal: a person signs up, confirms the address, forgets the password, turns two-step sign-in on, loses the phone,
//! changes address and password, and ends sessions; each step does what its page says.
//! Method: one person with two browsers, a mailbox and an authenticator app, through the real ledger.

mod browser;

use serde_json::json;
use world::{
    World,
    client::{
        dashboard::Marketer,
        mailbox::{code, link, read_email, read_emails, token},
    },
    http::Response,
};

const EMAIL: &str = "ann@newbrand.test";

const FIRST: &str = "seven lazy otters";

const SECOND: &str = "eight busy beavers";

async fn sign_up(world: &World, browser: &mut Marketer) -> Response {
    let fields = [("name", "Ann"), ("organization", "New Brand"), ("email", EMAIL), ("password", FIRST)];
    let answer = browser.submit("/signup", &fields).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/signup/sent")), "{}", answer.text());
    assert_eq!(world.database.count("select count(*) from memberships where role = 'owner'").await, 2);
    answer
}

async fn sign_in(browser: &mut Marketer, email: &str, password: &str) -> Response {
    browser.sign_in(&json!({"email": email, "password": password})).await
}

fn leads_to(answer: &Response, place: &str) {
    assert_eq!((answer.status, answer.header("location")), (303, Some(place)), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_first_page_to_the_last() {
    let world = World::start().await;
    let base = world.ledger.base();
    let mut browser = Marketer::new(&base);
    assert!(browser.browser.get("/signup").await.expect_status(200).text().contains("Create an account"));
    sign_up(&world, &mut browser).await;
    leads_to(&sign_in(&mut browser, EMAIL, FIRST).await, "/dashboard");

    // Not confirmed yet: everything can be read, nothing changed.
    let page = browser.browser.get("/dashboard").await.expect_status(200).text();
    assert!(page.contains("New Brand") && page.contains("Confirm your email address"), "{page}");
    let refused =
        browser.submit("/dashboard/gateways", &[("type", "stripe"), ("organization", &own(&world).await)]).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("Confirm your email address first"));
    browser.submit("/account/two-factor/begin", &[("password", FIRST)]).await.expect_status(403);
    leads_to(&browser.submit("/account/verify", &[]).await, "/account?done=sent");
    assert_eq!(read_emails(&base, EMAIL).await.len(), 2);

    // Mail programs open links; only the button counts.
    let confirm = link(&base, EMAIL, "verify_email").await;
    for _ in 0..2 {
        assert!(browser.browser.get(&confirm).await.expect_status(200).text().contains(EMAIL));
    }
    browser.submit("/verify", &[("token", token(&confirm))]).await.expect_status(200);
    let used = browser.submit("/verify", &[("token", token(&confirm))]).await.expect_status(410).text();
    assert!(used.contains("This link was already used") && used.contains("address is confirmed"), "{used}");
    assert_eq!(browser.browser.get(&confirm).await.expect_status(410).text(), used, "opened or pressed");
    let forged = browser.browser.get("/verify?token=x").await.expect_status(410).text();
    assert!(forged.contains("This link has expired") && forged.contains("href=\"/account\""), "{forged}");
    assert!(!browser.browser.get("/dashboard").await.text().contains("Confirm your email address"));

    // A forgotten password: every session ends with it.
    let mut phone = Marketer::new(&base);
    leads_to(&phone.submit("/forgot", &[("email", EMAIL)]).await, "/forgot/sent");
    let reset = link(&base, EMAIL, "password_reset").await;
    phone.browser.get(&reset).await.expect_status(200);
    let weak = phone.submit("/reset", &[("token", token(&reset)), ("password", "password1234")]).await;
    assert!(weak.status == 400 && weak.text().contains("too common"), "{}", weak.text());
    phone.submit("/reset", &[("token", token(&reset)), ("password", SECOND)]).await.expect_status(200);
    let used = phone.browser.get(&reset).await.expect_status(410).text();
    assert!(used.contains("This link was already used") && used.contains("href=\"/login\""), "{used}");
    assert_eq!(browser.browser.get("/account").await.status, 303, "signed out here too");
    assert_eq!(sign_in(&mut browser, EMAIL, FIRST).await.status, 401);
    leads_to(&sign_in(&mut browser, EMAIL, SECOND).await, "/dashboard");
    read_email(&base, EMAIL, "password_changed").await;
    world.finish().await;
}

async fn own(world: &World) -> String {
    let query = "select organization_id::text from organizations where name = 'New Brand'";
    let id = world.database.texts(query).await[0][0].clone();
    shared::id::OrganizationId::new(id.parse().unwrap()).to_string()
}

/// Signed up, and signed in by confirming.
async fn ann(world: &World) -> Marketer {
    let mut browser = Marketer::new(&world.ledger.base());
    sign_up(world, &mut browser).await;
    let confirm = link(&world.ledger.base(), EMAIL, "verify_email").await;
    leads_to(&browser.submit("/verify", &[("token", token(&confirm))]).await, "/dashboard");
    browser.browser.get("/account").await.expect_status(200);
    browser
}

/// The link signs in only who has never signed in, and only a browser in which no one is.
#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_link_signs_in_new_people_only() {
    let world = World::start().await;
    let base = world.ledger.base();
    let (mut laptop, mut phone) = (Marketer::new(&base), Marketer::new(&base));
    sign_up(&world, &mut laptop).await;
    assert_eq!(laptop.browser.get("/account").await.status, 303, "signing up alone is no session");
    leads_to(&sign_in(&mut laptop, EMAIL, FIRST).await, "/dashboard");
    let confirm = link(&base, EMAIL, "verify_email").await;
    let page = phone.submit("/verify", &[("token", token(&confirm))]).await.expect_status(200).text();
    assert!(page.contains("Email confirmed"), "{page}");
    assert_eq!(phone.browser.get("/account").await.status, 303, "Ann had signed in before");

    let fields = [
        ("name", "Bea"),
        ("organization", "Other Brand"),
        ("email", "bea@newbrand.test"),
        ("password", FIRST),
        ("timeZone", "Europe/Berlin"),
    ];
    leads_to(&phone.submit("/signup", &fields).await, "/signup/sent");
    let confirm = link(&base, "bea@newbrand.test", "verify_email").await;
    laptop.submit("/verify", &[("token", token(&confirm))]).await.expect_status(200);
    assert!(laptop.browser.get("/account").await.expect_status(200).text().contains(EMAIL), "still Ann's browser");

    // Someone signs up with an address that isn't theirs. Its owner tries to sign up, too, and confirms.
    let (mut thief, mut cleo) = (Marketer::new(&base), Marketer::new(&base));
    let address = "cleo@newbrand.test";
    for (browser, password) in [(&mut thief, FIRST), (&mut cleo, SECOND)] {
        let fields = [
            ("name", "Cleo"),
            ("organization", "Third Brand"),
            ("email", address),
            ("password", password),
            ("timeZone", "Mars/Olympus"),
        ];
        leads_to(&browser.submit("/signup", &fields).await, "/signup/sent");
        assert!(browser.browser.cookie("__Host-rekomi_signup").is_some(), "both look alike");
    }
    let confirm = link(&base, address, "verify_email").await;
    cleo.submit("/verify", &[("token", token(&confirm))]).await.expect_status(200);
    assert_eq!(cleo.browser.get("/account").await.status, 303, "whoever knows the password isn't Cleo");
    // Each brand has the time zone of its founder's browser, if there is such a zone.
    let zones = "select time_zone from organizations where name in ('Other Brand', 'Third Brand') order by name";
    assert_eq!(world.database.texts(zones).await.concat(), ["Europe/Berlin", "UTC"]);
    world.finish().await;
}

/// The key, the recovery codes, and the code that turned it on.
async fn turn_on(browser: &mut Marketer) -> (String, Vec<String>, String) {
    browser.submit("/account/two-factor/begin", &[("password", "not the password")]).await.expect_status(403);
    leads_to(&browser.submit("/account/two-factor/begin", &[("password", FIRST)]).await, "/account/two-factor");
    let page = browser.browser.get("/account/two-factor").await.expect_status(200).text();
    assert!(page.contains("<svg") && page.contains("otpauth://totp/Rekomi:ann%40newbrand.test"), "{page}");
    let key = page.split_once("secret=").unwrap().1.split('&').next().unwrap().to_owned();
    let first = code(&key, 0);
    browser.submit("/account/two-factor/confirm", &[("code", "000000")]).await.expect_status(403);
    let shown = browser.submit("/account/two-factor/confirm", &[("code", &first)]).await.expect_status(200).text();
    let codes: Vec<String> =
        shown.split("<li><code>").skip(1).map(|part| part.split('<').next().unwrap().to_owned()).collect();
    assert_eq!(codes.len(), 10, "{shown}");
    (key, codes, first)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_steps() {
    let world = World::start().await;
    let base = world.ledger.base();
    let mut browser = ann(&world).await;
    let (key, codes, used) = turn_on(&mut browser).await;
    read_email(&base, EMAIL, "second_factor").await;

    let mut phone = Marketer::new(&base);
    let requested = sign_in(&mut phone, EMAIL, FIRST).await;
    assert!(requested.header("location").is_some_and(|place| place.starts_with("/login/code")), "{}", requested.text());
    assert_eq!(phone.browser.get("/dashboard").await.status, 303, "the password alone is no session");
    phone.browser.get("/login/code").await.expect_status(200);
    phone.submit("/login/code", &[("code", "123")]).await.expect_status(401);
    // The step that turned it on is used up.
    phone.submit("/login/code", &[("code", &used)]).await.expect_status(401);
    leads_to(&phone.submit("/login/code", &[("code", &code(&key, 1)), ("next", "/account")]).await, "/account");
    phone.browser.get("/account").await.expect_status(200);

    // A new address requires the code as well, since an address gives access to everything else.
    let move_to = |code: &'static str| [("email", "ann@away.test"), ("email_password", FIRST), ("email_code", code)];
    let refused = browser.submit("/account/email", &move_to("")).await.expect_status(403).text();
    assert!(refused.contains("id=\"email_code-problem\""), "{refused}");
    browser.submit("/account/email", &move_to("000000")).await.expect_status(403);
    assert!(read_emails(&base, "ann@away.test").await.is_empty());
    let fields = [("email", "ann@away.test"), ("email_password", FIRST), ("email_code", codes[2].as_str())];
    leads_to(&browser.submit("/account/email", &fields).await, "/account?done=sent");
    link(&base, "ann@away.test", "email_change").await;

    // A lost phone: each recovery code works once.
    for (round, expected) in [(0, 303), (1, 401)] {
        let mut other = Marketer::new(&base);
        sign_in(&mut other, EMAIL, FIRST).await;
        let answer = other.submit("/login/code", &[("code", &codes[0].to_uppercase())]).await;
        assert_eq!(answer.status, expected, "round {round}");
    }
    assert!(browser.browser.get("/account").await.text().contains("Recovery codes left: 8"));

    // Recovery codes need no key: the one that the secret was encrypted with may be lost.
    world.database.run("update user_totp set sealed_secret = 'v1.9.lost'").await;
    let mut other = Marketer::new(&base);
    sign_in(&mut other, EMAIL, FIRST).await;
    let fields = [("code", codes[3].as_str()), ("next", "/account")];
    leads_to(&other.submit("/login/code", &fields).await, "/account");

    // Off only with password and a code of its own; then the password is enough.
    let off = |password: &'static str, code: String| [("off_password", password.to_owned()), ("off_code", code)];
    for (fields, expected) in [
        (off("not the password", codes[1].clone()), 403),
        (off(FIRST, codes[3].clone()), 403),
        (off(FIRST, codes[1].clone()), 303),
    ] {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.submit("/account/two-factor/off", &fields).await.expect_status(expected);
    }
    leads_to(&sign_in(&mut Marketer::new(&base), EMAIL, FIRST).await, "/dashboard");
    let page = browser.browser.get("/account").await.text();
    for happened in ["Two-step sign-in turned on", "Signed in with a recovery code", "Two-step sign-in turned off"] {
        assert!(page.contains(happened), "{happened}");
    }
    world.finish().await;
}

/// Of someone who has the session later, but not the password.
#[tokio::test(flavor = "multi_thread")]
async fn a_set_up_that_was_left_takes_the_password_again() {
    let world = World::start().await;
    let mut browser = ann(&world).await;
    leads_to(&browser.submit("/account/two-factor/begin", &[("password", FIRST)]).await, "/account/two-factor");
    let page = browser.browser.get("/account/two-factor").await.expect_status(200).text();
    let key = page.split_once("secret=").unwrap().1.split('&').next().unwrap().to_owned();
    world.database.run("update user_totp set created_at = created_at - interval '16 minutes'").await;
    let page = browser.browser.get("/account/two-factor").await.expect_status(200).text();
    assert!(page.contains("Set up two-step sign-in") && !page.contains("secret="), "{page}");
    let late = browser.submit("/account/two-factor/confirm", &[("code", &code(&key, 0))]).await;
    let late = late.expect_status(403).text();
    assert!(late.contains("The set-up took longer than 15 minutes.") && !late.contains("secret="), "{late}");
    assert_eq!(world.database.count("select count(*) from user_totp where enabled_at is not null").await, 0);

    world.database.run("update user_totp set created_at = created_at - interval '1 day'").await;
    world.ledger.run_jobs().await;
    assert_eq!(world.database.count("select count(*) from user_totp").await, 0);
    browser.submit("/account/two-factor/confirm", &[("code", &code(&key, 0))]).await.expect_status(404);
    turn_on(&mut browser).await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_ended_one_by_one_and_all_together() {
    let world = World::start().await;
    let base = world.ledger.base();
    let mut browser = ann(&world).await;
    let (mut phone, mut tablet) = (Marketer::new(&base), Marketer::new(&base));
    sign_in(&mut phone, EMAIL, FIRST).await;
    sign_in(&mut tablet, EMAIL, FIRST).await;
    let page = browser.browser.get("/account").await.expect_status(200).text();
    assert_eq!(page.matches("Chrome on Windows</strong>").count(), 3, "{page}");
    assert_eq!(page.matches("this browser").count(), 1);
    // The session that was used last is listed first after this browser.
    let id = page.split_once("/account/sessions/ses_").unwrap().1.split('/').next().unwrap();
    leads_to(&browser.submit(&format!("/account/sessions/ses_{id}/end"), &[]).await, "/account?done=ended");
    browser.submit(&format!("/account/sessions/ses_{id}/end"), &[]).await.expect_status(404);
    let alive = [phone.browser.get("/account").await.status, tablet.browser.get("/account").await.status];
    assert!(alive == [200, 303] || alive == [303, 200], "{alive:?}");

    sign_in(&mut phone, EMAIL, FIRST).await;
    leads_to(&browser.submit("/account/sessions/end-others", &[]).await, "/account?done=ended");
    assert_eq!((phone.browser.get("/account").await.status, browser.browser.get("/account").await.status), (303, 200));
    sign_in(&mut phone, EMAIL, FIRST).await;
    leads_to(&browser.submit("/account/sessions/end-all", &[]).await, "/login");
    assert_eq!((phone.browser.get("/account").await.status, browser.browser.get("/account").await.status), (303, 303));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn password_and_address_are_changed() {
    let world = World::start().await;
    let base = world.ledger.base();
    let mut browser = ann(&world).await;
    let mut phone = Marketer::new(&base);
    sign_in(&mut phone, EMAIL, FIRST).await;
    let change = |old: &'static str, new: &'static str| [("password", old), ("new_password", new)];
    browser.submit("/account/password", &change("not the password", SECOND)).await.expect_status(403);
    browser.submit("/account/password", &change(FIRST, "too short")).await.expect_status(400);
    let stolen = browser.browser.cookie("__Host-rekomi_session").unwrap().to_owned();
    leads_to(&browser.submit("/account/password", &change(FIRST, SECOND)).await, "/account?done=password");
    assert_eq!((browser.browser.get("/account").await.status, phone.browser.get("/account").await.status), (200, 303));
    assert_eq!(sign_in(&mut phone, EMAIL, FIRST).await.status, 401);
    // The session continues under another token: a copied one is signed out.
    let mut thief = Marketer::new(&base);
    thief.browser.set_cookie("__Host-rekomi_session", &stolen);
    assert_eq!(thief.browser.get("/account").await.status, 303);

    // A new address that a thief requested is never confirmed once the owner did something about it.
    let request = |email: &'static str| [("email", email), ("email_password", SECOND)];
    for (thiefs, answer) in
        [("thief@one.test", "password"), ("thief@two.test", "end-others"), ("thief@three.test", "end-all")]
    {
        leads_to(&browser.submit("/account/email", &request(thiefs)).await, "/account?done=sent");
        let confirm = link(&base, thiefs, "email_change").await;
        match answer {
            "password" => {
                leads_to(&browser.submit("/account/password", &change(SECOND, SECOND)).await, "/account?done=password")
            }
            path => drop(browser.submit(&format!("/account/sessions/{path}"), &[]).await.expect_status(303)),
        }
        Marketer::new(&base).browser.get(&confirm).await.expect_status(410);
        let confirmed = [("token", token(&confirm))];
        Marketer::new(&base).submit("/account/email/confirm", &confirmed).await.expect_status(410);
        if answer == "end-all" {
            leads_to(&sign_in(&mut browser, EMAIL, SECOND).await, "/dashboard");
        }
    }

    const NEW: &str = "ann@elsewhere.test";
    let fields = [("email", NEW), ("email_password", SECOND)];
    leads_to(&browser.submit("/account/email", &fields).await, "/account?done=sent");
    leads_to(&sign_in(&mut phone, EMAIL, SECOND).await, "/dashboard");
    let confirm = link(&base, NEW, "email_change").await;
    browser.browser.get(&confirm).await.expect_status(200);
    browser.submit("/account/email/confirm", &[("token", token(&confirm))]).await.expect_status(200);
    let used = browser.browser.get(&confirm).await.expect_status(410).text();
    assert!(used.contains("This link was already used") && used.contains("uses the new address"), "{used}");
    assert!(read_email(&base, EMAIL, "email_changed").await["text"].as_str().unwrap().contains(NEW));
    assert_eq!(sign_in(&mut phone, EMAIL, SECOND).await.status, 401);
    leads_to(&sign_in(&mut phone, NEW, SECOND).await, "/dashboard");
    // Another person's address: its owner is notified, and no one else learns of it.
    let fields = [("email", "owner@acme.test"), ("email_password", SECOND)];
    leads_to(&browser.submit("/account/email", &fields).await, "/account?done=sent");
    assert_eq!(read_emails(&base, "owner@acme.test").await[0]["kind"], "account_exists");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_recovery_codes_end_the_old_ones() {
    let world = World::start().await;
    let mut browser = ann(&world).await;
    let (key, old, _) = turn_on(&mut browser).await;
    let renew = "/account/two-factor/codes";
    browser.submit(renew, &[("renew_password", "not the password")]).await.expect_status(403);
    let next = code(&key, 1);
    let fields = [("renew_password", FIRST), ("renew_code", next.as_str())];
    let shown = browser.submit(renew, &fields).await.expect_status(200).text();
    assert_eq!(shown.matches("<li><code>").count(), 10, "{shown}");
    assert!(old.iter().all(|code| !shown.contains(code.as_str())), "{shown}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_have_the_theme_that_was_chosen_in_this_browser() {
    let world = World::start().await;
    let mut browser = ann(&world).await;
    assert!(!browser.browser.get("/account").await.text().contains("data-theme"));
    leads_to(&browser.submit("/account/theme", &[("theme", "dark"), ("back", "/account")]).await, "/account");
    let page = browser.browser.get("/account").await.expect_status(200);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let page = page.text();
    for text in ["<html lang=\"en\" data-theme=\"dark\">", "content=\"dark\"", "<span>Theme changed</span>"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!browser.browser.get("/account").await.text().contains("Theme changed"), "it is shown once");
    leads_to(&browser.submit("/account/theme", &[("theme", "system"), ("back", "//evil.test")]).await, "/dashboard");
    assert!(!browser.browser.get("/login").await.text().contains("data-theme"));
    world.finish().await;
}
