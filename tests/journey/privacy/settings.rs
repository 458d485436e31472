//! Retention, consents, and the page that shows both: set, applied by the clock, and never at the book's cost.

use std::process::{Command, Stdio};

use serde_json::{Value, json};
use world::{
    Plan, World,
    brand::But,
    client::dashboard::Marketer,
    http::Request,
    settings,
    wait::{self, now},
};

async fn put(world: &World, body: &Value) -> world::http::Response {
    let mut request = Request::post("/api/v1/privacy/retention", body.to_string());
    request.method = "PUT".to_owned();
    world.api().send(request).await
}

#[tokio::test]
async fn what_is_too_old_goes_and_the_book_stays() {
    let mut world = World::start().await;
    let usual = world.api().get("/privacy/retention").await.expect_status(200).json();
    assert_eq!(usual, json!({"clickDays": 400, "quarantineDays": 400, "idempotencyKeyDays": 30, "auditDays": 0}));
    let old = world.acme.click_at(&world.acme.partner, now().plus_days(-40));
    let token = world.acme.token_of(&old);
    let sale = world.acme.sale("order", 9_900).but(|report| report.click_token = Some(token));
    world.intake().accept(&[old, world.acme.click(&world.acme.partner), sale]).await;
    let refused =
        put(&world, &json!({"clickDays": 29, "quarantineDays": 30, "idempotencyKeyDays": 1, "auditDays": 365})).await;
    assert_eq!(refused.field_refusal(), (400, "validation_failed".to_owned(), "clickDays".to_owned()));
    let expected = json!({"clickDays": 30, "quarantineDays": 30, "idempotencyKeyDays": 1, "auditDays": 365});
    assert_eq!(put(&world, &expected).await.expect_status(200).json(), expected);
    let hours = world.database.count("select sum(clicks)::bigint from click_hours").await;
    // Maintenance runs at the start and then every hour.
    world.ledger.stop();
    world.ledger.start().await;
    wait::until("the old click goes", 20, async || {
        (world.database.count("select count(*) from clicks").await == 1).then_some(())
    })
    .await;
    assert_eq!(world.database.count("select sum(clicks)::bigint from click_hours").await, hours, "figures stay");
    assert_eq!(world.database.count("select count(*) from touches").await, 1, "evidence stays");
    let ahead = Request::post("/dev/clock", json!({"advanceDays": 366}).to_string());
    ahead.header("Content-Type", "application/json").send(&world.ledger.base()).await.unwrap().expect_status(200);
    // Hours can't be recounted from clicks that went; the ledger's own proofs don't need them.
    world::verify::check(&world.ledger).await;
}

#[tokio::test]
async fn consents_are_a_log_and_the_last_one_counts() {
    let world = World::start().await;
    let affiliate = world.acme.partner.affiliate.to_string();
    let body = |granted: bool| {
        json!({"affiliateId": affiliate, "kind": "program_terms", "version": "2026-07", "granted": granted,
               "evidence": "Ticked in the form"})
    };
    let first = world.api().post("/consents", &body(true)).await.expect_status(201).json();
    world.api().post("/consents", &body(false)).await.expect_status(201);
    let all = world.api().all(&format!("/consents?affiliateId={affiliate}")).await;
    assert_eq!((all.len(), &all[0]["granted"], &all[1]["id"]), (2, &json!(false), &first["id"]));
    assert_eq!(world.other_api().all("/consents").await.len(), 0);
    let other = world.other_api().post("/consents", &body(true)).await;
    assert_eq!(other.refusal(), (404, "not_found".to_owned()));
    for (body, field) in [
        (json!({"kind": "other", "granted": true}), "affiliateId"),
        (json!({"affiliateId": affiliate, "kind": "cookies", "granted": true}), "kind"),
        (json!({"affiliateId": affiliate, "kind": "other", "granted": true, "at": "2999-01-01T00:00:00Z"}), "at"),
    ] {
        let (status, _, at) = world.api().post("/consents", &body).await.field_refusal();
        assert_eq!((status, at.as_str()), (400, field));
    }
    let export = world.api().get(&format!("/affiliates/{affiliate}/export")).await.expect_status(200).json();
    assert_eq!(export["data"]["consents"]["rows"].as_array().unwrap().len(), 2);
    world.finish().await;
}

#[tokio::test]
async fn a_person_is_found_exported_and_erased_by_form() {
    let world = World::start().await;
    let organization = world.acme.organization.to_string();
    let slug = world.acme.partner.slug.clone();
    let sale = world.acme.sale("order", 4_000).but(|report| {
        report.customer_id = Some("buyer-4711".into());
        report.customer_email = Some("ann@quxmail.test".into());
        report.affiliate_slug = Some(slug);
    });
    world.intake().accept(&[sale]).await;
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await;
    let page = marketer.browser.send(Request::get("/dashboard/settings/privacy")).await.expect_status(200).text();
    assert!(page.contains("Global Privacy Control") && page.contains("How long data is kept"));
    let place = |what: &str| format!("/dashboard/settings/privacy/{what}");
    let own = ("organization", organization.as_str());
    let found =
        marketer.submit(&place("find"), &[own, ("sought", "Ann+x@quxmail.test")]).await.expect_status(200).text();
    let id = found.split("value=\"cus_").nth(1).and_then(|rest| rest.split('"').next()).expect("a customer is found");
    let id = format!("cus_{id}");
    let file = marketer.submit(&place("export"), &[own, ("id", &id)]).await.expect_status(200);
    assert_eq!(file.header("content-disposition"), Some(format!("attachment; filename=\"{id}.json\"").as_str()));
    assert!(file.text().contains("ann@quxmail.test"));
    let erase = |word: &'static str| [own, ("id", id.as_str()), ("reason", "asked"), ("word", word)];
    let refused = marketer.submit(&place("erase"), &erase("yes")).await.expect_status(400).text();
    assert!(
        refused.contains("can&#39;t be undone")
            || refused.contains("can't be undone")
            || refused.contains("can’t be undone")
    );
    marketer.submit(&place("erase"), &erase("Erase")).await.expect_status(200);
    super::nowhere(&world.database, "quxmail").await;
    let again = marketer.submit(&place("find"), &[own, ("sought", "ann@quxmail.test")]).await.expect_status(200).text();
    assert!(again.contains("Customer, erased"));
    let program = world.acme.program.to_string();
    marketer.submit(&place("gpc"), &[own, ("program", &program), ("mode", "no_tracking")]).await.expect_status(200);
    let mode = world.api().get(&format!("/programs/{program}")).await.json();
    assert_eq!(mode["gpcMode"], "no_tracking");
    let days = [own, ("clickDays", "12"), ("quarantineDays", "30"), ("idempotencyKeyDays", "1"), ("auditDays", "0")];
    let refused = marketer.submit(&place("retention"), &days).await.expect_status(400).text();
    assert!(refused.contains("clickDays must be 30..1100"), "{refused}");
    let other = world.globex.organization.to_string();
    let foreign = marketer.submit(&place("find"), &[("organization", &other), ("sought", "x")]).await;
    assert_eq!(foreign.status, 404);
    let audit = world.database.texts("select action from audit_log where action like 'customer.%' order by id").await;
    assert_eq!(audit, [["customer.exported"], ["customer.erased"]]);
    world.finish().await;
}

#[tokio::test]
async fn the_pages_work_without_a_script() {
    let world = Plan::default().ledger_setting("REKOMI_STATUS_SECONDS", "1").start().await;
    let sale = world.acme.sale("order", 4_000).but(|report| {
        report.customer_id = Some("buyer-bea".into());
        report.customer_email = Some("bea@quxmail.test".into());
    });
    world.intake().accept(&[sale]).await;
    let consent = json!({"affiliateId": world.acme.partner.affiliate, "kind": "marketing_email", "granted": true,
        "evidence": "Ticked in the form"});
    world.api().post("/consents", &consent).await.expect_status(201);
    wait::until("an incident", 30, async || {
        (world.database.count("select count(*) from status_incidents").await > 0).then_some(())
    })
    .await;
    let owner = |field: &str| world.demo["owner"][field].as_str().unwrap().to_owned();
    let pictures = settings::folder();
    let output = Command::new(settings::node())
        .arg(settings::root().join("tests/pages/privacy.mjs"))
        .args([world.ledger.base(), owner("email"), owner("password")])
        .arg(&pictures)
        .env("REKOMI_TEST_CHROMIUM", settings::chromium())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "pictures in {}", pictures.display());
    println!("pictures in {}", pictures.display());
    world.finish().await;
}
