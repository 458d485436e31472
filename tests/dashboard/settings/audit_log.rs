//! Goal: people read in words who changed what, and export it.
//! Method: changes by a key and by a person, with hostile texts in them.
//! Routes: `/dashboard/settings/audit-log/export`

use world::{World, audit_log_fixture::three_keys, client::dashboard::Marketer};

const PLACE: &str = "/dashboard/settings/audit-log";

#[tokio::test]
async fn people_read_it_in_words() {
    let world = World::start().await;
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
    let empty = marketer.browser.get(PLACE).await.expect_status(200).text();
    assert!(empty.contains("No changes yet."), "{empty}");
    let made = three_keys(&world).await;
    let page = marketer.browser.get(PLACE).await.expect_status(200).text();
    for words in
        ["API key renamed", "key Demo", "=HYPERLINK(&#34;evil&#34;) &#60;b&#62;", "req_of_the_rename", "rotates daily"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("evil\") <b>"));
    let narrowed = format!("{PLACE}?action=api_key.created&actor=&target=&from=&to=");
    let page = marketer.browser.get(&narrowed).await.expect_status(200).text();
    assert!(!page.contains("req_of_the_rename") && page.contains(made[2]["id"].as_str().unwrap()), "{page}");
    let page = marketer.browser.get(&format!("{PLACE}?target=none")).await.expect_status(200).text();
    assert!(page.contains("No results."));
    let page = marketer.browser.get(&format!("{PLACE}?from=yesterday")).await.expect_status(400).text();
    assert!(page.contains("From must be a date"), "{page}");
    let file = marketer.browser.get(&format!("{PLACE}/export?format=csv")).await.expect_status(200).text();
    assert_eq!(file.lines().count(), 6, "{file}");
    assert!(file.contains("owner@acme.test"), "who exported");
    let other = world.globex.organization.to_string();
    marketer.browser.get(&format!("{PLACE}/export?organization={other}")).await.expect_status(404);
    world.database.run("set session_replication_role = replica; update memberships set role = 'viewer'").await;
    let page = marketer.browser.get(PLACE).await.expect_status(200).text();
    assert!(!page.contains("/export?"), "a viewer looks");
    marketer.browser.get(&format!("{PLACE}/export")).await.expect_status(403);
    world.finish().await;
}
