//! Goal: the gateways page connects, tests and disconnects without a script. Mistakes appear next to their fields, and
//! only owners and admins change anything.
//! Method: a browser that only follows links and posts forms, against the fake servers.
//! Routes: `/dashboard/gateways/live`

use world::{Plan, client::dashboard::Marketer, fakes::stripe, gateway_fixture::GatewayFixture};

async fn signed_in(fixture: &GatewayFixture) -> Marketer {
    let mut marketer = Marketer::new(&fixture.world.ledger.base());
    assert_eq!(marketer.sign_in(&fixture.world.demo["owner"]).await.status, 303);
    marketer
}

/// The value of a hidden field of a gateway's form.
fn hidden<'p>(page: &'p str, gateway: &str, name: &str) -> &'p str {
    let form = page.split_once(&format!("id=\"connect-{gateway}\"")).expect("the form").1;
    let field = form.split_once(&format!("name=\"{name}\" value=\"")).expect("the field").1;
    field.split_once('"').unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn connect_test_and_disconnect_by_hand() {
    let fixture = GatewayFixture::start(Plan::default()).await;
    let mut marketer = signed_in(&fixture).await;
    let overview = marketer.browser.get("/dashboard").await.text();
    assert!(overview.contains("href=\"/dashboard/gateways?organization="), "the overview leads there");
    let page = marketer.browser.get("/dashboard/gateways").await.expect_status(200).text();
    for text in [
        "Stripe",
        "Paddle",
        "Braintree",
        "Shopify",
        "Dodo Payments",
        "Creem",
        "Developers → API keys",
        "Private key",
        "One step left",
        "/apikeys/create?name=Rekomi",
    ] {
        assert!(page.contains(text), "{text}");
    }
    let (organization, program) = (fixture.world.acme.organization.to_string(), fixture.world.acme.program.to_string());
    let id = hidden(&page, "stripe", "id").to_owned();
    assert!(page.contains(&format!("/hooks/stripe/{id}")), "the webhook's address is known before its secret");
    let form = |key: &'static str| {
        [
            ("organization", organization.clone()),
            ("type", "stripe".to_owned()),
            ("id", id.clone()),
            ("programId", program.clone()),
            ("apiKey", key.to_owned()),
            ("webhookSecret", String::new()),
        ]
    };
    for (key, status, words) in [
        ("", 400, "Required. In Stripe"),
        ("pk_test_0123456789", 400, "publishable"),
        (stripe::POOR_KEY, 422, "Webhook Endpoints: Write"),
    ] {
        let fields = form(key);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let again = marketer.submit("/dashboard/gateways", &fields).await;
        assert_eq!(again.status, status, "{}", again.text());
        let text = again.text();
        assert!(text.contains(words) && text.contains("id=\"stripe-apiKey-problem\""), "{key}: {text}");
        assert!(text.contains("aria-invalid=\"true\""));
        assert_eq!(hidden(&text, "stripe", "id"), id, "the address stays while one tries again");
        fixture.keeps_secrets(&[&again]).await;
    }
    // Every mistake stands at its field, and the summary above leads there.
    let mut fields = form("pk_test_0123456789");
    (fields[3].1, fields[5].1) = ("gone".to_owned(), "short".to_owned());
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let all = marketer.submit("/dashboard/gateways", &fields).await.expect_status(400).text();
    for field in ["programId", "apiKey", "webhookSecret"] {
        let parts = [format!("id=\"stripe-{field}-problem\""), format!("href=\"#stripe-{field}\"")];
        assert!(parts.iter().all(|part| all.contains(part.as_str())), "{field}: {all}");
    }
    // The secret of a webhook that one creates oneself is folded away with it, until something is wrong with it.
    let fold = "<details class=\"by-hand\" open>";
    assert!(all.contains(fold) && !page.contains(fold) && page.contains("id=\"stripe-webhookSecret\""), "{all}");
    let fields = form(stripe::RESTRICTED_KEY);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(
        marketer.submit("/dashboard/gateways", &fields).await.expect_status(303).header("location"),
        Some(format!("/dashboard/gateways?organization={organization}").as_str())
    );
    let page = marketer.browser.get("/dashboard/gateways").await;
    assert!(page.text().contains(stripe::ACCOUNT) && page.text().contains(&id), "{}", page.text());
    fixture.keeps_secrets(&[&page]).await;

    // Its first event is awaited, and announced once it is there.
    let waits = "Stripe: waiting for the first event…";
    let live = format!("/dashboard/gateways/live?organization={organization}");
    assert!(page.text().contains(waits) && page.text().contains("live.js"), "{}", page.text());
    let part = marketer.browser.get(&live).await.expect_status(200).text();
    assert!(part.contains(waits) && !part.contains("<html"), "{part}");
    let of_it = format!("where id = '{}'", id.parse::<shared::id::GatewayConnectionId>().unwrap().uuid());
    let arrived = "update gateway_connections set last_event_at = now(), last_event_type = 'invoice.paid'";
    fixture.world.database.run(&format!("{arrived} {of_it}")).await;
    let part = marketer.browser.get(&live).await.expect_status(200).text();
    assert!(part.contains("Stripe: received <code>invoice.paid</code>"), "{part}");
    let mut stranger = Marketer::new(&fixture.world.ledger.base());
    assert_eq!(stranger.browser.get(&live).await.status, 401);

    let owner = [("organization", organization.as_str())];
    let target = format!("/dashboard/gateways/{id}");
    assert_eq!(marketer.submit(&format!("{target}/test"), &owner).await.status, 303);
    fixture.stripe.with(|stripe| stripe.endpoints.clear());
    assert_eq!(marketer.submit(&format!("{target}/test"), &owner).await.status, 303);
    let page = marketer.browser.get("/dashboard/gateways").await.text();
    assert!(page.contains("deleted in Stripe") && page.contains("status bad"));
    assert_eq!(marketer.submit(&format!("{target}/disconnect"), &owner).await.status, 303);
    assert_eq!(marketer.submit(&format!("{target}/disconnect"), &owner).await.status, 404);
    assert!(!marketer.browser.get("/dashboard/gateways").await.text().contains(stripe::ACCOUNT));
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_changes_anything() {
    let fixture = GatewayFixture::start(Plan::default()).await;
    let mut nobody = Marketer::new(&fixture.world.ledger.base());
    let sent_away = nobody.browser.get("/dashboard/gateways").await;
    assert!(sent_away.header("location").is_some_and(|location| location.starts_with("/login")));

    let mut marketer = signed_in(&fixture).await;
    let (own, other) = (fixture.world.acme.organization.to_string(), fixture.world.globex.organization.to_string());
    assert_eq!(marketer.browser.get(&format!("/dashboard/gateways?organization={other}")).await.status, 404);
    let connection = fixture.world.acme.stripe.unwrap();
    let target = format!("/dashboard/gateways/{connection}/disconnect");
    assert_eq!(marketer.submit(&target, &[("organization", other.as_str())]).await.status, 404);
    assert_eq!(marketer.submit(&target, &[]).await.status, 404);
    fixture.world.database.set_member_roles("manager").await;
    assert_eq!(marketer.submit(&target, &[("organization", own.as_str())]).await.status, 403);
    let page = marketer.browser.get("/dashboard/gateways").await.expect_status(200).text();
    assert!(!page.contains("Disconnect") && !page.contains("<h2 id=\"connect-title\">"), "a manager looks only");
    fixture.world.database.set_member_roles("owner").await;
    fixture.world.database.run("delete from gateway_connections").await;
    let page = marketer.browser.get("/dashboard/gateways").await.text();
    assert!(page.contains("No gateways yet.") && page.contains("Connect the gateway that charges your customers"));
    let forged = world::http::Request::new("POST", "/dashboard/gateways")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Origin", "https://evil.test")
        .header("Sec-Fetch-Site", "cross-site");
    assert_eq!(marketer.browser.send(forged).await.status, 403);
    fixture.world.finish().await;
}
