//! Goal: the CRM pages connect every vendor, choose its list, fix tags with one click, pause, reconnect and disconnect,
//! without a script and at a phone's width. A vendor's error breaks no page, and only owners and admins change
//! anything. Guides are linked where they are served.
//! Method: a browser that only follows links and posts forms; then once more a real Chromium
//! (`tests/pages/crm_connect.mjs`).
//! Routes: `/dashboard/crms/new/{vendor}`, `/dashboard/crms/{id}`, `/dashboard/crms/{id}/disconnect`,
//! `/dashboard/crms/{id}/programs`, `/dashboard/crms/{id}/reconnect`, `/dashboard/crms/{id}/settings`,
//! `/dashboard/crms/{id}/switch`, `/dashboard/crms/{id}/tags`, `/dashboard/crms/{id}/test`

use std::{
    fs,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use world::{
    Plan,
    client::dashboard::Marketer,
    crm_connection_fixture::{CrmConnectionFixture, EachCrm, path},
    fakes::Mood,
    http::Response,
    settings,
};

const PAGE: &str = "/dashboard/crms";

async fn signed_in(fixture: &CrmConnectionFixture) -> Marketer {
    let mut marketer = Marketer::new(&fixture.world.ledger.base());
    marketer.sign_in(&fixture.world.demo["owner"]).await.expect_status(303);
    marketer
}

/// Sends a form of the organization.
async fn submit(
    fixture: &CrmConnectionFixture,
    marketer: &mut Marketer,
    target: &str,
    fields: &[(&str, &str)],
) -> Response {
    let organization = fixture.world.acme.organization.to_string();
    let mut all = vec![("organization", organization.as_str())];
    all.extend(fields);
    marketer.submit(target, &all).await
}

fn at(made: &Value) -> String {
    format!("{PAGE}/{}", made["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_vendor_is_connected_by_its_form() {
    let mut each = EachCrm::start().await;
    while let Some(fixture) = each.another().await {
        let slug = fixture.slug();
        let mut marketer = signed_in(&fixture).await;
        let descriptor = connector::providers::named(slug).unwrap().descriptor();
        let target = format!("{PAGE}/new/{slug}");
        let page = marketer.browser.get(&target).await.expect_status(200).text();
        for field in descriptor.fields {
            assert!(page.contains(&format!("name=\"{}\"", field.name)), "{slug}: {}", field.name);
        }
        assert!(!page.contains("/docs/integrations/"), "{slug}: this ledger serves no docs");
        assert_eq!(page.contains("name=\"events\""), descriptor.events.is_some(), "{slug}");
        let selected = page.contains("name=\"events\" value=\"affiliate_approved\" checked");
        assert_eq!(selected, ["braze", "customer-io", "vero"].contains(&slug), "{slug}");
        let credentials = fixture.vendor.with(|crm| crm.credentials());
        let mut fields: Vec<(&str, &str)> =
            credentials.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        if selected {
            fields.push(("events", "affiliate_approved"));
        }
        let required = descriptor.fields.iter().rfind(|field| field.required).unwrap();
        let some: Vec<_> = fields.iter().copied().filter(|(name, _)| *name != required.name).collect();
        let again = submit(&fixture, &mut marketer, &target, &some).await;
        assert_eq!(again.status, 400, "{slug}");
        assert!(again.text().contains(&format!("id=\"credential-{}-problem\"", required.name)), "{slug}");
        assert_eq!(again.text().contains("value=\"affiliate_approved\" checked"), selected, "{slug}");
        let made = submit(&fixture, &mut marketer, &target, &fields).await.expect_status(303);
        let there = made.header("location").unwrap().to_owned();
        let page = marketer.browser.get(&there).await.expect_status(200);
        assert!(page.text().contains("Connected."), "{slug}");
        let sent = if selected { json!(["affiliate_approved"]) } else { json!([]) };
        assert_eq!(fixture.world.api().all("/connections?kind=crm").await.remove(0)["events"], sent, "{slug}");
        if let Some(list) = fixture.vendor.with(|crm| crm.list()) {
            assert!(page.text().contains(&format!("<option value=\"{}\"", list.id)), "{slug}: {}", page.text());
            let one = there.split('?').next().unwrap();
            let saved =
                submit(&fixture, &mut marketer, &format!("{one}/settings"), &[("list", list.id.as_str())]).await;
            assert_eq!(saved.status, 303, "{slug}: {}", saved.text());
            let connection = fixture.world.api().all("/connections?kind=crm").await.remove(0);
            assert_eq!(connection["list"]["id"], json!(list.id), "{slug}");
        }
        let listed = marketer.browser.get(PAGE).await.expect_status(200);
        assert!(listed.text().contains("status good"), "{slug}");
        fixture.keeps_secrets(&[&again, &page, &listed]).await;
        fixture.world.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn setup_guides_are_linked_where_they_are_served() {
    let book = std::env::temp_dir().join(format!("rekomi-book-{}", std::process::id()));
    let guides = book.join("integrations/crm");
    fs::create_dir_all(&guides).unwrap();
    let plan = Plan::default().ledger_setting("REKOMI_DOCS", &book.display().to_string());
    let world = Box::pin(plan.start()).await;
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
    for slug in connector::providers::ALL.iter().map(|one| one.descriptor().slug) {
        assert!(settings::root().join(format!("docs/integrations/crm/{slug}.md")).is_file(), "{slug}");
        fs::write(guides.join(format!("{slug}.html")), slug).unwrap();
        let page = marketer.browser.get(&format!("{PAGE}/new/{slug}")).await.expect_status(200).text();
        let guide = format!("/docs/integrations/crm/{slug}.html");
        assert!(page.contains(&format!("href=\"{guide}\"")), "{slug}: {page}");
        assert_eq!(marketer.browser.get(&guide).await.expect_status(200).text(), slug);
    }
    let source = fs::read_to_string(settings::root().join("docs/integrations/gateways.md")).unwrap();
    let page = marketer.browser.get("/dashboard/gateways").await.expect_status(200).text();
    for title in ["Stripe", "Paddle", "Braintree", "Shopify", "Dodo Payments", "Creem"] {
        assert!(source.contains(&format!("\n### {title}\n")), "{title}");
        let place = title.to_lowercase().replace(' ', "-");
        assert!(page.contains(&format!("\"/docs/integrations/gateways.html#{place}\"")), "{place}: {page}");
    }
    fs::remove_dir_all(book).unwrap();
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_mended_with_one_click() {
    let fixture = CrmConnectionFixture::of("activecampaign").await;
    let made = fixture.connected().await;
    let mut marketer = signed_in(&fixture).await;
    let target = format!("{}/tags", at(&made));
    let written = "partners\r\n VIP \r\ncustomers";
    let shown = submit(&fixture, &mut marketer, &target, &[("tags", written)]).await;
    assert_eq!(shown.status, 422);
    for words in ["Use \u{201c}VIP\u{201d}", "Use \u{201c}customer\u{201d}", "Nothing is saved yet", "Fix all"] {
        assert!(shown.text().contains(words), "{words}: {}", shown.text());
    }
    assert!(!shown.text().contains("Save as is"), "blanks are never meant");
    let mended = submit(&fixture, &mut marketer, &target, &[("tags", written), ("fix", "1")]).await;
    assert!(mended.status == 422 && mended.text().contains("Save as is"), "{}", mended.text());
    let tags = async || fixture.world.api().get(&path(&made)).await.json()["tags"].clone();
    assert_eq!(tags().await, json!([]));
    let all = submit(&fixture, &mut marketer, &target, &[("tags", written), ("fix", "all")]).await;
    assert_eq!((all.status, tags().await), (303, json!(["partners", "VIP", "customer"])));
    let meant = [("tags", "partners\ncustomers"), ("accept", "yes")];
    assert_eq!(submit(&fixture, &mut marketer, &target, &meant).await.status, 303);
    assert_eq!(tags().await, json!(["partners", "customers"]));

    // A program's own: the account's defaults count as there already.
    let program = fixture.world.acme.program.to_string();
    let target = format!("{}/programs", at(&made));
    let fields = [("programId", program.as_str()), ("list", "1"), ("tags", "Partners\nspring")];
    let shown = submit(&fixture, &mut marketer, &target, &fields).await;
    assert!(shown.status == 422 && shown.text().contains("differ only in capitalization"), "{}", shown.text());
    let fields = [("programId", program.as_str()), ("list", "1"), ("tags", "spring")];
    assert_eq!(submit(&fixture, &mut marketer, &target, &fields).await.status, 303);
    let kept = format!("{}/programs/{program}", path(&made));
    let own = fixture.world.api().get(&kept).await.expect_status(200).json();
    assert_eq!((&own["list"]["name"], &own["tags"]), (&json!("Customers"), &json!(["spring"])));
    let nothing = [("programId", program.as_str()), ("list", ""), ("tags", "")];
    assert_eq!(submit(&fixture, &mut marketer, &target, &nothing).await.status, 303);
    assert_eq!(fixture.world.api().get(&kept).await.status, 404, "as all others again");
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendors_trouble_breaks_no_page() {
    let fixture = CrmConnectionFixture::of("activecampaign").await;
    let made = fixture.connected().await;
    let mut marketer = signed_in(&fixture).await;
    for mood in [Mood::Says(500, json!({"message": "trouble"})), Mood::Garbage, Mood::Hangs] {
        fixture.vendor.recover();
        fixture.vendor.when("", mood.clone());
        let page = marketer.browser.get(&at(&made)).await.expect_status(200).text();
        assert!(page.contains("We can’t load the lists right now."), "{mood:?}: {page}");
        assert!(page.contains("stays selected") && page.contains("Disconnect"), "{mood:?}");
    }
    // The form has no picker in this case, and saving the rest keeps the list.
    let saved = submit(&fixture, &mut marketer, &format!("{}/settings", at(&made)), &[("segmentTag", "on")]).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let kept = fixture.world.api().get(&path(&made)).await.json();
    assert_eq!((&kept["segmentTag"], &kept["list"]), (&json!(true), &made["list"]));
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paused_told_and_connected_again() {
    let fixture = CrmConnectionFixture::of("activecampaign").await;
    let made = fixture.connected().await;
    let mut marketer = signed_in(&fixture).await;
    let mut bad = fixture.vendor.with(|crm| crm.credentials());
    fixture.vendor.with(|crm| crm.revoke());
    let tested = submit(&fixture, &mut marketer, &format!("{}/test", at(&made)), &[]).await.expect_status(200);
    for words in ["Paused.", "rejected the key", "<span class=\"status wait\">Action needed</span>"] {
        assert!(tested.text().contains(words), "{words}: {}", tested.text());
    }
    let paused = fixture.world.api().get(&path(&made)).await.json();
    assert_eq!((&paused["status"], paused["pausedReason"].is_string()), (&json!("paused"), true));
    bad.insert("apiKey".to_owned(), "another".to_owned());
    let fields: Vec<(&str, &str)> = bad.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let again = submit(&fixture, &mut marketer, &format!("{}/reconnect", at(&made)), &fields).await;
    assert_eq!(again.status, 422);
    assert!(!again.text().contains("value=\"another\""));
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_owners_and_admins_change_anything() {
    let fixture = CrmConnectionFixture::of("activecampaign").await;
    let made = fixture.connected().await;
    let mut marketer = signed_in(&fixture).await;
    let (own, other) = (fixture.world.acme.organization.to_string(), fixture.world.globex.organization.to_string());
    assert_eq!(marketer.browser.get(&format!("{}?organization={other}", at(&made))).await.status, 404);
    fixture.world.database.set_member_roles("manager").await;
    for what in ["settings", "tags", "programs", "reconnect", "test", "switch", "disconnect"] {
        let target = format!("{}/{what}", at(&made));
        for (organization, status) in [(own.as_str(), 403), (other.as_str(), 404), ("", 404)] {
            let answer = marketer.submit(&target, &[("organization", organization)]).await;
            assert_eq!(answer.status, status, "{what} {organization:?}");
        }
    }
    let looking = marketer.browser.get(&at(&made)).await.expect_status(200).text();
    assert!(looking.contains("Sync log") && !looking.contains("Disconnect") && !looking.contains("Save tags"));
    fixture.world.database.set_member_roles("admin").await;
    let gone = marketer.submit(&format!("{}/disconnect", at(&made)), &[("organization", own.as_str())]).await;
    assert_eq!(gone.status, 303);
    assert!(marketer.browser.get(PAGE).await.text().contains("No CRMs yet."));
    assert_eq!(fixture.world.database.count("select count(*) from crm_connections").await, 0);
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_browser() {
    let fixture = CrmConnectionFixture::of("activecampaign").await;
    let credentials = fixture.vendor.with(|crm| crm.credentials());
    let owner = &fixture.world.demo["owner"];
    let pictures = settings::folder();
    let program = Command::new(settings::node())
        .arg(settings::root().join("tests/pages/crm_connect.mjs"))
        .arg(fixture.world.ledger.base())
        .args([owner["email"].as_str().unwrap(), owner["password"].as_str().unwrap()])
        .arg(&pictures)
        .args([&credentials["apiUrl"], &credentials["apiKey"]])
        .env("REKOMI_TEST_CHROMIUM", settings::chromium())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let done = tokio::task::spawn_blocking(move || program.wait_with_output()).await.unwrap().unwrap();
    assert!(done.status.success(), "{}\n{}", pictures.display(), String::from_utf8_lossy(&done.stderr));
    fixture.world.finish().await;
}
