//! Goal: limits hold across restarts and processes, callers don't choose where they come from, a stranger's guesses don't stop an
//! owner who is signed in, invitations are no mailer, and an installation in production takes its first owner only.
//! Method: a stranger at two ledgers on one database, one of which restarts; forged `X-Forwarded-For` with and without a trusted
//! proxy; an owner whose account a stranger has exhausted; invitations that are cancelled at once.

use std::time::{Duration, Instant};

use serde_json::json;
use shared::id::OrganizationId;
use world::{
    Plan, World,
    client::{
        dashboard::Marketer,
        mailbox::{link, read_emails},
    },
    http::{Request, Response},
};

const OWNER: &str = "owner@acme.test";
const PASSWORD: &str = "seven lazy otters";

async fn guess(base: &str, email: &str) -> u16 {
    Marketer::new(base).sign_in(&json!({"email": email, "password": "not the password"})).await.status
}

/// How many of ten guesses were weighed.
async fn weighed(base: &str, email: &str) -> usize {
    let mut weighed = 0;
    for _ in 0..10 {
        weighed += usize::from(guess(base, email).await != 429);
    }
    weighed
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_a_password_are_counted_across_restarts_and_processes() {
    let mut world = World::start().await;
    let base = world.ledger.base();
    assert_eq!(weighed(&base, OWNER).await, 10);
    let mut second = world.ledger.beside();
    second.start().await;
    // One comes back in thirty seconds, which a slow machine may take to start.
    assert!(weighed(&second.base(), OWNER).await <= 3, "another process has no guesses of its own");
    world.ledger.kill();
    world.ledger.start().await;
    assert!(weighed(&base, OWNER).await <= 3, "a restart gives none back");
    second.stop();
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_password_costs_no_guess() {
    let world = World::start().await;
    for _ in 0..14 {
        Marketer::new(&world.ledger.base()).sign_in(&world.demo["owner"]).await.expect_status(303);
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn password_resets_are_counted_across_restarts() {
    let mut world = World::start().await;
    let base = world.ledger.base();
    let ask = async |times: usize| {
        let mut requested = 0;
        for _ in 0..times {
            requested += usize::from(Marketer::new(&base).submit("/forgot", &[("email", OWNER)]).await.status == 303);
        }
        requested
    };
    // One comes back in fifteen seconds, which a slow machine may take.
    assert!((20..25).contains(&ask(25).await));
    assert_eq!(read_emails(&base, OWNER).await.len(), 5);
    world.ledger.kill();
    world.ledger.start().await;
    assert!(ask(20).await <= 8);
    assert_eq!(read_emails(&base, OWNER).await.len(), 5);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_takes_as_long_whether_the_address_is_known() {
    let world = World::start().await;
    let base = world.ledger.base();
    for email in [OWNER, "unknown@elsewhere.test"] {
        let start = Instant::now();
        Marketer::new(&base).submit("/forgot", &[("email", email)]).await.expect_status(303);
        assert!(start.elapsed() >= Duration::from_millis(200), "{email}: {:?}", start.elapsed());
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_does_not_stop_an_owner_who_proves_the_password() {
    let world = World::start().await;
    let base = world.ledger.base();
    let mut owner = Marketer::new(&base);
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    assert_eq!(weighed(&base, OWNER).await, 10);
    // One comes back in thirty seconds, which a slow machine may take.
    while guess(&base, OWNER).await != 429 {}
    let organization = world.acme.organization.to_string();
    let fields = [("organization", organization.as_str()), ("confirm", "Acme SaaS"), ("password", "wrong")];
    let refused = owner.submit("/dashboard/settings/delete", &fields).await.expect_status(400);
    assert!(refused.text().contains("Incorrect password."), "{}", refused.text());
    // The session's own guesses end too.
    let mut last = 400;
    for _ in 0..10 {
        last = owner.submit("/dashboard/settings/delete", &fields).await.status;
    }
    assert_eq!(last, 429);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_session_has_few_new_addresses_written_to() {
    let world = World::start().await;
    let base = world.ledger.base();
    let mut owner = Marketer::new(&base);
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    let password = world.demo["owner"]["password"].as_str().unwrap();
    let mut answers = Vec::new();
    for number in 0..6 {
        let email = format!("{number}@elsewhere.test");
        answers.push(owner.submit("/account/email", &[("email", &email), ("email_password", password)]).await.status);
    }
    assert_eq!(answers, [303, 303, 303, 303, 303, 429]);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_invited_five_times_a_day_whatever_is_cancelled() {
    let world = World::start().await;
    let (api, other) = (world.api(), world.other_api());
    let body = json!({"email": "ann@elsewhere.test", "role": "viewer"});
    for _ in 0..5 {
        let invited = api.post("/team/invitations", &body).await.expect_status(201).json();
        let path = format!("/api/v1/team/invitations/{}", invited["id"].as_str().unwrap());
        api.send(Request::new("DELETE", &path)).await.expect_status(204);
    }
    for api in [&api, &other] {
        let refused = api.post("/team/invitations", &body).await;
        assert_eq!(refused.refusal(), (429, "invitation_limit".to_owned()));
        assert!(refused.header("retry-after").is_some());
    }
    assert_eq!(read_emails(&world.ledger.base(), "ann@elsewhere.test").await.len(), 5);
    api.post("/team/invitations", &json!({"email": "bob@elsewhere.test", "role": "viewer"})).await.expect_status(201);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_sends_a_hundred_invitations_a_day() {
    let world = World::start().await;
    let api = world.api();
    let invite = async |number: u32| {
        let body = json!({"email": format!("{number}@elsewhere.test"), "role": "viewer"});
        api.post("/team/invitations", &body).await
    };
    for number in 0..100 {
        let invited = invite(number).await.expect_status(201).json();
        let path = format!("/api/v1/team/invitations/{}", invited["id"].as_str().unwrap());
        api.send(Request::new("DELETE", &path)).await.expect_status(204);
    }
    assert_eq!(invite(100).await.refusal(), (429, "invitation_limit".to_owned()));
    let body = json!({"email": "101@elsewhere.test", "role": "viewer"});
    world.other_api().post("/team/invitations", &body).await.expect_status(201);
    world.finish().await;
}

/// How many of 40 password resets for different addresses were taken, each said to come from elsewhere.
async fn from_elsewhere(world: &World, forwarded: impl Fn(u32) -> String) -> usize {
    let mut taken = 0;
    for number in 0..40 {
        let mut request = Request::new("POST", "/forgot")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Origin", &world.ledger.base())
            .header("Sec-Fetch-Site", "same-origin")
            .header("X-Forwarded-For", &forwarded(number));
        request.body = format!("email={number}%40elsewhere.test").into_bytes();
        taken += usize::from(request.send(&world.ledger.base()).await.unwrap().status == 303);
    }
    taken
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_do_not_choose_where_they_come_from() {
    let world = World::start().await;
    let taken = from_elsewhere(&world, |number| format!("203.0.113.{number}")).await;
    assert!((20..35).contains(&taken), "no proxy is trusted, so all come from one address");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxy_is_believed_about_the_last_address_only() {
    let world = Plan::default().ledger_setting("REKOMI_TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1").start().await;
    let taken = from_elsewhere(&world, |number| format!("203.0.113.{number}, 192.0.2.1")).await;
    assert!((20..35).contains(&taken), "what the caller wrote first doesn't count");
    assert_eq!(from_elsewhere(&world, |number| format!("192.0.2.1, 198.51.100.{number}, 10.0.0.1")).await, 40);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_addresses_of_one_ipv6_network_count_together() {
    let world = Plan::default().ledger_setting("REKOMI_TRUSTED_PROXIES", "127.0.0.1").start().await;
    let taken = from_elsewhere(&world, |number| format!("2001:db8:7:{number:x}::{number:x}")).await;
    assert!((20..35).contains(&taken), "{taken}: a subscriber chooses from a whole /48");
    assert_eq!(from_elsewhere(&world, |number| format!("2001:db8:{:x}::1", 8 + number)).await, 40);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_network_stops_the_start_with_the_settings_name() {
    let world = World::start().await;
    let mut command = world.ledger.command("serve");
    command.env("REKOMI_TRUSTED_PROXIES", "10.0.0.0/8,proxy.internal");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let message = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success());
    assert!(message.contains("REKOMI_TRUSTED_PROXIES") && message.contains("proxy.internal"), "{message}");
    world.finish().await;
}

async fn sign_up(base: &str, email: &str) -> Response {
    let fields = [("name", "Ann"), ("organization", "Elsewhere"), ("email", email), ("password", PASSWORD)];
    Marketer::new(base).submit("/signup", &fields).await
}

async fn restart(world: &mut World, settings: &[(&str, &str)]) {
    for (name, value) in settings {
        world.ledger.set(name, value);
    }
    world.ledger.kill();
    world.ledger.start().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn production_takes_its_first_owner_and_then_those_who_are_invited() {
    let mut world = World::start().await;
    let base = world.ledger.base();
    let body = json!({"email": "invited@elsewhere.test", "role": "viewer"});
    world.api().post("/team/invitations", &body).await.expect_status(201);
    let invitation = link(&base, "invited@elsewhere.test", "team_invitation").await;
    restart(&mut world, &[("REKOMI_ENV", "production")]).await;
    // The demo's owner is there already.
    assert_eq!(sign_up(&base, "ann@elsewhere.test").await.status, 403);
    assert!(!Marketer::new(&base).browser.get("/login").await.text().contains("/signup"));
    Marketer::new(&base).submit(&invitation, &[("password", PASSWORD)]).await.expect_status(303);
    assert_eq!(world.database.count("select count(*) from users").await, 2);

    restart(&mut world, &[("REKOMI_SIGNUP", "open")]).await;
    sign_up(&base, "ann@elsewhere.test").await.expect_status(303);

    restart(&mut world, &[("REKOMI_SIGNUP", "")]).await;
    // Without the trigger that keeps an organization's last owner.
    let empty = "delete from sessions; delete from memberships; delete from users";
    world.database.run_untriggered(empty).await;
    assert!(Marketer::new(&base).browser.get("/login").await.text().contains("/signup"));
    // Of those who come at once, one is first.
    let (one, other) = tokio::join!(sign_up(&base, "one@elsewhere.test"), sign_up(&base, "other@elsewhere.test"));
    let mut both = [one.status, other.status];
    both.sort_unstable();
    assert_eq!(both, [303, 403]);
    let first = if one.status == 303 { one } else { other };
    assert_eq!(first.header("location"), Some("/dashboard"), "the first owner is signed in at once");
    assert_eq!(world.database.count("select count(*) from users").await, 1);
    assert_eq!(world.database.count("select count(*) from sessions").await, 1);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unconfirmed_address_invites_no_one() {
    let world = World::start().await;
    let base = world.ledger.base();
    sign_up(&base, "ann@elsewhere.test").await.expect_status(303);
    let mut ann = Marketer::new(&base);
    ann.sign_in(&json!({"email": "ann@elsewhere.test", "password": PASSWORD})).await.expect_status(303);
    let organization = "select o.organization_id from organizations o where o.name = 'Elsewhere'";
    let uuid = world.database.texts(organization).await.concat().concat();
    let id = OrganizationId::new(uuid.parse().unwrap()).to_string();
    let fields = [("organization", id.as_str()), ("email", "bob@elsewhere.test"), ("role", "viewer")];
    ann.submit("/dashboard/settings/team/invite", &fields).await.expect_status(403);
    assert!(read_emails(&base, "bob@elsewhere.test").await.is_empty());
    world.finish().await;
}
