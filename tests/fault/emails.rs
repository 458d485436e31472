//! Goal: an email goes out once the decision holds, whatever the mail server does: refusals for now are tried again,
//! refusals for good end with their reason, a silent or broken server holds up nobody, and nothing readable lies about. An
//! email to an affiliate is from their brand, by our address.
//! Method: the real ledger with a mail server that misbehaves on demand; somebody signs up and asks for new passwords.

use world::{
    Plan, World,
    client::dashboard::Marketer,
    http::Response,
    smtp::{MailServer, Mood},
    wait,
};

async fn world(server: &MailServer) -> World {
    Plan::default()
        .ledger_setting("REKOMI_SMTP_URL", &server.url())
        .ledger_setting("REKOMI_MAIL_FROM", "Brand <noreply@brand.test>")
        .start()
        .await
}

async fn ask(world: &World) -> Response {
    let email = world.demo["owner"]["email"].as_str().unwrap();
    Marketer::new(&world.ledger.base()).submit("/forgot", &[("email", email)]).await.expect_status(303)
}

/// What was due later is due now.
async fn hurry(world: &World) {
    world.database.run("update mails set next_attempt_at = now() where status = 'waiting'").await;
}

async fn count(world: &World, condition: &str) -> i64 {
    world.database.count(&format!("select count(*) from mails where {condition}")).await
}

async fn until(world: &World, condition: &str) {
    wait::until(&format!("an email with {condition}"), 30, async || (count(world, condition).await > 0).then_some(()))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_reaches_its_server_whole() {
    let server = MailServer::start().await;
    let world = world(&server).await;
    ask(&world).await;
    until(&world, "status = 'sent' and attempts = 1").await;
    let received = server.received();
    assert_eq!(received.len(), 1);
    let email = &received[0];
    assert_eq!((email.from.as_str(), email.to.as_str()), ("noreply@brand.test", "owner@acme.test"));
    assert_eq!(email.header("From"), Some("Brand <noreply@brand.test>"));
    assert_eq!(email.header("Subject"), Some("Reset your password"));
    assert!(email.header("Content-Type").is_some_and(|kind| kind.starts_with("multipart/alternative")));
    assert!(email.header("Message-ID").is_some_and(|id| id.starts_with("<mail_") && id.ends_with("@brand.test>")));
    assert!(email.data.contains("text/plain") && email.data.contains("text/html"));
    // The link stands nowhere in the database.
    assert_eq!(count(&world, "sealed_body like 'rksealed_%' and mails::text not like '%/reset?token%'").await, 1);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_to_an_affiliate_is_from_their_brand() {
    let server = MailServer::start().await;
    let world = world(&server).await;
    let affiliate = world.demo["affiliate"]["email"].as_str().unwrap();
    let link = async |count: usize| {
        Marketer::new(&world.ledger.base()).submit("/a/link", &[("email", affiliate)]).await.expect_status(303);
        wait::until("the email", 20, async || (server.received().len() == count).then_some(())).await;
        server.received().pop().unwrap()
    };
    let billing =
        "update organizations set name = 'Lumen Yoga', billing_email = 'money@lumen.test' where slug = 'acme'";
    world.database.run(billing).await;
    let email = link(1).await;
    assert_eq!((email.from.as_str(), email.to.as_str()), ("noreply@brand.test", affiliate));
    assert_eq!(email.header("From"), Some("\"Lumen Yoga via Brand\" <noreply@brand.test>"));
    assert_eq!(email.header("Reply-To"), Some("money@lumen.test"));

    // Whatever stands in the database, no name or address adds a header or a second sender.
    let evil = "update organizations
                set name = E'Evil\\r\\nBcc: all@evil.test', billing_email = E'a@b.test\\r\\ncc: c@d.test'
                where slug = 'acme'";
    world.database.run(evil).await;
    let email = link(2).await;
    for name in ["Bcc", "Cc", "Reply-To"] {
        assert_eq!(email.header(name), None, "{name}: {}", email.data);
    }
    let (head, _) = email.data.split_once("\r\n\r\n").unwrap();
    assert_eq!(
        (email.from.as_str(), head.matches("<noreply@brand.test>").count()),
        ("noreply@brand.test", 1),
        "{head}"
    );
    ask(&world).await;
    wait::until("the third email", 20, async || (server.received().len() == 3).then_some(())).await;
    let ours = server.received().pop().unwrap();
    assert_eq!(ours.header("From"), Some("Brand <noreply@brand.test>"), "an email about an account is from us");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_for_now_is_tried_again_as_the_same_message() {
    let server = MailServer::start().await;
    server.set(Mood::Refuses("451 greylisted, come back"));
    let world = world(&server).await;
    ask(&world).await;
    until(&world, "status = 'waiting' and attempts = 1 and last_error like '%greylisted%'").await;
    assert_eq!(count(&world, "next_attempt_at > first_attempt_at + interval '2 seconds'").await, 1, "not at once");
    // The server has it, but the ledger can't know.
    server.set(Mood::BreaksOff);
    hurry(&world).await;
    until(&world, "status = 'waiting' and attempts = 2").await;
    wait::until("the first copy", 10, async || (server.received().len() == 1).then_some(())).await;
    wait::until("the second copy", 30, async || {
        server.set(Mood::Takes);
        hurry(&world).await;
        (count(&world, "status = 'sent'").await == 1).then_some(())
    })
    .await;
    let received = server.received();
    assert!(received.len() >= 2, "{}", received.len());
    assert!(received.iter().all(|email| email.header("Message-ID") == received[0].header("Message-ID")));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_for_good_ends_with_its_reason() {
    let server = MailServer::start().await;
    server.set(Mood::Refuses("550 no such person"));
    let world = world(&server).await;
    ask(&world).await;
    until(&world, "status = 'given_up' and attempts = 1 and last_error like '%no such person%'").await;
    assert!(!world.ledger.log().contains("no such person"), "the server's words may hold an address");
    assert!(!world.ledger.log().contains("owner@acme.test"));
    // A refusal that concerns us, not the email, is the operator's to mend.
    server.set(Mood::Refuses("530 sign in first"));
    ask(&world).await;
    until(&world, "status = 'waiting' and attempts = 1").await;
    server.set(Mood::Refuses("554 5.7.1 relay access denied"));
    ask(&world).await;
    until(&world, "status = 'waiting' and attempts = 1 and last_error like '%relay access denied%'").await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_nothing_holds_up_nobody_and_a_crash_loses_nothing() {
    let server = MailServer::start().await;
    server.set(Mood::IsSilent);
    let mut world = world(&server).await;
    ask(&world).await;
    wait::until("the ledger to connect", 10, async || (server.connections() > 0).then_some(())).await;
    ask(&world).await;
    world.ledger.kill();
    assert_eq!(count(&world, "status = 'waiting' and attempts >= 1").await, 1, "the attempt was counted before");
    server.set(Mood::Takes);
    world.ledger.start().await;
    until(&world, "status = 'sent'").await;
    hurry(&world).await;
    wait::until("both emails", 20, async || (count(&world, "status = 'sent'").await == 2).then_some(())).await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_two_days_it_is_given_up() {
    let server = MailServer::start().await;
    server.set(Mood::Refuses("451 later"));
    let mut world = world(&server).await;
    ask(&world).await;
    until(&world, "status = 'waiting' and attempts = 1 and last_error is not null").await;
    // A round gives up first, and sends then: the next one must begin after this.
    world.ledger.stop();
    world
        .database
        .run("update mails set first_attempt_at = now() - interval '49 hours', next_attempt_at = now()")
        .await;
    world.ledger.start().await;
    until(&world, "status = 'given_up' and last_error like '%later%' and attempts = 1").await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_emails_wait_and_the_log_says_so() {
    let world = Plan::default().ledger_setting("REKOMI_ENV", "production").start().await;
    ask(&world).await;
    assert_eq!(count(&world, "status = 'waiting' and attempts = 0 and first_attempt_at is null").await, 1);
    let warnings = || world.ledger.log().matches("no email server is configured").count();
    wait::until("the job's first run", 30, async || (warnings() > 0).then_some(())).await;
    assert_eq!(warnings(), 1);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_set_late_gets_the_emails_of_the_last_week() {
    let mut world = Plan::default().ledger_setting("REKOMI_ENV", "production").start().await;
    for days in [8, 6] {
        ask(&world).await;
        let age = format!("created_at = now() - interval '{days} days' where created_at > now() - interval '1 day'");
        world.database.run(&format!("update mails set {age}")).await;
    }
    assert_eq!(count(&world, "status = 'waiting' and first_attempt_at is null").await, 2);
    let server = MailServer::start().await;
    world.ledger.stop();
    world.ledger.set("REKOMI_ENV", "test");
    world.ledger.set("REKOMI_SMTP_URL", &server.url());
    world.ledger.start().await;
    until(&world, "status = 'sent' and created_at > now() - interval '7 days'").await;
    until(&world, "status = 'given_up' and attempts = 0 and last_error like 'No email server%'").await;
    assert_eq!(server.received().len(), 1);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_ledgers_send_each_email_once() {
    let server = MailServer::start().await;
    let world = world(&server).await;
    let mut second = world.ledger.beside();
    second.start().await;
    for number in 0..12 {
        let fields = [
            ("name", "Ann"),
            ("organization", "Crowd"),
            ("email", &*format!("ann{number}@crowd.test")),
            ("password", "seven lazy otters"),
        ];
        Marketer::new(&world.ledger.base()).submit("/signup", &fields).await.expect_status(303);
    }
    wait::until("all emails", 20, async || (count(&world, "status = 'sent'").await == 12).then_some(())).await;
    let mut to: Vec<String> = server.received().into_iter().map(|message| message.to).collect();
    to.sort_unstable();
    to.dedup();
    assert_eq!((to.len(), server.received().len()), (12, 12));
    drop(second);
    world.finish().await;
}
