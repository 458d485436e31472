//! Goal: only an email proves whose an address is. A link proves the address that its email went to and no other; a new
//! address ends what the old one opened, and the old one is notified; erasing a person at one brand takes nothing of
//! another's.
//! Method: the brand's API and the portal, with a database lock where two requests must meet.

use serde_json::json;
use world::{
    World,
    client::{
        dashboard::Marketer,
        mailbox::{link, read_email, read_emails, token},
    },
    database::run,
    http::Request,
    wait,
};

async fn ask(base: &str, email: &str) -> String {
    Marketer::new(base).submit("/a/link", &[("email", email)]).await.expect_status(303);
    token(&link(base, email, "affiliate_link").await).to_owned()
}

async fn enter(base: &str, token: &str) -> (Marketer, u16) {
    let mut browser = Marketer::new(base);
    let status = browser.submit("/a/enter", &[("token", token)]).await.status;
    (browser, status)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_proves_only_where_its_email_went() {
    let world = World::start().await;
    let (base, early) = (world.ledger.base(), world.acme.join(&world.database, "early").await);
    let mut held = world.database.connect().await;
    run(&mut held, "begin; lock table affiliate_links in exclusive mode").await;
    // The email is being written and has read the address.
    let door = base.clone();
    let requested = tokio::spawn(async move {
        Marketer::new(&door).submit("/a/link", &[("email", "early@creators.test")]).await.expect_status(303);
    });
    wait::until("the link to be about to be written", 10, async || {
        (world.database.lock_waits("query like 'insert into affiliate_links%'").await > 0).then_some(())
    })
    .await;
    // The brand enters another person's address at that time.
    let moved = format!("update affiliates set email = 'victim@creators.test' where id = '{}'", early.affiliate.uuid());
    run(&mut held, &moved).await;
    run(&mut held, "commit").await;
    requested.await.unwrap();
    assert_eq!(
        world.database.count("select count(*) from affiliate_links").await,
        0,
        "nothing proves the victim's address"
    );
    assert!(read_emails(&base, "early@creators.test").await.is_empty());
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_address_ends_what_the_old_one_opened() {
    let world = World::start().await;
    let (base, early) = (world.ledger.base(), world.acme.join(&world.database, "early").await);
    let path = format!("/affiliates/{}", early.affiliate);
    let notes = json!({"notes": "Has three cats.", "application": {"Why?": "For the cats."}});
    world.api().patch(&path, &notes).await.expect_status(200);

    // Signing out everywhere ends unused links, too.
    let unused = ask(&base, "early@creators.test").await;
    let (mut browser, status) = enter(&base, &unused).await;
    assert_eq!(status, 303);
    let unused = ask(&base, "early@creators.test").await;
    browser.submit("/a/settings/everywhere", &[]).await.expect_status(303);
    assert_eq!(enter(&base, &unused).await.1, 410);

    let used = ask(&base, "early@creators.test").await;
    let (mut browser, _) = enter(&base, &used).await;
    browser.browser.get("/a").await.expect_status(200);
    let unused = ask(&base, "early@creators.test").await;
    let changed = json!({"email": "new@creators.test", "notes": "Has four cats.", "application": null});
    world.api().patch(&path, &changed).await.expect_status(200);
    assert_eq!(browser.browser.get("/a").await.status, 303, "signed out");
    assert_eq!(enter(&base, &unused).await.1, 410);
    let report = read_email(&base, "early@creators.test", "affiliate_email_changed").await;
    let text = report["text"].as_str().unwrap();
    assert!(text.contains("Contact Acme") && !text.contains("new@creators.test"), "{text}");
    let holds = "select count(*) from payout_holds where actor = 'system' and ends_at is not null";
    assert_eq!(world.database.count(holds).await, 1);
    let kept =
        world.database.texts("select coalesce(before::text, '') || coalesce(after::text, '') from audit_log").await;
    let kept = kept.concat().concat();
    assert!(kept.contains("\"notes\": \"changed\"") && !kept.contains("cats"), "the log is for ever: {kept}");

    // The new address opens the portal, and the hold ends automatically.
    let fresh = ask(&base, "new@creators.test").await;
    assert_eq!(enter(&base, &fresh).await.1, 303);
    Request::post("/dev/clock", r#"{"advanceDays":4}"#).send(&base).await.unwrap().expect_status(200);
    world.ledger.run_jobs().await;
    assert_eq!(world.database.count(holds).await, 0);
    // A correction of an address that no one signed in with holds no money.
    let slip = json!({"email": "typo@creators.test"});
    world.api().patch(&format!("/affiliates/{}", world.acme.partner.affiliate), &slip).await.expect_status(200);
    assert_eq!(world.database.count(holds).await, 0);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_at_one_brand_leaves_the_emails_of_another() {
    let world = World::start().await;
    let base = world.ledger.base();
    let made = json!({"name": "Ea Early", "email": "Ea.rly+x@gmail.com"});
    let own = world.api().post("/affiliates", &made).await.expect_status(201).json();
    let their = world.other_api().post("/affiliates", &made).await.expect_status(201).json();
    assert_ne!(own["id"], their["id"]);
    Marketer::new(&base).submit("/a/link", &[("email", "ea.rly+x@gmail.com")]).await.expect_status(303);
    let mine = "select count(*) from mails where recipient = 'ea.rly+x@gmail.com'";
    wait::until("an email of each", 10, async || (world.database.count(mine).await == 2).then_some(())).await;
    let erase = format!("/affiliates/{}/erase", their["id"].as_str().unwrap());
    world.other_api().post(&erase, &json!({"reason": "asked"})).await.expect_status(200);
    let left = world.database.texts(&mine.replace("count(*)", "tenant::text")).await.concat();
    assert_eq!(left, [world.acme.organization.uuid().to_string()]);
    world.finish().await;
}
