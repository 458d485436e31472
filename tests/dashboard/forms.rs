//! Goal: a form with several mistakes names all of them at once, above it and beside its fields, and in the page's title.
//! Method: each form is sent with two wrong fields.

use world::{World, client::dashboard::Marketer};

/// Path, fields, and what the page says about each mistake.
type Wrong<'a> = (String, Vec<(&'a str, &'a str)>, [&'a str; 2]);

fn forms<'a>(partner: &str, program: &str, key: &'a str) -> Vec<Wrong<'a>> {
    let settings = |page: &str| format!("/dashboard/settings{page}");
    vec![
        ("/signup".to_owned(), vec![("name", ""), ("email", "ann")], ["name-problem", "email-problem"]),
        (
            settings(""),
            vec![("name", "Acme"), ("slug", "-acme"), ("billingEmail", "ann")],
            ["slug-problem", "billingEmail-problem"],
        ),
        (settings("/team/invite"), vec![("email", "ann"), ("role", "boss")], ["email-problem", "role-problem"]),
        (
            settings("/api-keys"),
            vec![("id", key), ("name", " "), ("scope", "read"), ("role", "viewer"), ("expiresOn", "2020-01-01")],
            ["name-problem", "expires-problem"],
        ),
        (
            settings("/webhooks"),
            vec![("url", "ftp://acme.test")],
            ["id=\"url-problem\"", "Select at least one event, or All."],
        ),
        (
            settings("/webhooks/destinations"),
            vec![("siteId", ""), ("apiKey", "x"), ("events", "unknown_event")],
            ["Must be copied from Customer.io", "a known event"],
        ),
        (
            settings("/emails"),
            vec![("contactEmail", "ann"), ("postalAddress", "a\u{202e}b")],
            ["contactEmail-problem", "postalAddress-problem"],
        ),
        (
            settings("/emails/affiliate_invited"),
            vec![("subject", "{first}"), ("button", "{last}"), ("step", "save")],
            ["subject-problem", "button-problem"],
        ),
        (
            settings("/link-hosts"),
            vec![("host", "https://x"), ("defaultDestination", "ftp://x")],
            ["host-problem", "destination-problem"],
        ),
        (
            "/dashboard/affiliates/new".to_owned(),
            vec![("name", ""), ("email", "ann"), ("status", "Approved")],
            ["name-problem", "email-problem"],
        ),
        (
            format!("/dashboard/affiliates/{partner}/profile"),
            vec![("name", ""), ("email", "ann"), ("slug", "ann")],
            ["name-problem", "email-problem"],
        ),
        (
            "/dashboard/recruit".to_owned(),
            vec![("list", ""), ("program", ""), ("bounty", "much"), ("step", "preview")],
            ["list-problem", "bounty-problem"],
        ),
        (
            "/dashboard/imports".to_owned(),
            vec![("kind", "x"), ("source", "x"), ("program", "")],
            ["Choose what", "Choose where"],
        ),
        (
            "/dashboard/payouts/settings".to_owned(),
            vec![("schedule", "Manual"), ("minimums", "ten"), ("taxGate", "Warn"), ("taxThresholds", "2027")],
            ["have a currency and an amount", "have a year and an amount"],
        ),
        (
            "/dashboard/organizations/new".to_owned(),
            vec![("name", ""), ("timeZone", "Mars/Base")],
            ["name-problem", "timeZone-problem"],
        ),
        (
            "/dashboard/programs/new".to_owned(),
            vec![("name", ""), ("destination", "nowhere"), ("preset", "share"), ("rate", "much")],
            ["name-problem", "rate-problem"],
        ),
        (
            format!("/dashboard/programs/{program}"),
            vec![("name", ""), ("cookieWindowDays", "soon")],
            ["name-problem", "cookieWindowDays-problem"],
        ),
        (
            "/account/password".to_owned(),
            vec![("password", "a guess"), ("new_password", "short")],
            ["id=\"password-problem\"", "id=\"new_password-problem\""],
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn all_mistakes_are_named_at_once() {
    let world = World::shared().await;
    let organization = world.acme.organization.to_string();
    let mut owner = Marketer::new(&world.ledger.base());
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    let keys = owner.browser.get("/dashboard/settings/api-keys").await.text();
    let form = keys.split_once("id=\"new-title\"").unwrap().1.split_once("name=\"id\"").unwrap().1;
    let key = form.split_once("value=\"").unwrap().1.split_once('"').unwrap().0;
    let (partner, program) = (world.acme.partner.affiliate.to_string(), world.acme.program.to_string());
    for (path, mut fields, expected) in forms(&partner, &program, key) {
        fields.push(("organization", organization.as_str()));
        let page = owner.submit(&path, &fields).await.expect_status(400).text();
        for text in expected.into_iter().chain(["<title>Error: ", "class=\"problem summary\" role=\"alert\""]) {
            assert!(page.contains(text), "{path}: {text}: {page}");
        }
    }
    world.finish().await;
}
