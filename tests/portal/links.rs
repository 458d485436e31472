//! Goal: an affiliate creates links to any page of the brand.
//! Method: the demo's affiliate sends the form with pages of the brand and of others.

use serde_json::json;
use world::{World, client::dashboard::Marketer};

use crate::fixture::{address, enter, join, page};

#[tokio::test(flavor = "multi_thread")]
async fn links_to_any_page_of_the_brand() {
    let world = World::shared().await;
    let early = join(&world, "early").await;
    let mut browser = enter(&world, &address(&world, "early")).await;
    let links = page(&mut browser, "/a/links").await;
    assert!(links.contains(&format!("{}/early", early.host)) && links.contains("data-builder"), "{links}");
    // The home page has the same form, with what its script needs to show the link while a page is typed.
    let home = page(&mut browser, "/a").await;
    let known = format!("{}/early\" data-leads-to=\"brand.test", early.host);
    assert!(
        home.contains("action=\"/a/links#build\"") && home.contains("data-ready") && home.contains(&known),
        "{home}"
    );
    // The shown rate is the program's until they have an override.
    assert!(links.contains("What you earn") && links.contains("20% of every payment"), "{links}");
    let own =
        json!({"scope": {"affiliateId": early.affiliate}, "components": [{"type": "percentage", "ratePercent": "35"}]});
    world.api().post(&format!("/programs/{}/plans", world.acme.program), &own).await.expect_status(201);
    let links = page(&mut browser, "/a/links").await;
    assert!(links.contains("35% of every payment") && !links.contains("20% of"), "{links}");
    let made = page(&mut browser, "/a/links?page=https%3A%2F%2Fbrand.test%2Fpricing%2Fpro").await;
    assert!(made.contains(&format!("{}/early/pricing/pro", early.host)), "{made}");
    let refused = browser.browser.get("/a/links?page=https%3A%2F%2Fevil.test%2F").await.expect_status(400).text();
    assert!(refused.contains("Enter a page on brand.test."), "{refused}");
    let picture = browser.browser.get(&format!("/a/links/qr.svg?link={}", early.link)).await.expect_status(200);
    assert_eq!(picture.header("content-type"), Some("image/svg+xml"));
    let picture =
        browser.browser.get(&format!("/a/links/qr.png?link={}&save=yes", early.link)).await.expect_status(200);
    assert_eq!(picture.header("content-type"), Some("image/png"));
    assert_eq!(picture.header("content-disposition"), Some("attachment; filename=\"early.png\""));
    assert!(picture.body.starts_with(b"\x89PNG\r\n\x1a\n"));
    let foreign = format!("/a/links/qr.svg?link={}", world.acme.partner.link);
    browser.browser.get(&foreign).await.expect_status(404);

    // A link of the list is shared; a stranger's isn't.
    let shown = page(&mut browser, &format!("/a/links?link={}", early.link)).await;
    assert!(shown.contains("id=\"shown-places\"") && shown.contains("https://wa.me/?text="), "{shown}");
    let foreign = page(&mut browser, &format!("/a/links?link={}", world.acme.partner.link)).await;
    assert!(!foreign.contains("id=\"shown-places\""), "{foreign}");

    // A pasted page has its link at once: below the affiliate's own, or one that is named after the page and made once.
    let quick = async |browser: &mut Marketer, page: &str| browser.submit("/a/links/quick", &[("page", page)]).await;
    let below = quick(&mut browser, "https://brand.test/pricing/pro").await.expect_status(200).text();
    assert!(below.contains(&format!("{}/early/pricing/pro<", early.host)), "{below}");
    for _ in 0..2 {
        let own = quick(&mut browser, "www.brand.test/gift-cards?x=1").await.expect_status(200).text();
        assert!(own.contains("/early-gift-cards<") && own.contains("/a/links/qr.png?link="), "{own}");
    }
    let other = quick(&mut browser, "https://www.brand.test/de/gift-cards").await.expect_status(200).text();
    assert!(other.contains("/early-gift-cards-2<"), "{other}");
    let refused = quick(&mut browser, "https://evil.test/").await.expect_status(400).text();
    assert!(refused.contains("Enter a page on brand.test"), "{refused}");

    // A named link has figures of its own; no one can take another's name.
    let expected = [("page", "https://brand.test/pricing"), ("label", "Newsletter")];
    browser.submit("/a/links", &expected).await.expect_status(303);
    assert!(page(&mut browser, "/a/links").await.contains("/early-newsletter"));
    let again = browser.submit("/a/links", &expected).await.expect_status(400).text();
    assert!(again.contains("You already have a link with this label"), "{again}");
    for (page, label) in [("https://evil.test/", "x"), ("https://brand.test/", "../x"), ("https://brand.test/", "")] {
        browser.submit("/a/links", &[("page", page), ("label", label)]).await.expect_status(400);
    }
    assert_eq!(world.database.count("select count(*) from links where slug like 'early%'").await, 4);
    world.finish().await;
}
