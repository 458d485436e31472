//! Goal: a secret is where it belongs and nowhere else: not in a log, an error, a page, the audit log, the figures, or any
//! column of the database in the clear. Not even where something fails.
//! Method: every secret that the ledger hands out or takes is a canary; a person, a brand and an affiliate use them rightly
//! and wrongly, and the database goes away; then everything that can be read is searched. A planted canary must be found.

use serde_json::{Value, json};
use world::{
    Plan, World,
    client::{
        api::Api,
        browser::Browser,
        dashboard::Marketer,
        mailbox::{code, link, token},
    },
    http::{Request, Response},
    wait,
};

const EMAIL: &str = "ann@canary.test";
const PASSWORD: &str = "seven canaries sing";
const SMTP_PASSWORD: &str = "canary-of-smtp";
const TAXPAYER: &str = "536227391";
const GATEWAY: &str = "whsec_canaryofagatewaysecret0123456789";

/// What must not be found, and everything that was answered after it was shown.
#[derive(Default)]
struct Watch {
    canaries: Vec<(&'static str, String)>,
    answers: Vec<Response>,
}

impl Watch {
    fn add(&mut self, what: &'static str, canary: &str) {
        assert!(canary.len() >= 8, "{what}: {canary:?}");
        self.canaries.push((what, canary.to_owned()));
    }

    fn field(&mut self, what: &'static str, answer: Response, field: &str) -> Value {
        let json = answer.json();
        let canary = json[field].as_str().unwrap_or_else(|| panic!("{what}: no {field} in {json}"));
        self.add(what, canary);
        json
    }
}

async fn person(world: &World, watch: &mut Watch) -> Marketer {
    let base = world.ledger.base();
    let mut browser = Marketer::new(&base);
    watch.add("password", PASSWORD);
    let form = [("name", "Ann"), ("organization", "Canary Ltd"), ("email", EMAIL), ("password", PASSWORD)];
    watch.answers.push(browser.submit("/signup", &form).await);
    let verify = link(&base, EMAIL, "verify_email").await;
    watch.add("verification link", token(&verify));
    watch.answers.push(browser.submit("/verify", &[("token", token(&verify))]).await);
    watch.answers.push(browser.submit("/verify", &[("token", token(&verify))]).await);
    watch.answers.push(browser.submit("/forgot", &[("email", EMAIL)]).await);
    let reset = link(&base, EMAIL, "password_reset").await;
    watch.add("reset link", token(&reset));
    watch.answers.push(browser.submit("/reset", &[("token", token(&reset)), ("password", "short")]).await);
    let wrong = json!({"email": EMAIL, "password": "canary of a mistyped one"});
    watch.add("mistyped password", "canary of a mistyped one");
    watch.answers.push(browser.sign_in(&wrong).await);
    browser.sign_in(&json!({"email": EMAIL, "password": PASSWORD})).await.expect_status(303);
    watch.add("session", browser.browser.cookie("__Host-rekomi_session").expect("a session"));
    second_factor(&mut browser, watch).await;
    browser
}

async fn second_factor(browser: &mut Marketer, watch: &mut Watch) {
    browser.submit("/account/two-factor/begin", &[("password", PASSWORD)]).await.expect_status(303);
    let page = browser.browser.get("/account/two-factor").await.expect_status(200).text();
    let key = page.split_once("secret=").unwrap().1.split('&').next().unwrap().to_owned();
    watch.add("authenticator key", &key);
    let shown = browser.submit("/account/two-factor/confirm", &[("code", &code(&key, 0))]).await.expect_status(200);
    let recovery = shown.text().split("<li><code>").nth(1).and_then(|rest| rest.split('<').next().map(str::to_owned));
    watch.add("recovery code", &recovery.expect("recovery codes"));
}

async fn brand(world: &World, watch: &mut Watch) {
    let api = world.api();
    let form = json!({
        "affiliateId": world.demo["affiliate"]["id"], "kind": "W9", "name": "Lauren Pope", "signedOn": "2026-01-02",
        "classification": "Individual", "street": "12 Market Street", "city": "San Francisco", "region": "CA",
        "postalCode": "94103", "tinType": "SSN", "tin": TAXPAYER, "pdf": crate::tax_files::PDF_BASE64,
    });
    watch.add("taxpayer number", TAXPAYER);
    watch.answers.push(api.post("/tax-forms", &form).await.expect_status(201));
    let key = json!({"name": "canary", "scope": "read_write", "role": "admin"});
    let made = watch.field("bearer", api.post("/api-keys", &key).await.expect_status(201), "bearer");
    watch.add("signing secret", made["signingSecret"].as_str().expect("a signing secret"));
    let own = Api::new(world.ledger.base(), made["bearer"].as_str().unwrap());
    let path = format!("/api-keys/{}", made["id"].as_str().unwrap());
    let rotated = api.post(&format!("{path}/rotate"), &json!({"overlapHours": 1})).await.expect_status(200);
    watch.field("next bearer", rotated, "bearer");
    // As a CRM without headers sends it, rightly and wrongly.
    let key = json!({"name": "CRM", "scope": "automations"});
    let made = watch.field("CRM's bearer", api.post("/api-keys", &key).await.expect_status(201), "bearer");
    watch.add("CRM's signing secret", made["signingSecret"].as_str().expect("a signing secret"));
    let bearer = made["bearer"].as_str().unwrap();
    for body in [r#"{"email":"nobody@canary.test","segment":"x"}"#, r#"{"email":"nobody@canary.test"}"#, "{"] {
        let target = format!("/api/v1/automations/segment?apiKey={bearer}");
        watch.answers.push(Request::post(&target, body).send(&world.ledger.base()).await.unwrap());
    }
    let hook = json!({"url": "http://127.0.0.1:9999/", "events": ["*"]});
    let hook = watch.field("webhook secret", own.post("/webhooks", &hook).await.expect_status(201), "secret");
    let hook = format!("/webhooks/{}", hook["id"].as_str().unwrap());
    let rotated = api.post(&format!("{hook}/rotate-secret"), &json!({"overlapHours": 1})).await.expect_status(200);
    watch.field("next webhook secret", rotated, "secret");
    watch.answers.push(api.post(&format!("{hook}/test"), &json!({})).await);
    watch.add("gateway's secret", GATEWAY);
    let program = world.acme.program.to_string();
    let connection = json!({"type": "stripe", "programId": program, "credentials": {"webhookSecret": GATEWAY}});
    watch.answers.push(api.post("/connections", &connection).await.expect_status(201));
    let broken = json!({"type": "stripe", "programId": program, "credentials": {"webhookSecret": GATEWAY, "more": 1}});
    watch.answers.push(api.post("/connections", &broken).await);
    let invite = json!({"email": "carla@canary.test", "role": "viewer"});
    watch.answers.push(api.post("/team/invitations", &invite).await.expect_status(201));
    let invitation = world::client::mailbox::read_emails(&world.ledger.base(), "carla@canary.test").await;
    let invitation = invitation[0]["links"][0].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    watch.add("invitation", &invitation);
    let affiliate = json!({"name": "Cara", "email": "cara@canary.test", "status": "Pending"});
    let id = api.post("/affiliates", &affiliate).await.expect_status(201).json()["id"].as_str().unwrap().to_owned();
    watch.answers.push(api.post(&format!("/affiliates/{id}/approve"), &json!({})).await.expect_status(200));
    let enter = link(&world.ledger.base(), "cara@canary.test", "application_approved").await;
    watch.add("affiliate's link", token(&enter));
    let mut cara = Browser::new(world.ledger.base());
    watch.answers.push(cara.get("/a").await);
}

/// Everything that a person, a key or a scraper can read.
async fn read_all(world: &World, owner: &mut Marketer, watch: &mut Watch) {
    let api = world.api();
    for path in [
        "/api-keys",
        "/audit-log",
        "/webhooks",
        "/events",
        "/connections",
        "/team",
        "/team/invitations",
        "/organization",
    ] {
        watch.answers.push(api.get(path).await.expect_status(200));
    }
    let mut demo = Marketer::new(&world.ledger.base());
    demo.sign_in(&world.demo["owner"]).await.expect_status(303);
    for page in [
        "",
        "/settings",
        "/settings/team",
        "/settings/api-keys",
        "/settings/webhooks",
        "/settings/audit-log",
        "/gateways",
    ] {
        watch.answers.push(demo.browser.get(&format!("/dashboard{page}")).await.expect_status(200));
    }
    for page in ["/account", "/account/two-factor"] {
        watch.answers.push(owner.browser.get(page).await);
    }
    for path in ["/metrics", "/status", "/api/status", "/readyz"] {
        watch.answers.push(Request::get(path).send(&world.ledger.base()).await.unwrap());
    }
    world.database_proxy.as_ref().unwrap().cut();
    watch.answers.push(api.get("/programs").await);
    watch.answers.push(owner.browser.get("/account").await);
    watch.answers.push(owner.sign_in(&json!({"email": EMAIL, "password": PASSWORD})).await);
    world.database_proxy.as_ref().unwrap().heal();
}

/// Where canaries sit in tables, in the clear.
async fn in_tables(world: &World, watch: &Watch) -> Vec<String> {
    let tables = "select c.oid::regclass::text as name from pg_class c
                  where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by 1";
    let mut found = Vec::new();
    for table in world.database.texts(tables).await.concat() {
        for row in world.database.texts(&format!("select to_jsonb(t)::text as row from {table} t")).await.concat() {
            let sits = |(what, canary): &&(&str, String)| row.contains(canary.as_str()) && !what.is_empty();
            found.extend(watch.canaries.iter().filter(sits).map(|(what, _)| format!("{what} in {table}: {row}")));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_anywhere_but_where_it_belongs() {
    let plan = Plan::default().database_proxy().ledger_setting("REKOMI_LOG", "debug,sqlx=info,hyper=info");
    let world = plan.start().await;
    let mut watch = Watch::default();
    watch.add("demo's bearer", &world.acme.api_key);
    watch.add("demo's signing secret", &world.acme.signing_secret);
    watch.add("demo's password", world.demo["owner"]["password"].as_str().unwrap());
    let mut owner = person(&world, &mut watch).await;
    brand(&world, &mut watch).await;
    read_all(&world, &mut owner, &mut watch).await;
    assert!(watch.canaries.len() >= 18, "{}", watch.canaries.len());
    let log = world.ledger.log();
    assert!(log.lines().count() > 50, "the ledger logs");
    for (what, canary) in &watch.canaries {
        let line = log.lines().find(|line| line.contains(canary.as_str()));
        assert!(line.is_none(), "{what} in the log: {line:?}");
        for answer in &watch.answers {
            // A form gives back what was typed into its link's hidden field, to the one who has the link.
            let own_form = answer.text().contains(&format!(r#"name="token" value="{canary}""#));
            assert!(own_form || !answer.text().contains(canary.as_str()), "{what} in an answer of {}", answer.status);
        }
    }
    let found = in_tables(&world, &watch).await;
    assert!(found.is_empty(), "{}", found.join("\n"));
    // The search itself can find.
    world.database.run(&format!("update users set name = 'x {PASSWORD} x' where email = '{EMAIL}'")).await;
    assert_eq!(in_tables(&world, &watch).await.len(), 1);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mail_servers_password_is_not_logged() {
    let url = format!("smtp://mailer:{SMTP_PASSWORD}@127.0.0.1:9");
    let plan = Plan::default().ledger_setting("REKOMI_SMTP_URL", &url).ledger_setting("REKOMI_LOG", "debug,hyper=info");
    let world = plan.start().await;
    let form = [("name", "Ann"), ("organization", "Canary Ltd"), ("email", EMAIL), ("password", PASSWORD)];
    let mut browser = Marketer::new(&world.ledger.base());
    browser.submit("/signup", &form).await.expect_status(303);
    let tried = "select count(*) from mails where attempts > 0 and last_error is not null";
    wait::until("the email to fail", 20, async || (world.database.count(tried).await > 0).then_some(())).await;
    // What is logged of the attempt is there once the job's round is over.
    world.ledger.run_jobs().await;
    assert!(!world.ledger.log().contains(SMTP_PASSWORD));
    let tables = Watch { canaries: vec![("SMTP password", SMTP_PASSWORD.to_owned())], answers: Vec::new() };
    assert_eq!(in_tables(&world, &tables).await, Vec::<String>::new());
    world.finish().await;
}
