//! Goal: a brand chooses its color and its logo once, for its portal, its program pages and its emails.
//! Method: the demo's owner sends the forms, wrongly and rightly; an affiliate's and a visitor's pages are read, and an
//! email.
//! Routes: `/dashboard/settings/branding/logo`

use world::{
    World,
    client::{dashboard::Marketer, mailbox},
    http::Request,
    organization_fixture::owner,
};

const PLACE: &str = "/dashboard/settings/branding";

fn png(width: u32, height: u32) -> Vec<u8> {
    let head = [&b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"[..], &width.to_be_bytes(), &height.to_be_bytes()].concat();
    [&head[..], &[8, 6, 0, 0, 0, 0, 0, 0, 0]].concat()
}

async fn upload(world: &World, person: &mut Marketer, bytes: &[u8]) -> world::http::Response {
    let head = "--x7\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n";
    let mut request = Request::new("POST", &format!("{PLACE}/logo?organization={}", world.acme.organization))
        .header("Content-Type", "multipart/form-data; boundary=x7")
        .header("Sec-Fetch-Site", "same-origin");
    request.body = [head.as_bytes(), bytes, b"\r\n--x7--\r\n"].concat();
    person.browser.send(request).await
}

#[tokio::test]
async fn a_color_is_shown_before_it_is_saved() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let organization = world.acme.organization.to_string();
    let page = owner.browser.get(PLACE).await.expect_status(200).text();
    assert!(page.contains("aria-current=\"page\">Branding") && page.contains("type=\"color\""), "{page}");
    let form = |color: &'static str| [("organization", organization.as_str()), ("brandColor", color)];
    let refused = owner.submit(PLACE, &form("green")).await.expect_status(400).text();
    assert!(refused.contains("id=\"brandColor-problem\"") && refused.contains("value=\"green\""), "{refused}");
    let looked = [&form("#FFE600")[..], &[("do", "preview")]].concat();
    let preview = owner.submit(PLACE, &looked).await.expect_status(200).text();
    assert!(preview.contains("fill=\"#ffe600\"") && preview.contains("We adjusted it"), "{preview}");
    let id = world.acme.organization.uuid();
    let color = format!("select coalesce(brand_color, '') from organizations where organization_id = '{id}'");
    assert_ne!(world.database.texts(&color).await, [["#ffe600"]], "a preview saves nothing");
    owner.submit(PLACE, &form("#FFE600")).await.expect_status(303);
    assert_eq!(world.database.texts(&color).await, [["#ffe600"]]);
    let other = world.globex.organization.to_string();
    owner.submit(PLACE, &[("organization", &other), ("brandColor", "#112233")]).await.expect_status(404);
    world.finish().await;
}

#[tokio::test]
async fn a_logo_is_for_the_portal_and_for_pages_without_one() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let own = format!("/assets/logo/{}", world.acme.organization);
    let (public, logo_of_page) = (format!("/p/{}", world.own("acme")), format!("/p/{}/logo", world.own("acme")));
    let mut visitor = Marketer::new(&world.ledger.base());
    visitor.browser.get(&own).await.expect_status(404);
    for bad in [b"<svg onload=alert(1)>".to_vec(), vec![0x89; 400_000], Vec::new()] {
        let refused = upload(&world, &mut owner, &bad).await.expect_status(400).text();
        assert!(refused.contains("id=\"file-problem\""), "{refused}");
    }
    let picture = png(300, 60);
    upload(&world, &mut owner, &picture).await.expect_status(303);
    assert!(owner.browser.get(PLACE).await.text().contains(&format!("src=\"{own}?v=")));
    let logo = visitor.browser.get(&own).await.expect_status(200);
    assert_eq!((logo.header("content-type"), logo.body == picture), (Some("image/png"), true));
    assert!(logo.header("content-security-policy").unwrap().contains("sandbox"));
    assert!(visitor.browser.get(&logo_of_page).await.expect_status(200).body == picture);
    assert!(visitor.browser.get(&public).await.text().contains("width=\"300\" height=\"60\""));
    // Mail programs know no host of ours.
    let organization = world.acme.organization.to_string();
    let test = [("organization", organization.as_str()), ("lang", "en"), ("step", "test")];
    owner.submit("/dashboard/settings/emails/application_approved", &test).await.expect_status(200);
    let email = mailbox::read_email(&world.ledger.base(), &world.own("owner@acme.test"), "email_preview").await;
    let source = format!("<img src=\"{}{own}?v=", world.ledger.base());
    assert!(email["html"].as_str().unwrap().contains(&source), "{email}");

    let page = format!("/dashboard/programs/{}/page/logo?organization={}", world.acme.program, world.acme.organization);
    let of_page = png(40, 40);
    let insert = format!(
        "insert into program_logos (organization_id, program_id, content_type, bytes, width, height, updated_at)
         values ('{}', '{}', 'image/png', '\\x{}', 40, 40, now())",
        world.acme.organization.uuid(),
        world.acme.program.uuid(),
        of_page.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
    );
    world.database.run(&insert).await;
    assert!(visitor.browser.get(&logo_of_page).await.body == of_page, "a page's own logo comes first");
    owner.submit(&page, &[("do", "remove")]).await.expect_status(303);
    let removal = format!("{PLACE}/logo?organization={}", world.acme.organization);
    owner.submit(&removal, &[("do", "remove")]).await.expect_status(303);
    for nothing in [&own, &logo_of_page] {
        visitor.browser.get(nothing).await.expect_status(404);
    }
    let audit = "select action from audit_log where action = 'organization.logo_changed'";
    assert_eq!(world.database.texts(audit).await.len(), 2);
    world.finish().await;
}
