//! Goal: an affiliate switches their public page on and off, and can put nothing on it but their own.
//! Method: the form is sent rightly and wrongly; the public page is read as a visitor.

use world::{World, client::dashboard::Marketer};

use crate::fixture::{address, enter, join, page};

#[tokio::test(flavor = "multi_thread")]
async fn the_affiliate_decides_what_is_public() {
    let world = World::shared().await;
    let early = join(&world, "early").await;
    let mut browser = enter(&world, &address(&world, "early")).await;
    let mut visitor = Marketer::new(&world.ledger.base());
    let edit = page(&mut browser, "/a/page").await;
    let (link, foreign) = (early.link.uuid().to_string(), world.acme.partner.link.uuid().to_string());
    let public = format!("/l/{}/early", world.own("acme"));
    assert!(edit.contains(&public) && edit.contains(&link) && !edit.contains(&foreign), "{edit}");
    visitor.browser.get(&public).await.expect_status(404);

    let mut on = vec![
        ("on", "yes"),
        ("introduction", "Hats <i>I</i> wear"),
        ("item", link.as_str()),
        ("item", foreign.as_str()),
    ];
    browser.submit("/a/page", &on).await.expect_status(303);
    let shown = visitor.browser.get(&public).await.expect_status(200).text();
    assert!(
        shown.contains("Hats &#60;i&#62;I&#60;/i&#62; wear") && shown.matches("rel=\"nofollow").count() == 1,
        "{shown}"
    );
    let edit = page(&mut browser, "/a/page?done=yes").await;
    assert!(edit.contains("Changes saved.") && edit.contains("checked"), "{edit}");
    let audited = world.api().all("/audit-log?action=affiliate.page_changed").await;
    assert_eq!((audited.len(), &audited[0]["after"]["isOn"]), (1, &serde_json::json!(true)), "{audited:?}");

    // The script may greet visitors with the name while the page is on, and with no other one.
    let named = format!(
        "select record->>'name' from edge_config
         where key like 'via:%' and record->>'affiliateId' = '{}' and record->>'name' is not null",
        early.affiliate
    );
    let renamed = format!("/affiliates/{}", early.affiliate);
    world.api().patch(&renamed, &serde_json::json!({"name": "Early Bird"})).await.expect_status(200);
    assert_eq!(world.database.texts(&named).await.concat(), ["Early Bird"]);

    // Without a page of the brand's there is none of theirs, and the name isn't public. They can still switch it off.
    let of_brand = |what: &str| format!("/programs/{}/page/{what}", world.acme.program);
    world.api().post(&of_brand("unpublish"), &serde_json::json!({})).await.expect_status(200);
    assert!(world.database.texts(&named).await.is_empty());
    assert!(page(&mut browser, "/a/page").await.contains("name=\"on\""));
    world.api().post(&of_brand("publish"), &serde_json::json!({})).await.expect_status(200);
    assert_eq!(world.database.texts(&named).await.concat(), ["Early Bird"]);

    // Refused, what was typed stays, and the page as it was.
    on[1] = ("introduction", "see evil.test");
    let refused = browser.submit("/a/page", &on).await.expect_status(400).text();
    assert!(refused.contains("without links or email addresses") && refused.contains("see evil.test"), "{refused}");
    assert!(visitor.browser.get(&public).await.expect_status(200).text().contains("Hats"));

    browser.submit("/a/page", &[("introduction", "")]).await.expect_status(303);
    visitor.browser.get(&public).await.expect_status(404);
    assert!(world.database.texts(&named).await.is_empty());

    // Saved too often, what was typed stays, too.
    on[1] = ("introduction", "Hats and caps");
    let mut last = browser.submit("/a/page", &on).await;
    for _ in 0..30 {
        if last.status == 429 {
            break;
        }
        last = browser.submit("/a/page", &on).await;
    }
    assert_eq!((last.status, last.header("retry-after")), (429, Some("60")));
    let page = last.text();
    for part in ["Too many requests.", "value=\"Hats and caps\"", &format!("value=\"{link}\" checked")] {
        assert!(page.contains(part), "{part} in {page}");
    }
    world.finish().await;
}
