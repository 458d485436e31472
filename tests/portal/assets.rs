//! Goal: a brand's assets reach its affiliates, and no one else.
//! Method: the brand uploads, adds and deletes assets on the dashboard; affiliates of both brands open the portal's
//! page.

use world::{World, client::dashboard::Marketer};

use crate::fixture::{address, enter, id_after, page};

#[tokio::test(flavor = "multi_thread")]
async fn assets_go_from_the_brand_to_its_affiliates() {
    let world = World::shared().await;
    let base = world.ledger.base();
    let organization = world.acme.organization.to_string();
    let own = ("organization", organization.as_str());
    let mut brand = Marketer::new(&base);
    brand.sign_in(&world.demo["owner"]).await.expect_status(303);
    let picture = b"\x89PNG\r\n\x1a\nnot much of a picture";
    brand
        .upload("/dashboard/assets", &[own, ("kind", "File"), ("title", "Banner 1")], ("a.png", picture))
        .await
        .expect_status(303);
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    let refused = brand.upload("/dashboard/assets", &[own, ("kind", "File"), ("title", "Bad")], ("a.png", svg)).await;
    assert!(refused.status == 400 && refused.text().contains("Choose an image"), "{}", refused.text());
    let words = [own, ("kind", "Text"), ("title", "Bio"), ("body", "We make <hats>.")];
    brand.submit("/dashboard/assets", &words).await.expect_status(303);
    let evil = [own, ("kind", "Link"), ("title", "Kit"), ("address", "javascript:alert(1)")];
    brand.submit("/dashboard/assets", &evil).await.expect_status(400);
    let page_of_brand = page(&mut brand, &format!("/dashboard/assets?organization={organization}")).await;
    assert!(page_of_brand.contains("Banner 1") && page_of_brand.contains("Bio"), "{page_of_brand}");

    let mut browser = enter(&world, world.demo["affiliate"]["email"].as_str().unwrap()).await;
    let shelf = page(&mut browser, "/a/assets").await;
    assert!(shelf.contains("Banner 1") && !shelf.contains("<hats>"), "{shelf}");
    let id = id_after(&shelf, "/a/assets/ast_").trim_end_matches("/file").to_owned();
    let file = browser.browser.get(&format!("/a/assets/ast_{id}/file")).await.expect_status(200);
    assert_eq!((file.header("content-type"), file.body.as_slice()), (Some("image/png"), &picture[..]));
    assert!(file.header("content-security-policy").unwrap().contains("sandbox"));
    let saved = browser.browser.get(&format!("/a/assets/ast_{id}/file?save=yes")).await;
    assert_eq!(saved.header("content-disposition"), Some("attachment; filename=\"banner-1.png\""));
    // All of it is one archive, whose files aren't compressed, with texts to post.
    assert!(shelf.contains("Ready-to-use text") && shelf.contains("href=\"/a/assets/kit.zip\""), "{shelf}");
    let kit = browser.browser.get("/a/assets/kit.zip").await.expect_status(200);
    assert_eq!(kit.header("content-type"), Some("application/zip"));
    let has = |part: &[u8]| kit.body.windows(part.len()).any(|window| window == part);
    assert!(kit.body.starts_with(b"PK\x03\x04") && has(b"PK\x05\x06"));
    for part in [&b"banner-1.png"[..], picture, b"bio.txt", b"We make <hats>.", b"post.txt", b"email.txt"] {
        assert!(has(part), "{}", String::from_utf8_lossy(part));
    }
    // Nobody of another brand's.
    let theirs = address(&world, "theirs");
    world.globex.join_as(&world.database, "theirs", &theirs).await;
    let mut stranger = enter(&world, &theirs).await;
    stranger.browser.get(&format!("/a/assets/ast_{id}/file")).await.expect_status(404);
    brand.submit(&format!("/dashboard/assets/ast_{id}/delete"), &[own]).await.expect_status(303);
    browser.browser.get(&format!("/a/assets/ast_{id}/file")).await.expect_status(404);
    world.finish().await;
}

#[tokio::test]
async fn the_brand_opens_the_file_too() {
    let world = World::shared().await;
    let base = world.ledger.base();
    let organization = world.acme.organization.to_string();
    let mut brand = Marketer::new(&base);
    brand.sign_in(&world.demo["owner"]).await.expect_status(303);
    let picture = b"\x89PNG\r\n\x1a\nanother picture";
    let fields = [("organization", organization.as_str()), ("kind", "File"), ("title", "Banner 2")];
    brand.upload("/dashboard/assets", &fields, ("a.png", picture)).await.expect_status(303);
    let shelf = page(&mut brand, &format!("/dashboard/assets?organization={organization}")).await;
    let id = id_after(&shelf, "/dashboard/assets/ast_");
    let id = id.split('/').next().unwrap();
    let target = format!("/dashboard/assets/ast_{id}/file");
    let file = brand.browser.get(&format!("{target}?organization={organization}")).await.expect_status(200);
    assert_eq!(file.body.as_slice(), &picture[..]);
    Marketer::new(&base).browser.get(&target).await.expect_status(303);
    world.finish().await;
}
