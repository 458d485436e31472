//! Goal: a tax form's file reaches nobody but who asked for it, and nothing but a PDF gets in.
//! Method: links are used late, changed, by others and by another organization; files are HTML, too large, active, and named
//! like paths; the folder and the database are searched for what a form says.

use serde_json::{Value, json};
use world::{
    World,
    client::{
        api::Api,
        dashboard::Marketer,
        mailbox::{link, token},
    },
    http::{Request, Response},
};

/// The smallest file that is taken.
pub(crate) const PDF_BASE64: &str = "JVBERi0xLjcKMSAwIG9iaiA8PCAvVHlwZSAvQ2F0YWxvZyA+PiBlbmRvYmoKdHJhaWxlciA8PCAvUm9vdCAxIDAgUiA+PgpzdGFydHhyZWYKOQolJUVPRgo=";
const CANARY: &str = "536227391";

async fn uploaded(world: &World) -> String {
    let form = json!({
        "affiliateId": world.demo["affiliate"]["id"], "kind": "W9", "name": "Lauren Pope", "signedOn": "2026-01-02",
        "classification": "Individual", "street": "12 Market Street", "city": "San Francisco", "region": "CA",
        "postalCode": "94103", "tinType": "SSN", "tin": CANARY, "pdf": PDF_BASE64,
    });
    let made = world.api().post("/tax-forms", &form).await.expect_status(201).json();
    made["id"].as_str().unwrap().to_owned()
}

async fn link_to(world: &World, id: &str) -> String {
    let made = world.api().post(&format!("/tax-forms/{id}/file-url"), &json!({})).await.expect_status(200).json();
    made["url"].as_str().unwrap().strip_prefix(&world.ledger.base()).expect("a link of ours").to_owned()
}

async fn get(world: &World, path: &str) -> Response {
    Request::get(path).send(&world.ledger.base()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_holds_for_minutes_and_as_it_is() {
    let world = World::start().await;
    let id = uploaded(&world).await;
    let path = link_to(&world, &id).await;
    get(&world, &path).await.expect_status(200);
    for at in (8..path.len()).step_by(7) {
        let mut changed = path.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let answer = get(&world, std::str::from_utf8(&changed).unwrap()).await;
        assert_eq!(answer.status, 404, "changed at {at}");
    }
    for bad in ["/files/", "/files/x", "/files/..%2f..%2fetc%2fpasswd", &path[..path.len() - 4]] {
        assert_eq!(get(&world, bad).await.status, 404, "{bad}");
    }
    Request::post("/dev/clock", r#"{"advanceDays":1}"#).send(&world.ledger.base()).await.unwrap().expect_status(200);
    let late = get(&world, &path).await;
    assert_eq!(late.status, 410, "{}", late.text());
    let report = world.api().all("/audit-log?action=file.refused").await;
    assert_eq!(report.len(), 1, "{report:?}");
    assert_eq!(report[0]["after"]["reason"], "link_expired", "{report:?}");
    assert_eq!(world.api().all("/audit-log?action=file.read").await.len(), 1);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_elses_link_and_nobody_elses_form() {
    let world = World::shared().await;
    let id = uploaded(&world).await;
    for (method, path) in [("get", ""), ("post", "/file-url"), ("post", "/accept"), ("post", "/reject")] {
        let path = format!("/tax-forms/{id}{path}");
        let api = world.other_api();
        let answer =
            if method == "get" { api.get(&path).await } else { api.post(&path, &json!({"reason": "mine"})).await };
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.text());
    }
    // A person's link opens in that person's browser only.
    let mut owner = Marketer::new(&world.ledger.base());
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    let organization = world.acme.organization.to_string();
    let place = format!("/dashboard/payouts/tax/forms/{id}/file");
    let to = owner.submit(&place, &[("organization", &organization)]).await.expect_status(303);
    let path = to.header("location").unwrap().strip_prefix(&world.ledger.base()).unwrap().to_owned();
    assert_eq!(get(&world, &path).await.status, 403);
    owner.browser.get(&path).await.expect_status(200);
    // Another affiliate of the same brand.
    let (base, email) = (world.ledger.base(), world.own("second@affiliate.test"));
    let other = world.api().post("/affiliates", &json!({"name": "Second", "email": email, "slug": "second-one"})).await;
    assert!(matches!(other.status, 200 | 201), "{}", other.text());
    let approve = format!("/affiliates/{}/approve", other.json()["id"].as_str().unwrap());
    world.api().post(&approve, &json!({})).await;
    let mut second = Marketer::new(&base);
    second.submit("/a/link", &[("email", &email)]).await.expect_status(303);
    let entry = link(&base, &email, "affiliate_link").await;
    second.submit("/a/enter", &[("token", token(&entry))]).await.expect_status(303);
    second.submit(&format!("/a/tax/forms/{id}/file"), &[]).await.expect_status(404);
    assert_eq!(second.browser.get(&path).await.status, 403);
    world.finish().await;
}

fn with(pdf: &str) -> Value {
    json!({
        "affiliateId": "", "kind": "W8BEN", "name": "Ana Souza", "signedOn": "2026-01-02", "country": "BR",
        "foreignTinNotRequired": true, "pdf": pdf,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_a_pdf_gets_in() {
    let world = World::shared().await;
    let upload = async |pdf: &str| {
        let mut form = with(pdf);
        form["affiliateId"] = world.demo["affiliate"]["id"].clone();
        world.api().post("/tax-forms", &form).await
    };
    // <html><script>alert(1)</script></html>; %PDF-1.7 alone; with a script; nothing; not base64.
    let active = "JVBERi0xLjcKPDwgL1MgL0phdmFTY3JpcHQgL0pTIChhcHAuYWxlcnQoMSkpID4+CnN0YXJ0eHJlZgo5CiUlRU9GCg==";
    for bad in ["PGh0bWw+PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0PjwvaHRtbD4=", "JVBERi0xLjc=", active, "", "%%%"] {
        let answer = upload(bad).await;
        assert_eq!(answer.field_refusal(), (400, "validation_failed".to_owned(), "pdf".to_owned()), "{bad}");
    }
    let large = "A".repeat(11 * 1024 * 1024 / 3 * 4);
    assert!(matches!(upload(&large).await.status, 400 | 413));
    assert_eq!(world.database.count("select count(*) from files").await, 0);
    upload(PDF_BASE64).await.expect_status(201);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_stands_nowhere_in_the_clear() {
    let world = World::start().await;
    uploaded(&world).await;
    let wrong = json!({
        "affiliateId": world.demo["affiliate"]["id"], "kind": "W9", "name": "", "signedOn": "", "tinType": "EIN",
        "tin": format!("00{CANARY}"), "pdf": "",
    });
    let refused = world.api().post("/tax-forms", &wrong).await.text();
    assert!(!refused.contains(CANARY), "{refused}");
    let dashed = "536-22-7391";
    for table in ["tax_forms", "files", "audit_log", "idempotency_keys", "mails"] {
        for number in [CANARY, dashed] {
            let found = format!("select count(*) from {table} t where strpos(t::text, '{number}') > 0");
            assert_eq!(world.database.count(&found).await, 0, "{number} in {table}");
        }
    }
    let log = world.ledger.log();
    assert!(!log.contains(CANARY) && !log.contains(dashed));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_takes_a_managers_key_and_whole_numbers_one_of_scope_admin() {
    let world = World::shared().await;
    let form = format!("/tax-forms/{}", uploaded(&world).await);
    let key = async |scope: &str, role: &str| {
        let made = world.api().post("/api-keys", &json!({"name": role, "scope": scope, "role": role})).await;
        Api::new(world.ledger.base(), made.expect_status(201).json()["bearer"].as_str().unwrap())
    };
    let forbidden = (403, "forbidden".to_owned());
    assert_eq!(key("read", "viewer").await.get(&form).await.refusal(), forbidden);
    let manager = key("read", "manager").await;
    let masked = manager.get(&form).await.expect_status(200).text();
    assert!(masked.contains("***-**-7391") && !masked.contains("536-22"), "{masked}");
    assert_eq!(world.api().all("/audit-log?action=tax_form.read").await.len(), 1, "who was refused read nothing");
    for (scope, role) in [("read", "admin"), ("write", "admin"), ("admin", "manager")] {
        let answer = key(scope, role).await.get("/tax-years/2026/1099-nec.csv").await;
        assert_eq!(answer.refusal(), forbidden, "{scope} {role}");
    }
    key("admin", "admin").await.get("/tax-years/2026/1099-nec.csv").await.expect_status(200);
    world.finish().await;
}
