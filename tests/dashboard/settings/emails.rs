//! Goal: owners and admins say emails to affiliates in their own words, in each language, see them before anyone gets them,
//! and go back to the standard; nobody else does, and what they write is only text.
//! Method: the demo's owner and a manager send the forms; the mailbox and the audit log are read.
//! Routes: `/dashboard/settings/emails`, `/dashboard/settings/emails/affiliate_link`,
//! `/dashboard/settings/emails/affiliate_link/preview`

use serde_json::{Value, json};
use world::{
    World,
    client::{
        dashboard::Marketer,
        mailbox::{read_email, read_emails},
    },
    organization_fixture::owner,
    team_fixture::joined,
};

const PLACE: &str = "/dashboard/settings/emails";

fn text<'a>(email: &'a Value, name: &str) -> &'a str {
    email[name].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_in_a_brands_own_words() {
    let world = World::shared().await;
    let (base, organization) = (world.ledger.base(), world.acme.organization.to_string());
    let mut owner = owner(&world).await;
    let list = owner.browser.get(PLACE).await.expect_status(200).text();
    for words in ["Acme SaaS via Rekomi", "Invitation", "Commission earned", "Standard text"] {
        assert!(list.contains(words), "{words} in {list}");
    }
    assert!(!list.contains("tax_form_needed"), "what happened is said in our words: {list}");

    let place = format!("{PLACE}/affiliate_link");
    let page = owner.browser.get(&format!("{place}?lang=de")).await.expect_status(200).text();
    for words in ["Standard: Dein Anmeldelink", "{name}, {brand}, {link}.", "Hallo Nina Berg,"] {
        assert!(page.contains(words), "{words} in {page}");
    }
    let own = [
        ("organization", organization.as_str()),
        ("lang", "en"),
        ("subject", "{name}, come in"),
        ("opening", "<b>Welcome</b> back to {brand}: {link}"),
        ("button", "Enter"),
    ];
    let with = |step| own.into_iter().chain([("step", step)]).collect::<Vec<_>>();

    // A preview and a test save nothing.
    let page = owner.submit(&place, &with("preview")).await.expect_status(200).text();
    assert!(page.contains("Nina Berg, come in") && page.contains("&#60;b&#62;Welcome"), "{page}");
    let page = owner.submit(&place, &with("test")).await.expect_status(200).text();
    let address = world.own("owner@acme.test");
    assert!(page.contains(&format!("Test sent to {address}.")), "{page}");
    let test = read_email(&base, &address, "email_preview").await;
    assert_eq!(text(&test, "subject"), "Nina Berg, come in");
    assert!(text(&test, "from").contains("Acme SaaS via Rekomi"), "{test}");
    assert_eq!(world.database.count("select count(*) from organization_emails").await, 0);

    owner.submit(&place, &with("save")).await.expect_status(303);
    let affiliate = world.demo["affiliate"]["email"].as_str().unwrap();
    let mut visitor = Marketer::new(&base);
    visitor.submit("/a/link", &[("email", affiliate)]).await.expect_status(303);
    let email = read_email(&base, affiliate, "affiliate_link").await;
    assert!(text(&email, "subject").ends_with(", come in"), "{email}");
    assert!(text(&email, "text").contains("<b>Welcome</b> back to Acme SaaS: http"), "{email}");
    assert!(text(&email, "text").contains("Enter:\n") && !text(&email, "html").contains("<b>Welcome"), "{email}");
    let alone = owner.browser.get(&format!("{place}/preview")).await.expect_status(200);
    assert!(alone.header("content-security-policy").unwrap().contains("sandbox"));
    assert!(alone.text().contains("Nina Berg, come in") && !alone.text().contains("<b>Welcome"));
    assert!(owner.browser.get(PLACE).await.text().contains("English"));
    // Another language stays as it is.
    let german = owner.browser.get(&format!("{place}/preview?lang=de")).await.expect_status(200).text();
    assert!(german.contains("Dein Anmeldelink"), "{german}");

    owner.submit(&place, &with("reset")).await.expect_status(303);
    visitor.submit("/a/link", &[("email", affiliate)]).await.expect_status(303);
    let emails = read_emails(&base, affiliate).await;
    assert_eq!(text(&emails[0], "subject"), "Your sign-in link");
    let actions = "select action from audit_log where action like 'organization.email%' order by id";
    let actions = world.database.texts(actions).await;
    assert_eq!(actions, [["organization.email_changed"], ["organization.email_reset"]]);
    let log = owner.browser.get("/dashboard/settings/audit-log").await.text();
    assert!(log.contains("changed the email of"), "{log}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_and_only_what_can_be_filled() {
    let world = World::shared().await;
    let organization = world.acme.organization.to_string();
    let mut owner = owner(&world).await;
    let mut carla = joined(&world, &mut owner, &world.own("carla@acme.test"), "manager").await;
    let place = format!("{PLACE}/commission_earned");
    let fields = |subject| [("organization", organization.as_str()), ("subject", subject), ("step", "save")];
    let refused = owner.submit(&place, &fields("For {first_name}")).await.expect_status(400).text();
    assert!(refused.contains("There is no variable {first_name} here."), "{refused}");
    assert!(refused.contains("value=\"For {first_name}\""), "what was typed stays: {refused}");
    owner.submit(&place, &fields("You get {offer}")).await.expect_status(400);
    owner.submit(&format!("{PLACE}/affiliate_invited"), &fields("You get {offer}")).await.expect_status(303);
    for fixed in ["tax_form_needed", "payout_method_changed", "password_reset", "none"] {
        owner.submit(&format!("{PLACE}/{fixed}"), &fields("x")).await.expect_status(404);
    }

    let page = carla.browser.get(&place).await.expect_status(200).text();
    assert!(page.contains("Preview") && !page.contains("Send test to me"), "{page}");
    carla.submit(&place, &fields("Carla’s")).await.expect_status(403);
    carla.submit(PLACE, &[("organization", organization.as_str())]).await.expect_status(403);
    assert_eq!(world.database.count("select count(*) from organization_emails").await, 1);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_tests_leave_the_words_in_the_form() {
    let world = World::shared().await;
    let organization = world.acme.organization.to_string();
    let mut owner = owner(&world).await;
    let place = format!("{PLACE}/affiliate_link");
    let test = [("organization", organization.as_str()), ("subject", "{name}, come in"), ("step", "test")];
    for _ in 0..5 {
        owner.submit(&place, &test).await.expect_status(200);
    }
    let refused = owner.submit(&place, &test).await.expect_status(429);
    assert_eq!(refused.header("retry-after"), Some("60"));
    let page = refused.text();
    for part in ["Too many requests.", "value=\"{name}, come in\""] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("Test sent"), "{page}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_and_the_foot_of_emails() {
    let world = World::shared().await;
    let (base, organization) = (world.ledger.base(), world.acme.organization.to_string());
    let mut owner = owner(&world).await;
    let sender = [
        ("organization", organization.as_str()),
        ("contactEmail", "Hello@Acme.test"),
        ("postalAddress", "1 Main Street, Springfield"),
    ];
    owner.submit(PLACE, &sender).await.expect_status(303);
    let page = owner.browser.get(PLACE).await.expect_status(200).text();
    assert!(page.contains("hello@acme.test") && page.contains("1 Main Street, Springfield"), "{page}");
    let affiliate = world.demo["affiliate"]["email"].as_str().unwrap();
    Marketer::new(&base).submit("/a/link", &[("email", affiliate)]).await.expect_status(303);
    let email = read_email(&base, affiliate, "affiliate_link").await;
    assert_eq!(
        (&email["replyTo"], text(&email, "from").contains("Acme SaaS via Rekomi")),
        (&json!("hello@acme.test"), true)
    );
    assert!(text(&email, "text").contains("Acme SaaS\n1 Main Street, Springfield\n"), "{email}");
    let entry = "select count(*) from audit_log where action = 'organization.changed' and after ->> 'postalAddress' like '1 Main%'";
    assert_eq!(world.database.count(entry).await, 1);
    world.finish().await;
}
