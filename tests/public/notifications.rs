//! Goal: people are notified of what they chose, once; one click stops emails of a kind, and nothing else.
//! Method: settings as forms send them, emails in the mailbox, a mail program's one-click request, a clock moved ahead.

use serde_json::{Value, json};
use world::{
    World,
    brand::{But, fresh as new_id},
    client::{dashboard::Marketer, mailbox},
    http::Request,
    organization_fixture::owner,
    program_page_fixture::fresh,
    wait,
};

async fn count(base: &str, to: &str, kind: &str) -> usize {
    mailbox::read_emails(base, to).await.iter().filter(|email| email["kind"] == kind).count()
}

async fn apply(world: &World, email: &str) {
    let mut visitor = Marketer::new(&world.ledger.base());
    let token = fresh(&mut visitor, "acme").await;
    let form = [("shown", token.as_str()), ("f_email", email), ("f_name", "Somebody"), ("terms", "yes")];
    visitor.submit("/p/acme", &form).await.expect_status(303);
}

fn path(base: &str, email: &Value) -> String {
    let address = email["unsubscribe"].as_str().unwrap_or_else(|| panic!("{email}"));
    assert!(email["text"].as_str().unwrap().contains(address), "the email says it too");
    address.strip_prefix(base).unwrap().to_owned()
}

#[tokio::test]
async fn people_choose_what_they_are_told() {
    let world = World::start().await;
    let (base, to) = (world.ledger.base(), world.demo["owner"]["email"].as_str().unwrap().to_owned());
    let mut person = owner(&world).await;
    let page = person.browser.get("/account/notifications").await.expect_status(200).text();
    assert_eq!(page.matches("value=\"yes\" checked").count(), 6, "all are on, and no broadcasts: {page}");
    apply(&world, "one@creators.test").await;
    let character = mailbox::read_email(&base, &to, "application_new").await;
    // A mail program's own request: no cookie, no page.
    let one_click =
        Request::new("POST", &path(&base, &character)).header("Content-Type", "application/x-www-form-urlencoded");
    one_click.send(&base).await.unwrap().expect_status(200);
    let page = person.browser.get("/account/notifications").await.text();
    assert_eq!(page.matches("value=\"yes\" checked").count(), 5, "{page}");
    apply(&world, "two@creators.test").await;
    assert_eq!(count(&base, &to, "application_new").await, 1);

    let organization = world.acme.organization.to_string();
    let mut choose = async |fields: &[(&str, &str)]| {
        let mut all = vec![("organization", organization.as_str())];
        all.extend(fields);
        person.submit("/account/notifications", &all).await
    };
    choose(&[("affiliate_applied", "yes")]).await.expect_status(303);
    apply(&world, "three@creators.test").await;
    assert_eq!(count(&base, &to, "application_new").await, 2);
    let before = count(&base, &to, "api_key_created").await;
    let id = new_id::<shared::id::ApiKey>().to_string();
    let form = [
        ("organization", organization.as_str()),
        ("id", id.as_str()),
        ("name", "Key of the night"),
        ("scope", "read"),
        ("role", "viewer"),
    ];
    let answer = person.submit("/dashboard/settings/api-keys", &form).await;
    assert!(answer.status < 400, "{}", answer.text());
    assert_eq!(count(&base, &to, "api_key_created").await, before, "turned off");
    let theirs = world.globex.organization.to_string();
    person.submit("/account/notifications", &[("organization", theirs.as_str())]).await.expect_status(404);
    world.finish().await;
}

#[tokio::test]
async fn affiliates_are_told_of_their_success_until_they_say_stop() {
    let world = World::start().await;
    let base = world.ledger.base();
    let early = world.acme.join(&world.database, "early").await;
    let to = "early@creators.test";
    let sale = |id: &str| {
        let slug = early.slug.clone();
        world.acme.sale(id, 10_000).but(|report| report.affiliate_slug = Some(slug))
    };
    world.intake().accept(&[world.acme.click(&early), sale("one"), sale("two")]).await;
    let click = mailbox::read_email(&base, to, "first_click").await;
    assert!(click["subject"].as_str().unwrap().contains("first click"), "{click}");
    let earned = mailbox::read_email(&base, to, "commission_earned").await;
    assert!(earned["subject"].as_str().unwrap().contains("$40.00"), "both in one: {earned}");
    // Affiliates without news are skipped, and the job has handled all there was.
    let report = async || {
        let marked = "select count(*) as a, count(click_due_at) as b, count(earned_due_at) as c from milestone_emails";
        world.database.texts(marked).await.concat()
    };
    assert_eq!(report().await, ["1", "0", "0"]);
    // News within the day wait for the next email; more clicks are no news.
    world.intake().accept(&[world.acme.click(&early), sale("three")]).await;
    assert_eq!(report().await, ["1", "0", "1"], "tomorrow");
    world.ledger.run_jobs().await;
    assert_eq!((count(&base, to, "commission_earned").await, count(&base, to, "first_click").await), (1, 1));
    Request::post("/dev/clock", json!({"advanceDays": 1}).to_string()).send(&base).await.unwrap().expect_status(200);
    wait::until("the next day's email", 15, async || (count(&base, to, "commission_earned").await == 2).then_some(()))
        .await;
    let end = path(&base, &mailbox::read_emails(&base, to).await[0]);
    let page = Request::get(&end).send(&base).await.unwrap().expect_status(200).text();
    assert!(page.contains("Unsubscribe from these emails?"), "looking ends nothing: {page}");
    Request::new("POST", &end).send(&base).await.unwrap().expect_status(200);
    world.intake().accept(&[sale("four")]).await;
    Request::post("/dev/clock", json!({"advanceDays": 1}).to_string()).send(&base).await.unwrap().expect_status(200);
    world.ledger.run_jobs().await;
    assert_eq!(count(&base, to, "commission_earned").await, 2);
    for forged in ["x", &"A".repeat(68)] {
        let answer = Request::new("POST", &format!("/unsubscribe/{forged}")).send(&base).await.unwrap();
        assert_eq!(answer.status, 410, "{}", answer.text());
    }
    world.finish().await;
}

#[tokio::test]
async fn who_pays_is_reminded_once_a_week() {
    let world = World::start().await;
    let (base, to) = (world.ledger.base(), world.demo["owner"]["email"].as_str().unwrap().to_owned());
    let slug = world.acme.partner.slug.clone();
    world.intake().accept(&[world.acme.sale("one", 10_000).but(|report| report.affiliate_slug = Some(slug))]).await;
    let advance = async |days: i64| {
        let body = json!({"advanceDays": days}).to_string();
        Request::post("/dev/clock", body).send(&base).await.unwrap().expect_status(200);
    };
    advance(31).await;
    world.ledger.run_jobs().await;
    assert_eq!(count(&base, &to, "commissions_due").await, 0, "not yet a week");
    advance(8).await;
    let message = mailbox::read_email(&base, &to, "commissions_due").await;
    let text = message["text"].as_str().unwrap();
    assert!(text.contains("1 affiliate: $20.00") && text.contains("/dashboard/payouts/pay?"), "{message}");
    advance(1).await;
    world.ledger.run_jobs().await;
    assert_eq!(count(&base, &to, "commissions_due").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn every_kind_of_email_can_be_looked_at() {
    let world = World::start().await;
    let base = world.ledger.base();
    let list = Request::get("/dev/mail/samples").send(&base).await.unwrap().expect_status(200).text();
    let kinds: Vec<&str> =
        list.split("\"/dev/mail/samples/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    for kind in ["application_received", "payout_sent", "webhook_disabled", "tax_form_needed", "verify_email"] {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
    for kind in kinds {
        let email = Request::get(&format!("/dev/mail/samples/{kind}")).send(&base).await.unwrap().expect_status(200);
        assert!(email.header("content-security-policy").unwrap().contains("sandbox"), "{kind}");
    }
    Request::get("/dev/mail/samples/nothing").send(&base).await.unwrap().expect_status(404);
    world.finish().await;
}

/// Monday at eight, by the organization's own clocks.
#[tokio::test]
async fn a_week_is_summed_up_on_monday() {
    let world = World::start().await;
    let (base, to) = (world.ledger.base(), world.demo["owner"]["email"].as_str().unwrap().to_owned());
    let now = wait::now();
    // Where it is later than eight now, and the same day as in UTC.
    let hour = now.millis() / 3_600_000 % 24;
    let zone = if hour < 8 { "Etc/GMT-8" } else { "UTC" };
    let organization = world.acme.organization.uuid();
    world
        .database
        .run(&format!("update organizations set time_zone = '{zone}' where organization_id = '{organization}'"))
        .await;
    let slug = world.acme.partner.slug.clone();
    world.intake().accept(&[world.acme.sale("one", 10_000).but(|report| report.affiliate_slug = Some(slug))]).await;
    let advance = async |days: i64| {
        let body = json!({"advanceDays": days}).to_string();
        Request::post("/dev/clock", body).send(&base).await.unwrap().expect_status(200);
        world.ledger.run_jobs().await;
    };
    // 1970 began on a Thursday. The next Monday, whatever day it is.
    let weekday = (now.millis() / 86_400_000 + 3) % 7;
    if weekday < 6 {
        advance(6 - weekday).await;
        assert_eq!(count(&base, &to, "weekly_summary").await, 0, "on Sunday");
    }
    advance(1).await;
    let message = mailbox::read_email(&base, &to, "weekly_summary").await;
    let text = message["text"].as_str().unwrap();
    assert!(text.contains("Revenue: $100.00 (was $0.00)") && text.contains("Lauren Vale"), "{message}");
    let [first, last] = [-weekday, 6 - weekday].map(|days| now.plus_days(days).to_string()[..10].to_owned());
    assert!(text.contains(&format!("&from={first}&to={last}")), "the week of the figures: {message}");
    world.ledger.run_jobs().await;
    assert_eq!(count(&base, &to, "weekly_summary").await, 1, "once");
    let end = path(&base, &message);
    Request::new("POST", &end).send(&base).await.unwrap().expect_status(200);
    // The week after has no sales, which is a change, but no one wants the email any more.
    advance(7).await;
    assert_eq!(count(&base, &to, "weekly_summary").await, 1);
    let choice = "select count(*) from notification_settings where kind = 'weekly_summary' and not enabled";
    assert_eq!(world.database.count(choice).await, 1);
    world.finish().await;
}
