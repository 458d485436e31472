//! Goal: an owner buys a plan at Stripe and manages it there; no one else does, and without its settings billing doesn't
//! exist.
//! Method: the forms are posted beside Stripe's fake server, which checks each field; answers are lost.
//! Route: `/dashboard/settings/billing`

use serde_json::json;
use shared::timestamp::Timestamp;
use world::{
    World,
    billing_fixture::{BillingFixture, HOOK, PAGE, SETTINGS},
    fakes::{Mood, stripe_billing::StripeBilling},
    http::{Request, Response},
    organization_fixture::owner,
    team_fixture::joined,
};

fn location(answer: &Response) -> String {
    answer.header("location").unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn billing_is_off_by_default() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let organization = world.acme.organization.to_string();
    assert_eq!(owner.browser.get(PAGE).await.status, 404);
    for form in ["/dashboard/settings/billing/checkout", "/dashboard/settings/billing/portal"] {
        let fields = [("organization", organization.as_str()), ("tier", "Growth")];
        assert_eq!(owner.submit(form, &fields).await.status, 404, "{form}");
    }
    assert_eq!(Request::post(HOOK, "{}").send(&world.ledger.base()).await.unwrap().status, 404);
    let menu = owner.browser.get("/dashboard/settings").await.expect_status(200).text();
    assert!(!menu.contains(PAGE), "{menu}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_has_exactly_these_fields() {
    let mut fixture = BillingFixture::open().await;
    let page = fixture.owner.browser.get(PAGE).await.expect_status(200);
    let policy = page.header("content-security-policy").unwrap().to_owned();
    assert!(policy.contains(&format!("form-action 'self' {}", fixture.stripe.base())), "{policy}");
    let page = page.text();
    for text in ["No plan", ">Start Growth trial<", "cancel anytime", "5 team members", "aria-current=\"page\">Billing"]
    {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("Manage billing"), "without a customer there is nothing to manage");

    let answer = fixture.choose("Growth").await.expect_status(303);
    let organization = fixture.world.acme.organization.to_string();
    let customers = fixture.calls("POST /v1/customers");
    assert_eq!(customers.len(), 1);
    assert_eq!(customers[0].form().unwrap(), [("metadata[organization]".to_owned(), organization.clone())]);
    assert!(customers[0].header("idempotency-key").starts_with("rekomi-customer-"));
    let customer = fixture.stripe.with(|stripe| stripe.customers.values().next().unwrap().clone());
    assert_eq!(customer["name"], "Acme SaaS");
    let sessions = fixture.calls("POST /v1/checkout/sessions");
    assert_eq!(sessions.len(), 1);
    assert!(sessions[0].header("idempotency-key").starts_with("rekomi-checkout-"));
    let back = format!("{}{PAGE}?organization={organization}", fixture.world.ledger.base());
    let mut form = sessions[0].form().unwrap();
    form.sort();
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        form,
        [
            field("cancel_url", &back),
            field("client_reference_id", &organization),
            field("customer", customer["id"].as_str().unwrap()),
            field("line_items[0][price]", "price_1Growth"),
            field("line_items[0][quantity]", "1"),
            field("metadata[organization]", &organization),
            field("mode", "subscription"),
            field("payment_method_collection", "always"),
            field("subscription_data[metadata][organization]", &organization),
            field("subscription_data[trial_period_days]", "14"),
            field("success_url", &format!("{back}&checkout=done")),
        ]
    );
    assert!(location(&answer).starts_with("https://checkout.stripe.com/"), "{}", location(&answer));

    let again = fixture.choose("Growth").await.expect_status(303);
    assert_eq!(location(&again), location(&answer), "the open checkout is continued");
    let other = fixture.choose("Pro").await.expect_status(303);
    assert_ne!(location(&other), location(&answer));
    let open = |stripe: &mut StripeBilling| stripe.sessions.values().filter(|one| one["status"] == "open").count();
    assert_eq!(fixture.stripe.with(open), 1, "no one can pay for two plans");
    assert_eq!(fixture.choose("Enterprise").await.status, 400, "it isn\u{2019}t sold here");
    let audit = "select count(*) from audit_log where action = 'subscription.checkout_started'";
    assert_eq!(fixture.world.database.count(audit).await, 2);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_the_plan_right_after_the_checkout() {
    let mut fixture = BillingFixture::open().await;
    fixture.choose("Growth").await.expect_status(303);
    let back = format!("{PAGE}?organization={}&checkout=done", fixture.world.acme.organization);
    let page = fixture.owner.browser.get(&back).await.expect_status(200).text();
    assert!(page.contains("still processing"), "{page}");
    fixture.stripe.with(StripeBilling::complete);
    let page = fixture.owner.browser.get(&back).await.expect_status(200).text();
    for text in ["Growth <span class=\"status wait\">Trial</span>", "Trial ends", "Next invoice", "Manage billing"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("Choose a plan") && !page.contains("still processing"), "{page}");
    assert!(fixture.has_plan("Growth", "Trialing").await);

    let portal = fixture.submit("portal", &[]).await.expect_status(303);
    assert!(location(&portal).starts_with("https://billing.stripe.com/"), "{}", location(&portal));
    let elsewhere = fixture.choose("Pro").await.expect_status(303);
    assert!(location(&elsewhere).starts_with("https://billing.stripe.com/"), "a plan is changed in the portal");
    assert_eq!(fixture.calls("POST /v1/checkout/sessions").len(), 1, "there is never a second subscription");
    fixture.change(&json!({"cancel_at_period_end": true})).await;
    let page = fixture.owner.browser.get(PAGE).await.expect_status(200).text();
    assert!(page.contains("Canceled") && page.contains("Plan ends") && !page.contains("Next invoice"), "{page}");
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_makes_no_second_customer_or_checkout() {
    let mut fixture = BillingFixture::open().await;
    fixture.stripe.once("POST /v1/customers", Mood::Breaks);
    let page = fixture.choose("Growth").await;
    assert_eq!(page.status, 503);
    assert!(page.text().contains("Nothing is lost"), "{}", page.text());
    fixture.stripe.once("POST /v1/checkout/sessions", Mood::Breaks);
    assert_eq!(fixture.choose("Growth").await.status, 503);
    fixture.stripe.once("POST /v1/checkout/sessions", Mood::Busy(3));
    assert_eq!(fixture.choose("Growth").await.status, 503);
    let answer = fixture.choose("Growth").await.expect_status(303);
    let (customers, sessions) = fixture.stripe.with(|stripe| (stripe.customers.len(), stripe.sessions.clone()));
    assert_eq!((customers, sessions.len()), (1, 1));
    assert_eq!(sessions.values().next().unwrap()["url"], location(&answer));
    let keys: Vec<String> = fixture
        .calls("POST /v1/checkout/sessions")
        .iter()
        .map(|call| call.header("idempotency-key").to_owned())
        .collect();
    assert!(keys.len() == 3 && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_deleted_at_stripe_is_created_anew() {
    let mut fixture = BillingFixture::open().await;
    fixture.choose("Growth").await.expect_status(303);
    fixture.stripe.with(|stripe| {
        let id = stripe.customers.keys().next().unwrap().clone();
        stripe.customers.insert(id.clone(), json!({"id": id, "object": "customer", "deleted": true}));
    });
    fixture.choose("Growth").await.expect_status(303);
    let customers = fixture.stripe.with(|stripe| stripe.customers.len());
    assert_eq!(customers, 2);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_shown_and_isnt_repeated() {
    let mut fixture = BillingFixture::open().await;
    let refusal = json!({"error": {"type": "invalid_request_error", "message": "This price isn't active."}});
    fixture.stripe.once("POST /v1/checkout/sessions", Mood::Says(400, refusal));
    let page = fixture.choose("Growth").await;
    assert_eq!(page.status, 422);
    assert!(page.text().contains("This price isn"), "{}", page.text());
    fixture.choose("Growth").await.expect_status(303);
    let calls = fixture.calls("POST /v1/checkout/sessions");
    assert_ne!(calls[0].header("idempotency-key"), calls[1].header("idempotency-key"), "Stripe would repeat it");
    fixture.stripe.when("POST /v1/", Mood::Says(401, json!({"error": {"message": "Invalid API Key provided"}})));
    let page = fixture.choose("Pro").await;
    assert_eq!(page.status, 503, "an owner can do nothing about the operator\u{2019}s key");
    assert!(!page.text().contains("API Key"), "{}", page.text());
    fixture.stripe.recover();
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_owners_see_billing() {
    let mut fixture = BillingFixture::open().await;
    // The team of a trial is small.
    fixture.world.database.run("update organizations set plan_tier = 'Pro'").await;
    let organization = fixture.world.acme.organization.to_string();
    let mut ann = joined(&fixture.world, &mut fixture.owner, "ann@acme.test", "admin").await;
    assert_eq!(ann.browser.get(&format!("{PAGE}?organization={organization}")).await.status, 403);
    for form in ["checkout", "portal"] {
        let fields = [("organization", organization.as_str()), ("tier", "Growth")];
        assert_eq!(ann.submit(&format!("{PAGE}/{form}"), &fields).await.status, 403, "{form}");
    }
    let menu = ann.browser.get(&format!("/dashboard/settings?organization={organization}")).await.text();
    assert!(!menu.contains(PAGE), "{menu}");
    let menu = fixture.owner.browser.get("/dashboard/settings").await.expect_status(200).text();
    assert!(menu.contains(PAGE), "{menu}");
    assert_eq!(fixture.call_count(), 0);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn test_mode_has_no_billing_of_its_own() {
    let mut fixture = BillingFixture::open().await;
    let live = fixture.world.acme.organization.to_string();
    let opened = fixture.owner.submit("/dashboard/test-mode", &[("organization", &live)]).await.expect_status(303);
    let twin = location(&opened).split_once("organization=").unwrap().1.to_owned();
    let page = fixture.owner.browser.get(&format!("{PAGE}?organization={twin}")).await.expect_status(200).text();
    assert!(page.contains("Test mode uses the live organization") && !page.contains("Choose a plan"), "{page}");
    let fields = [("organization", twin.as_str()), ("tier", "Growth")];
    let refused = fixture.owner.submit(&format!("{PAGE}/checkout"), &fields).await;
    assert_eq!(refused.status, 409);
    assert_eq!(fixture.call_count(), 0);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_has_one_trial() {
    let mut fixture = BillingFixture::trialing().await;
    fixture.change(&json!({"status": "canceled", "ended_at": 1})).await;
    assert!(fixture.has_plan("Growth", "Cancelled").await);
    let page = fixture.owner.browser.get(PAGE).await.expect_status(200).text();
    assert!(page.contains("Choose Growth") && !page.contains("Start Growth trial"), "{page}");
    fixture.choose("Growth").await.expect_status(303);
    let second = fixture.calls("POST /v1/checkout/sessions").pop().unwrap().form().unwrap();
    assert!(!second.iter().any(|(name, _)| name.starts_with("subscription_data[trial")), "{second:?}");
    let customers = fixture.stripe.with(|stripe| stripe.customers.len());
    assert_eq!(customers, 1, "the customer is the same");
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_began_without_a_card_goes_on() {
    let mut fixture = BillingFixture::open().await;
    let end = world::wait::now().plus_days(9);
    let end = Timestamp::from_seconds(end.seconds()).unwrap();
    let organization = fixture.world.acme.organization.uuid();
    let begun = format!(
        "update organizations set subscription_status = 'Trialing', trial_ends_at = '{end}' where organization_id = '{organization}'"
    );
    fixture.world.database.run(&begun).await;
    fixture.choose("Starter").await.expect_status(303);
    let form = fixture.calls("POST /v1/checkout/sessions").pop().unwrap().form().unwrap();
    let rest = ("subscription_data[trial_end]".to_owned(), end.seconds().to_string());
    assert!(form.contains(&rest), "{form:?}");
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_with_a_subscription_isnt_deleted() {
    let mut fixture = BillingFixture::paying().await;
    let organization = fixture.world.acme.organization.to_string();
    let password = fixture.world.demo["owner"]["password"].as_str().unwrap().to_owned();
    let fields = [("organization", organization.as_str()), ("confirm", "Acme SaaS"), ("password", &password)];
    let refused = fixture.owner.submit("/dashboard/settings/delete", &fields).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("Cancel your subscription first"), "{}", refused.text());
    fixture.change(&json!({"cancel_at_period_end": true})).await;
    fixture.owner.submit("/dashboard/settings/delete", &fields).await.expect_status(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn half_of_the_settings_stop_the_start() {
    let world = World::start().await;
    let run = async |but: &str| {
        let mut command = world.ledger.command("audit");
        command.envs(SETTINGS.iter().filter(|(name, _)| *name != but).copied());
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    };
    assert!(run("").await.status.success());
    for (name, _) in SETTINGS {
        let output = run(name).await;
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(!output.status.success() && text.contains(name), "{name}: {text}");
        assert!(!text.contains("canary") && !text.contains("Canary"), "no secret is shown: {text}");
    }
    world.finish().await;
}
