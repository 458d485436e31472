//! Goal: the privacy page finds, exports and erases a person and sets retention and Global Privacy Control, without a
//! script.
//! Method: an owner's browser sends the forms; then a real Chromium (`tests/pages/privacy.mjs`).
//! Routes: `/dashboard/settings/privacy/erase`, `/dashboard/settings/privacy/export`,
//! `/dashboard/settings/privacy/find`, `/dashboard/settings/privacy/gpc`, `/dashboard/settings/privacy/retention`

use std::process::{Command, Stdio};

use serde_json::json;
use world::{Plan, World, brand::But, client::dashboard::Marketer, database::run, http::Request, settings, wait};

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
    assert!(page.contains("Global Privacy Control") && page.contains("Data retention"));
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
    world::personal_data::nowhere(&world.database, "quxmail").await;
    let again = marketer.submit(&place("find"), &[own, ("sought", "ann@quxmail.test")]).await.expect_status(200).text();
    assert!(again.contains("Customer, erased"));
    let program = world.acme.program.to_string();
    marketer.submit(&place("gpc"), &[own, ("program", &program), ("mode", "no_tracking")]).await.expect_status(200);
    let mode = world.api().get(&format!("/programs/{program}")).await.json();
    assert_eq!(mode["gpcMode"], "no_tracking");
    let days = [own, ("clickDays", "12"), ("quarantineDays", "30"), ("idempotencyKeyDays", "1"), ("auditDays", "0")];
    let refused = marketer.submit(&place("retention"), &days).await.expect_status(400).text();
    assert!(refused.contains("Must be 30 to 1100 days."), "{refused}");
    let other = world.globex.organization.to_string();
    let foreign = marketer.submit(&place("find"), &[("organization", &other), ("sought", "x")]).await;
    assert_eq!(foreign.status, 404);
    let audit = world.database.texts("select action from audit_log where action like 'customer.%' order by id").await;
    assert_eq!(audit, [["customer.exported"], ["customer.erased"]]);
    world.finish().await;
}

/// A link is disabled while the form is sent: what is published for the program mustn't bring the link back at the edge.
#[tokio::test(flavor = "multi_thread")]
async fn another_mode_undoes_no_change_at_the_same_time() {
    let world = World::start().await;
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await;
    let (organization, program) = (world.acme.organization.to_string(), world.acme.program.to_string());
    let its_records = format!("key like 'link:%/{}'", world.acme.partner.slug);
    let mut holder = world.database.connect().await;
    let disabled = format!(
        "begin;
         select id from tenants for no key update;
         update links set disabled_at = now() where affiliate_id = '{}';
         update edge_config set record = null, version = version + 1, changed_at = now(), next_attempt_at = now()
         where {its_records}",
        world.acme.partner.affiliate.uuid(),
    );
    run(&mut holder, &disabled).await;
    let fields = [("organization", organization.as_str()), ("program", program.as_str()), ("mode", "no_tracking")];
    let meanwhile = async {
        let waiting = "query like 'select id from tenants where id = any%'";
        wait::until("the form to wait", 20, async || (world.database.lock_waits(waiting).await > 0).then_some(()))
            .await;
        run(&mut holder, "commit").await;
    };
    let (changed, ()) = tokio::join!(marketer.submit("/dashboard/settings/privacy/gpc", &fields), meanwhile);
    changed.expect_status(200);
    let live = format!("select count(*) from edge_config where record is not null and {its_records}");
    assert_eq!(world.database.count(&live).await, 0);
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
