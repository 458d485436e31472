//! Goal: a link page shows what its affiliate chose, in their language and safely, and nothing else has one.
//! Method: pages are switched on in the database and read as a visitor, with names and ids that don't belong there.

use world::{World, client::dashboard::Marketer};

#[tokio::test]
async fn a_link_page_is_its_affiliates_and_the_brands() {
    let world = World::shared().await;
    let early = world.acme.join(&world.database, "early").await;
    let theirs = world.globex.join(&world.database, "theirs").await;
    let (organization, affiliate) = (world.acme.organization.uuid(), early.affiliate.uuid());
    let change = format!(
        "update affiliates set name = 'Nina <b>', language = 'de' where organization_id = '{organization}' and id = '{affiliate}';
         insert into bio_pages (organization_id, affiliate_id, is_on, introduction, items, updated_at)
         values ('{organization}', '{affiliate}', true, 'Hüte', array['{}', '{}']::uuid[], now())",
        early.link.uuid(),
        theirs.link.uuid(),
    );
    world.database.run(&change).await;
    let mut visitor = Marketer::new(&world.ledger.base());
    let [ours, others] = ["acme", "globex"].map(|handle| format!("/l/{}", world.own(handle)));
    let place = format!("{ours}/early");
    let answer = visitor.browser.get(&place).await.expect_status(200);
    assert_eq!(answer.header("cache-control"), Some("public, max-age=60"));
    let page = answer.text();
    let sheet = format!("href=\"/p/{}/style.css?v=0f6b5c\"", world.own("acme"));
    for part in ["<html lang=\"de\">", "Nina &#60;b&#62;", "Hüte", "Werbung:", "noindex", &sheet] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let href = format!("{}/early\" rel=\"nofollow sponsored noopener\"", early.host);
    assert!(page.contains(&href) && page.matches("nofollow").count() == 1, "{page}");
    for nothing in [
        "/l/nobody/early".to_owned(),
        format!("{ours}/theirs"),
        format!("{ours}/api"),
        format!("{ours}/x"),
        format!("{ours}/early%2f"),
        format!("{others}/early"),
    ] {
        visitor.browser.get(&nothing).await.expect_status(404);
    }
    let banned = format!("update affiliates set status = 'Banned' where id = '{affiliate}'");
    world.database.run(&banned).await;
    visitor.browser.get(&place).await.expect_status(404);
    world.finish().await;
}
