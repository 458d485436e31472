//! Goal: people are notified of what they chose, once; one click stops emails of a kind, and nothing else.
//! Method: settings as forms send them, emails in the mailbox, a mail program's one-click request, a clock moved ahead.

use serde_json::{Value, json};
use world::{
    World,
    brand::{But, fresh as new_id},
    client::{dashboard::Marketer, mailbox},
    http::Request,
    import_fixture,
    organization_fixture::owner,
    payout_run_fixture::bonus,
    program_page_fixture::fresh,
    stripe::shape,
    visits::{Paying, noon},
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
    world.ledger.run_jobs().await;
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
    world.ledger.run_jobs().await;
    assert_eq!(count(&base, to, "commission_earned").await, 2, "the next day's email");
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

async fn advance(world: &World, days: i64) {
    let body = json!({"advanceDays": days}).to_string();
    Request::post("/dev/clock", body).send(&world.ledger.base()).await.unwrap().expect_status(200);
}

/// What the emails about earnings say, the newest first, after all that is due was sent.
async fn earnings(world: &World, to: &str, emails: usize) -> Vec<String> {
    world.ledger.run_jobs().await;
    let all = mailbox::read_emails(&world.ledger.base(), to).await;
    let about = all.iter().filter(|email| email["kind"] == "commission_earned");
    let texts: Vec<String> = about.map(|email| email["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(texts.len(), emails, "{texts:?}");
    texts
}

/// Someone whose address only a brand entered: what they opted out of in an invitation includes this.
#[tokio::test]
async fn who_opted_out_before_signing_in_gets_no_emails() {
    let world = World::start().await;
    let (base, to) = (world.ledger.base(), "early@creators.test");
    let invited = json!({"programId": world.globex.program.to_string(), "affiliates": [{"email": to}]});
    world.other_api().post("/affiliates/bulk-invite", &invited).await.expect_status(200);
    let invitation = mailbox::read_emails(&base, to).await.remove(0);
    let stop = invitation["unsubscribe"].as_str().unwrap().strip_prefix(&base).unwrap().to_owned();
    let one_click = Request::new("POST", &stop).header("Content-Type", "application/x-www-form-urlencoded");
    one_click.send(&base).await.unwrap().expect_status(200);

    let early = world.acme.join(&world.database, "early").await;
    let anna = world.acme.join(&world.database, "anna").await;
    let sale = |id: &str, slug: &str| {
        let slug = slug.to_owned();
        world.acme.sale(id, 10_000).but(|report| report.affiliate_slug = Some(slug))
    };
    let (clicks, sales) =
        ([&early, &anna].map(|who| world.acme.click(who)), [sale("one", "early"), sale("two", "anna")]);
    world.intake().accept(&clicks).await;
    world.intake().accept(&sales).await;
    world.ledger.run_jobs().await;
    for kind in ["first_click", "commission_earned"] {
        assert_eq!(count(&base, "anna@creators.test", kind).await, 1, "{kind}");
    }
    for kind in ["first_click", "commission_earned"] {
        assert_eq!(count(&base, to, kind).await, 0, "{kind}");
    }
    // After signing in, an affiliate gets these emails, and can turn them off in the portal.
    world.database.run("update affiliates set proved_at = now() where email = 'early@creators.test'").await;
    world.intake().accept(&[sale("three", "early")]).await;
    advance(&world, 1).await;
    assert!(earnings(&world, to, 1).await[0].contains("1 commission: $20.00"));
    world.finish().await;
}

/// Neither imports nor commissions that wait for a decision are news; each commission is in one email.
#[tokio::test]
async fn a_figure_contains_what_counts_and_contains_it_once() {
    let world = World::start().await;
    let (base, to, api) = (world.ledger.base(), "early@creators.test", world.api());
    let early = world.acme.join(&world.database, "early").await;
    let past = json!({
        "kind": "Sales", "source": "Rewardful", "programId": world.acme.program.to_string(), "sales": null,
        "rows": [{"externalId": "ch_1", "occurredAt": "2025-03-01T09:00:00Z", "amountCents": 10_000,
                  "commissionCents": 3_000, "currency": "USD", "status": "paid", "paidAt": "2025-12-31",
                  "customerId": "cus_old", "affiliateEmail": to}],
    });
    assert_eq!(import_fixture::counts(&import_fixture::import(&api, &past).await), [1, 0, 0, 0]);
    let sale = |id: &str, cents: i64| {
        let slug = early.slug.clone();
        world.acme.sale(id, cents).but(|report| report.affiliate_slug = Some(slug))
    };
    let own = sale("own", 30_000).but(|report| {
        report.customer_id = Some("own".to_owned());
        report.customer_email = Some("Early+shop@creators.test".to_owned());
    });
    world.intake().accept(&[own, sale("one", 10_000)]).await;
    let text = earnings(&world, to, 1).await.remove(0);
    assert!(text.contains("1 commission: $20.00"), "{text}");
    // What a person approves days later is news then.
    advance(&world, 3).await;
    let (conversion, _) = api.booked("own").await.unwrap();
    let review = format!("/conversions/{}/review", conversion["id"].as_str().unwrap());
    let why = json!({"decision": "Approve", "reason": "A friend bought it."});
    api.post(&review, &why).await.expect_status(200);
    let text = earnings(&world, to, 2).await.remove(0);
    assert!(text.contains("1 commission: $60.00"), "{text}");
    // What was denied when the email was sent is in the one after it's restored.
    world.intake().accept(&[sale("two", 20_000), sale("three", 35_000)]).await;
    let (_, commissions) = api.booked("two").await.unwrap();
    let decide = async |what: &str| {
        let path = format!("/commissions/{}/{what}", commissions[0]["id"].as_str().unwrap());
        api.post(&path, &json!({"reason": "checked by phone"})).await.expect_status(200);
    };
    decide("deny").await;
    advance(&world, 1).await;
    let text = earnings(&world, to, 3).await.remove(0);
    assert!(text.contains("1 commission: $70.00"), "{text}");
    decide("approve").await;
    advance(&world, 1).await;
    let text = earnings(&world, to, 4).await.remove(0);
    assert!(text.contains("1 commission: $40.00"), "{text}");
    // What was reported before is no news once it's denied and restored.
    decide("deny").await;
    decide("approve").await;
    advance(&world, 1).await;
    world.ledger.run_jobs().await;
    assert_eq!(count(&base, to, "commission_earned").await, 4);
    world.finish().await;
}

/// No date says when a disputed commission becomes payable, so it's news once the dispute is won.
#[tokio::test]
async fn what_was_disputed_from_the_start_is_news_once_that_is_won() {
    let world = World::start().await;
    let to = "early@creators.test";
    let early = world.acme.join(&world.database, "early").await;
    let sale = |id: &str, cents: i64| {
        let slug = early.slug.clone();
        world.acme.sale(id, cents).but(|report| report.affiliate_slug = Some(slug))
    };
    let dispute = |status: &str, at: i64| {
        let mut event = shape("charge.dispute.created");
        event["id"] = json!(format!("evt_du_1_{status}"));
        event["created"] = json!(wait::now().seconds() + at);
        let object = &mut event["data"]["object"];
        object["id"] = json!("du_1");
        object["amount"] = json!(30_000);
        object["status"] = json!(status);
        object["payment_intent"] = json!("pi_disputed");
        world.acme.stripe_event(&event)
    };
    let events = [dispute("needs_response", 0), sale("pi_disputed", 30_000), sale("one", 10_000)];
    world.intake().accept(&events).await;
    let (_, commissions) = world.api().booked("pi_disputed").await.unwrap();
    assert_eq!(commissions[0]["heldFor"], "Dispute");
    let text = earnings(&world, to, 1).await.remove(0);
    assert!(text.contains("1 commission: $20.00"), "{text}");
    world.intake().accept(&[dispute("won", 1)]).await;
    advance(&world, 1).await;
    let text = earnings(&world, to, 2).await.remove(0);
    assert!(text.contains("1 commission: $60.00"), "{text}");
    world.finish().await;
}

#[tokio::test]
async fn a_days_clicks_are_news_after_the_day() {
    let world = World::start().await;
    let (base, to) = (world.ledger.base(), "anna@creators.test");
    let paying = Paying::ten_cents(&world).await;
    let anna = paying.partner("anna").await;
    let today = noon(0).plus_millis(-43_200_000);
    world.intake().accept(&paying.crowd(&world, &anna, today, 1)).await;
    paying.recount(&world).await;
    bonus(&world, &anna.affiliate.to_string(), 5_000, "USD").await;
    let text = earnings(&world, to, 1).await.remove(0);
    assert!(text.contains("1 commission: $50.00"), "without the clicks: {text}");
    world.intake().accept(&paying.crowd(&world, &anna, today, 3)).await;
    paying.recount(&world).await;
    world.ledger.run_jobs().await;
    assert_eq!((paying.cents(&anna).await, count(&base, to, "commission_earned").await), (vec![30], 1));
    // Whatever time of the day it is, all of it was counted an hour ago by then, and not two days ago.
    advance(&world, 2).await;
    let text = earnings(&world, to, 2).await.remove(0);
    assert!(text.contains("1 commission: $0.30"), "{text}");
    world.finish().await;
}

#[tokio::test]
async fn who_pays_is_reminded_once_a_week() {
    let world = World::start().await;
    let (base, to) = (world.ledger.base(), world.demo["owner"]["email"].as_str().unwrap().to_owned());
    let sale = async |id: &str| {
        let slug = world.acme.partner.slug.clone();
        world.intake().accept(&[world.acme.sale(id, 10_000).but(|report| report.affiliate_slug = Some(slug))]).await;
    };
    sale("one").await;
    advance(&world, 31).await;
    // It was reported late: its hold is over, and it is payable from now on.
    advance(&world, 6).await;
    sale("two").await;
    world.ledger.run_jobs().await;
    assert_eq!(count(&base, &to, "commissions_due").await, 0, "not yet a week");
    advance(&world, 2).await;
    world.ledger.run_jobs().await;
    let message = mailbox::read_email(&base, &to, "commissions_due").await;
    let text = message["text"].as_str().unwrap();
    assert!(text.contains("1 affiliate: $20.00") && text.contains("/dashboard/payouts/pay?"), "{message}");
    advance(&world, 1).await;
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
