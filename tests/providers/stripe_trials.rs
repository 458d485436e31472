//! Goal: where plans are billed, a person's first organization has all features for 14 days without a card, once, and
//! the owner gets an email when that begins, before it ends, and when it has ended.
//! Method: people sign up beside Stripe's fake server, and days pass. They come back with other organizations and other
//! spellings of their address.

use serde_json::json;
use shared::id::OrganizationId;
use world::{
    World,
    billing_fixture::{BillingFixture, PAGE},
    client::{
        api::Api,
        dashboard::Marketer,
        mailbox::{link, token},
    },
    http::{Request, Response},
    organization_fixture::key,
};

const ANN: &str = "ann@newbrand.test";
const PASSWORD: &str = "seven lazy otters";

/// Signs up with a new organization.
async fn sign_up(world: &World, email: &str, organization: &str) -> Marketer {
    let mut browser = Marketer::new(&world.ledger.base());
    let fields = [("name", "Ann"), ("organization", organization), ("email", email), ("password", PASSWORD)];
    let answer = browser.submit("/signup", &fields).await.expect_status(303);
    assert_eq!(answer.header("location"), Some("/signup/sent"));
    browser
}

async fn confirm(world: &World, browser: &mut Marketer, email: &str) {
    let link = link(&world.ledger.base(), email, "verify_email").await;
    browser.submit("/verify", &[("token", token(&link))]).await.expect_status(303);
}

async fn found(browser: &mut Marketer, name: &str) {
    let fields = [("name", name), ("timeZone", "UTC")];
    browser.submit("/dashboard/organizations/new", &fields).await.expect_status(303);
}

async fn id(world: &World, name: &str) -> String {
    let query = format!("select organization_id::text as id from organizations where name = '{name}'");
    let id = world.database.texts(&query).await[0][0].clone();
    OrganizationId::new(id.parse().unwrap()).to_string()
}

async fn status(world: &World, name: &str) -> String {
    let query = format!("select subscription_status as status from organizations where name = '{name}'");
    world.database.texts(&query).await[0][0].clone()
}

async fn emails(world: &World, kind: &str) -> i64 {
    let query = format!("select count(*) from mails where kind = 'billing_{kind}' and recipient = '{ANN}'");
    world.database.count(&query).await
}

/// Uses a feature of Pro.
async fn choose_currency(api: &Api) -> Response {
    let mut request = Request::post("/api/v1/home-currency", json!({"currency": "EUR"}).to_string());
    request.method = "PUT".to_owned();
    api.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_organization_tries_everything_without_a_card() {
    let fixture = BillingFixture::open().await;
    let world = &fixture.world;
    let mut ann = sign_up(world, ANN, "New Brand").await;
    world.ledger.run_jobs().await;
    assert_eq!(emails(world, "cardless_trial_started").await, 0, "perhaps the address isn't hers");
    confirm(world, &mut ann, ANN).await;
    for _ in 0..2 {
        world.ledger.run_jobs().await;
        assert_eq!(emails(world, "cardless_trial_started").await, 1);
    }
    let organization = id(world, "New Brand").await;
    let page = format!("{PAGE}?organization={organization}");
    let shown = ann.browser.get(&page).await.expect_status(200).text();
    for text in ["Trial ends", "need no card", "Your trial goes on, and you pay from", ">Choose Growth<"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    let api = key(world, &organization, "rk_live_new", "owner").await;
    choose_currency(&api).await.expect_status(200);
    assert_eq!(fixture.call_count(), 0, "Stripe knows nothing of it");

    fixture.pass(5).await;
    let fields = [("organization", organization.as_str()), ("tier", "Growth")];
    ann.submit(&format!("{PAGE}/checkout"), &fields).await.expect_status(303);
    let form = fixture.calls("POST /v1/checkout/sessions").pop().unwrap().form().unwrap();
    let end = "select floor(extract(epoch from trial_ends_at))::bigint from organizations where name = 'New Brand'";
    let end = world.database.count(end).await;
    assert!(form.contains(&("subscription_data[trial_end]".to_owned(), end.to_string())), "{form:?}");
    assert_eq!(emails(world, "cardless_trial_ending").await, 0);

    fixture.pass(7).await;
    world.ledger.run_jobs().await;
    assert_eq!((emails(world, "cardless_trial_ending").await, emails(world, "trial_expired").await), (1, 0));
    let shown = ann.browser.get(&page).await.expect_status(200).text();
    assert!(shown.contains("You pay from today"), "{shown}");

    fixture.pass(3).await;
    assert_eq!(status(world, "New Brand").await, "Cancelled");
    for kind in ["cardless_trial_started", "cardless_trial_ending", "trial_expired"] {
        assert_eq!(emails(world, kind).await, 1, "{kind}");
    }
    assert_eq!(choose_currency(&api).await.refusal(), (402, "plan_tier_required".to_owned()));
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_without_a_card_begins_once() {
    let fixture = BillingFixture::open().await;
    let world = &fixture.world;
    let mut ann = sign_up(world, ANN, "New Brand").await;
    confirm(world, &mut ann, ANN).await;
    assert_eq!(status(world, "New Brand").await, "Trialing");

    found(&mut ann, "Second Brand").await;
    assert_eq!(status(world, "Second Brand").await, "Cancelled");
    let page = format!("{PAGE}?organization={}", id(world, "Second Brand").await);
    let shown = ann.browser.get(&page).await.expect_status(200).text();
    assert!(shown.contains(">Start Growth trial<"), "its trial begins with a plan, and a card: {shown}");

    let first = id(world, "New Brand").await;
    let fields = [("organization", first.as_str()), ("confirm", "New Brand"), ("password", PASSWORD)];
    ann.submit("/dashboard/settings/delete", &fields).await.expect_status(303);
    found(&mut ann, "Third Brand").await;
    assert_eq!(status(world, "Third Brand").await, "Cancelled", "although the first one is deleted");

    sign_up(world, "ann+new@newbrand.test", "Fourth Brand").await;
    assert_eq!(status(world, "Fourth Brand").await, "Cancelled", "it's the same mailbox");

    // Someone signs up with another spelling of an address that isn't theirs.
    for (email, organization) in [("cleo+x@newbrand.test", "Fifth Brand"), ("cleo@newbrand.test", "Sixth Brand")] {
        sign_up(world, email, organization).await;
        assert_eq!(status(world, organization).await, "Trialing", "{email}");
    }
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_from_before_billing_gets_its_trial_with_its_first_subscription() {
    let mut fixture = BillingFixture::open().await;
    let organization = fixture.world.acme.organization.uuid();
    let before = format!(
        "update organizations set subscription_status = 'Trialing', created_at = now() - interval '30 days',
                                  trial_ends_at = now() - interval '16 days'
         where organization_id = '{organization}'"
    );
    fixture.world.database.run(&before).await;
    fixture.world.ledger.run_jobs().await;
    assert!(fixture.has_plan("Starter", "Cancelled").await);
    let shown = fixture.owner.browser.get(PAGE).await.expect_status(200).text();
    assert!(shown.contains(">Start Growth trial<"), "{shown}");
    fixture.choose("Growth").await.expect_status(303);
    let form = fixture.calls("POST /v1/checkout/sessions").pop().unwrap().form().unwrap();
    assert!(form.contains(&("subscription_data[trial_period_days]".to_owned(), "14".to_owned())), "{form:?}");
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_counts_although_no_owner_confirmed_their_address() {
    let mut fixture = BillingFixture::open().await;
    let organization = fixture.world.acme.organization.uuid();
    let set_confirmed = async |world: &World, at: &str| {
        let change = format!(
            "update users set email_verified_at = {at}
             where id in (select user_id from memberships where organization_id = '{organization}')"
        );
        world.database.run(&change).await;
    };
    let trial = format!(
        "update organizations set subscription_status = 'Trialing', created_at = now() - interval '11 days',
                                  trial_ends_at = now() + interval '3 days'
         where organization_id = '{organization}'"
    );
    fixture.world.database.run(&trial).await;
    set_confirmed(&fixture.world, "null").await;
    fixture.world.ledger.run_jobs().await;
    let announced = format!(
        "select count(*) from billing_notices where organization_id = '{organization}' and notice like 'billing_%'"
    );
    assert_eq!(fixture.world.database.count(&announced).await, 0);

    fixture.pass(4).await;
    assert!(fixture.has_plan("Starter", "Cancelled").await);
    set_confirmed(&fixture.world, "now()").await;
    fixture.choose("Growth").await.expect_status(303);
    let form = fixture.calls("POST /v1/checkout/sessions").pop().unwrap().form().unwrap();
    assert!(!form.iter().any(|(name, _)| name.contains("trial")), "it had its trial: {form:?}");
    fixture.finish().await;
}
