//! Goal: a brand's engineer gets from nothing to a verified webhook by `docs/api/quickstart.md` alone.
//! Method: the steps for pages are done on the pages; then a shell runs the commands one after the other, as they are
//! written, with their receiver beside them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use world::{World, child::Child, client::dashboard::Marketer, http::Request, settings, wait};

const PAGE: &str = include_str!("../../docs/api/quickstart.md");

/// The contents of the page's blocks of a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    PAGE.split(&fence).skip(1).map(|rest| rest.split("\n```").next().expect("a fence's end")).collect()
}

/// The newest email to an address.
async fn email_of(world: &World, to: &str) -> Value {
    wait::until(&format!("an email to {to}"), 10, async || {
        let mailbox = Request::get(&format!("/dev/mailbox?to={to}")).send(&world.ledger.base()).await.ok()?.json();
        mailbox["data"].as_array()?.first().cloned()
    })
    .await
}

/// The path of the first link in an email.
fn link(email: &Value, base: &str) -> String {
    let link = email["links"][0].as_str().unwrap_or_else(|| panic!("no link in {email}"));
    link.strip_prefix(base).unwrap_or_else(|| panic!("{link} is not ours")).to_owned()
}

/// The commands of the page, run by a shell; what they and the receiver print is in the log.
fn run(world: &World, bearer: &str) -> (Child, PathBuf) {
    let folder = settings::folder();
    fs::write(folder.join("receiver.mjs"), blocks("js")[0]).unwrap();
    let script = blocks("sh").join("\n\n").replace("http://127.0.0.1:8080", &world.ledger.base());
    let node = settings::node();
    let places = [settings::root().join("tests/fixtures/quickstart"), node.parent().unwrap().to_owned()];
    let path = places.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(":");
    let mut command = Command::new("bash");
    command.args(["-euo", "pipefail", "-c", &format!("{script}\necho all done\nwait")]).current_dir(&folder);
    command.env("PATH", format!("{path}:{}", std::env::var("PATH").unwrap_or_default()));
    command.env("REKOMI_API_KEY", bearer).env("PORT", settings::free_port().to_string());
    let log = folder.join("said.log");
    (Child::start("the quickstart", command, &log), log)
}

async fn received(shell: &mut Child, log: &Path, requested: &str, times: usize) {
    wait::until(&format!("{requested:?} to be said {times} times"), 60, async || {
        let message = fs::read_to_string(log).unwrap_or_default();
        if let Some(status) = shell.exited() {
            panic!("a command failed ({status}):\n{message}");
        }
        (message.lines().filter(|line| *line == requested).count() >= times).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_of_the_page() {
    let world = World::start().await;
    let base = world.ledger.base();
    // 2. Sign up and confirm.
    let mut owner = Marketer::new(&base);
    let (email, password) = ("quinn@quick.test", "correct horse battery");
    let form = [("name", "Quinn"), ("organization", "Quick Ltd"), ("email", email), ("password", password)];
    let answer = owner.submit("/signup", &form).await;
    assert!(answer.status < 400, "{} {}", answer.status, answer.text());
    let verify = link(&email_of(&world, email).await, &base);
    confirm(&mut owner, &verify).await;
    let person = serde_json::json!({"email": email, "password": password});
    owner.sign_in(&person).await.expect_status(303);
    // 3. Invite a colleague.
    let organization = organization(&mut owner).await;
    let invite = [("organization", organization.as_str()), ("email", "carla@quick.test"), ("role", "manager")];
    owner.submit("/dashboard/settings/team/invite", &invite).await.expect_status(303);
    assert!(link(&email_of(&world, "carla@quick.test").await, &base).starts_with("/invites/"));
    // 4. Create a key.
    let form = owner.browser.get("/dashboard/settings/api-keys").await.expect_status(200).text();
    let id = value(&form, "id").expect("the form names the key to be");
    let key = [
        ("organization", organization.as_str()),
        ("id", id),
        ("name", "Quickstart"),
        ("scope", "admin"),
        ("role", "owner"),
        ("mode", "live"),
    ];
    let page = owner.submit("/dashboard/settings/api-keys", &key).await.expect_status(200).text();
    let bearer = page.split('"').find(|text| text.starts_with("rk_live_")).expect("the bearer, this once").to_owned();
    // 5 to 10.
    let (mut shell, log) = run(&world, &bearer);
    for (line, times) in [
        ("verified affiliate_applied", 1),
        ("verified affiliate_approved", 1),
        ("verified conversion_created", 1),
        ("verified commission_earned", 1),
        ("verified webhook_test", 2),
        ("1980", 1),
        ("all done", 1),
    ] {
        received(&mut shell, &log, line, times).await;
    }
    let message = fs::read_to_string(&log).unwrap();
    assert!(!message.contains("REFUSED"), "{message}");
    for action in
        ["program.created", "webhook.created", "affiliate.approved", "webhook.secret_rotated", "api_key.created"]
    {
        assert!(message.lines().any(|line| line == action), "{action} is not in the audit log:\n{message}");
    }
    drop(shell);
    world.finish().await;
}

/// Presses the one button of the page that an email leads to.
async fn confirm(person: &mut Marketer, target: &str) {
    let page = person.browser.get(target).await.expect_status(200).text();
    let token = value(&page, "token").expect("a form with a token");
    let action = target.split('?').next().unwrap();
    let answer = person.submit(action, &[("token", token)]).await;
    assert!(answer.status < 400, "{} {}", answer.status, answer.text());
}

/// The value of a page's hidden field.
fn value<'p>(page: &'p str, name: &str) -> Option<&'p str> {
    page.split(&format!("name=\"{name}\" value=\"")).nth(1)?.split('"').next()
}

async fn organization(person: &mut Marketer) -> String {
    let page = person.browser.get("/dashboard").await.expect_status(200).text();
    let id = page.split("organization=").nth(1).and_then(|rest| rest.split(['"', '&', '#']).next());
    id.expect("the organization's id").to_owned()
}
