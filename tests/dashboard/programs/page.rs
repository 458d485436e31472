//! Goal: a brand sets up its public program page: texts, address, terms, logo, and automatic approval.
//! Method: an owner's browser sends the editor's forms; a visitor reads the page.
//! Routes: `/dashboard/programs/{id}/page/preview`, `/dashboard/programs/{id}/page/publish`,
//! `/dashboard/programs/{id}/page/style.css`, `/dashboard/programs/{id}/page/terms`

use serde_json::json;
use world::{
    World,
    client::{dashboard::Marketer, mailbox},
    http::{Request, Response},
    organization_fixture::owner,
    program_page_fixture::{affiliates, fresh},
};

async fn form(world: &World, owner: &mut Marketer, what: &str, fields: &[(&str, &str)]) -> Response {
    let organization = world.acme.organization.to_string();
    let mut all = vec![("organization", organization.as_str())];
    all.extend(fields);
    owner.submit(&format!("/dashboard/programs/{}/page{what}", world.acme.program), &all).await
}

const TEXTS: [(&str, &str); 4] = [
    ("handle", "acme-partners"),
    ("headline", "Earn <i>more</i>"),
    ("color", "#ffdd00"),
    ("introduction", "One\n\nTwo"),
];

#[tokio::test]
async fn a_page_is_set_up_and_published() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let editor = format!("/dashboard/programs/{}/page", world.acme.program);
    let page = owner.browser.get(&editor).await.expect_status(200).text();
    assert!(page.contains("Published") && page.contains("value=\"acme\""), "{page}");
    for (field, value) in [("handle", "globex"), ("color", "green"), ("destination", "http://acme.test")] {
        let mut fields: Vec<(&str, &str)> = TEXTS.into_iter().filter(|(name, _)| *name != field).collect();
        fields.push((field, value));
        let refused = form(&world, &mut owner, "", &fields).await.expect_status(400).text();
        assert!(
            refused.contains("aria-invalid") && refused.contains(&format!("value=\"{value}\"")),
            "{field}: {refused}"
        );
    }
    form(&world, &mut owner, "", &TEXTS).await.expect_status(303);
    let mut visitor = Marketer::new(&world.ledger.base());
    visitor.browser.get("/p/acme").await.expect_status(404);
    let page = visitor.browser.get("/p/acme-partners").await.expect_status(200).text();
    assert!(page.contains("Earn &#60;i&#62;more") && page.contains("<p>Two</p>"), "{page}");
    let sheet = visitor.browser.get("/p/acme-partners/style.css").await.text();
    assert!(!sheet.contains("--brand:#ffdd00;--brand-ink:#ffffff"), "yellow under white could not be read: {sheet}");

    form(&world, &mut owner, "/terms", &[("terms", "Be kind.\r\n\r\nAlways.")]).await.expect_status(303);
    form(&world, &mut owner, "/terms", &[("terms", "Be kind.\n\nAlways.")]).await.expect_status(303);
    let page = visitor.browser.get("/p/acme-partners").await.text();
    assert!(page.contains("Version 2") && page.contains("<p>Always.</p>"), "the same text is no new version: {page}");

    form(&world, &mut owner, "/publish", &[("on", "no")]).await.expect_status(303);
    visitor.browser.get("/p/acme-partners").await.expect_status(404);
    let preview = owner.browser.get(&format!("{editor}/preview")).await.expect_status(200).text();
    assert!(preview.contains("This is a preview") && preview.contains("noindex"), "{preview}");
    owner.browser.get(&format!("{editor}/style.css")).await.expect_status(200);
    form(&world, &mut owner, "/publish", &[("on", "yes")]).await.expect_status(303);
    visitor.browser.get("/p/acme-partners").await.expect_status(200);

    let theirs = format!("/dashboard/programs/{}/page", world.globex.program);
    owner.browser.get(&theirs).await.expect_status(404);
    let organization = world.acme.organization.to_string();
    owner.submit(&theirs, &[("organization", organization.as_str()), ("handle", "stolen")]).await.expect_status(404);
    world.finish().await;
}

#[tokio::test]
async fn a_logo_is_a_picture() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let target =
        format!("/dashboard/programs/{}/page/logo?organization={}", world.acme.program, world.acme.organization);
    let png = [&b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\x90\0\0\0\x64"[..], &[8, 6, 0, 0, 0, 0, 0, 0, 0]].concat();
    for (bytes, status) in [(b"<svg onload=alert(1)>".to_vec(), 400), (vec![0x89; 400_000], 400), (png.clone(), 303)] {
        let head = "--x7\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n";
        let body = [head.as_bytes(), &bytes, b"\r\n--x7--\r\n"].concat();
        let mut request = Request::new("POST", &target)
            .header("Content-Type", "multipart/form-data; boundary=x7")
            .header("Sec-Fetch-Site", "same-origin");
        request.body = body;
        let answer = owner.browser.send(request).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    let mut visitor = Marketer::new(&world.ledger.base());
    let logo = visitor.browser.get("/p/acme/logo").await.expect_status(200);
    assert_eq!((logo.header("content-type"), logo.body == png), (Some("image/png"), true));
    assert!(logo.header("content-security-policy").unwrap().contains("sandbox"));
    let page = visitor.browser.get("/p/acme").await.text();
    assert!(page.contains("og:image") && page.contains("width=\"400\" height=\"100\""), "{page}");
    owner.submit(&target, &[("do", "remove")]).await.expect_status(303);
    visitor.browser.get("/p/acme/logo").await.expect_status(404);
    world.finish().await;
}

#[tokio::test]
async fn whoever_applies_may_be_taken_on_at_once() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let fields = [("handle", "acme"), ("destination", "https://acme.test/start"), ("autoApprove", "yes")];
    form(&world, &mut owner, "", &fields).await.expect_status(303);
    // It is the program's own: the same by API and on its overview.
    let program = world.api().get(&format!("/programs/{}", world.acme.program)).await.expect_status(200).json();
    assert_eq!(program["destination"], "https://acme.test/start");
    let mut visitor = Marketer::new(&world.ledger.base());
    let token = fresh(&mut visitor, "acme").await;
    let sent = [("shown", token.as_str()), ("f_email", "ada@creators.test"), ("f_name", "Ada Moss"), ("terms", "yes")];
    visitor.submit("/p/acme", &sent).await.expect_status(303);
    let ada = affiliates(&world, "ada@creators.test").await.remove(0);
    assert_eq!((ada["status"].as_str(), ada["slug"].as_str()), (Some("Approved"), Some("ada-moss")));
    let links = world.api().all(&format!("/links?affiliateId={}", ada["id"].as_str().unwrap())).await;
    assert_eq!(links[0]["destination"], json!("https://acme.test/start"), "{links:?}");
    let email = mailbox::read_email(&world.ledger.base(), "ada@creators.test", "application_approved").await;
    let text = email["text"].as_str().unwrap();
    assert!(text.contains("/ada-moss") && text.contains("/a/enter?token="), "{text}");
    world.finish().await;
}
