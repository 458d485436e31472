//! Goal: people read in words who changed what, and export it.
//! Method: changes by a key and by a person, with hostile texts in them.
//! Routes: `/dashboard/settings/audit-log/export`

use world::{World, audit_log_fixture::three_keys, brand::But, client::dashboard::Marketer};

const PLACE: &str = "/dashboard/settings/audit-log";

#[tokio::test]
async fn people_read_it_in_words() {
    let world = World::shared().await;
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
    let empty = marketer.browser.get(PLACE).await.expect_status(200).text();
    assert!(empty.contains("No changes yet."), "{empty}");
    let made = three_keys(&world).await;
    let page = marketer.browser.get(PLACE).await.expect_status(200).text();
    for words in [
        "</strong> renamed <a",
        "the API key three</a>",
        "Key Demo",
        "=HYPERLINK(&#34;evil&#34;) &#60;b&#62;",
        "req_of_the_rename",
        "rotates daily",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("evil\") <b>"));
    let narrowed = format!("{PLACE}?action=api_key.created&actor=&target=&from=&to=");
    let page = marketer.browser.get(&narrowed).await.expect_status(200).text();
    assert!(!page.contains("req_of_the_rename") && page.contains(made[2]["id"].as_str().unwrap()), "{page}");
    // A pill says what is shown, and leads to the log without it.
    let pill = format!("href=\"{PLACE}?organization={}\">Action is <strong>", world.acme.organization);
    assert!(page.contains(&pill), "{pill}: {page}");
    assert!(page.contains("&#38;action=api_key.created&#38;from=20"), "a period keeps the action: {page}");
    let page = marketer.browser.get(&format!("{PLACE}?target=none")).await.expect_status(200).text();
    assert!(page.contains("No results."));
    let page = marketer.browser.get(&format!("{PLACE}?from=yesterday")).await.expect_status(400).text();
    assert!(page.contains("From must be a date"), "{page}");
    let file = marketer.browser.get(&format!("{PLACE}/export?format=csv")).await.expect_status(200).text();
    assert_eq!(file.lines().count(), 6, "{file}");
    assert!(file.contains(&world.own("owner@acme.test")), "who exported");
    let other = world.globex.organization.to_string();
    marketer.browser.get(&format!("{PLACE}/export?organization={other}")).await.expect_status(404);
    world.database.set_member_roles("viewer").await;
    let page = marketer.browser.get(PLACE).await.expect_status(200).text();
    assert!(!page.contains("/export?"), "a viewer looks");
    marketer.browser.get(&format!("{PLACE}/export")).await.expect_status(403);
    world.finish().await;
}

#[tokio::test]
async fn people_and_things_have_names_there() {
    let world = World::shared().await;
    let mut owner = Marketer::new(&world.ledger.base());
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    world.database.set_member_names("Una").await;
    let slug = world.acme.partner.slug.clone();
    let sale = world.acme.sale("order_1", 10_000).but(|report| report.affiliate_slug = Some(slug));
    world.intake().accept(&[sale]).await;
    let (_, commissions) = world.api().booked("order_1").await.unwrap();
    let (organization, id) = (world.acme.organization.to_string(), commissions[0]["id"].as_str().unwrap());
    let fields = [("organization", organization.as_str()), ("reason", "She asked.")];
    owner.submit(&format!("/dashboard/commissions/{id}/release"), &fields).await.expect_status(303);
    let page = owner.browser.get(PLACE).await.expect_status(200).text();
    let sentence = format!(
        "<strong>Una</strong> released <a href=\"/dashboard/commissions/{id}?organization={organization}\">$20.00 for \
         Lauren Vale</a>"
    );
    assert!(page.contains(&sentence), "{sentence}: {page}");
    // The id is only in the details; files keep the address.
    assert!(page.contains(&format!("<dt>ID</dt><dd><code>{id}</code>")), "{page}");
    let file = owner.browser.get(&format!("{PLACE}/export?format=csv")).await.expect_status(200).text();
    assert!(file.contains(&world.own("owner@acme.test")) && !file.contains("Una"), "{file}");
    world.finish().await;
}
