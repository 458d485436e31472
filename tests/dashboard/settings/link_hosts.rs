//! Goal: the settings page adds and removes a link host, shows its DNS records and checks them.
//! Method: an owner's browser sends the forms; a name server answers what the test says.
//! Routes: `/dashboard/settings/link-hosts/check`, `/dashboard/settings/link-hosts/live`,
//! `/dashboard/settings/link-hosts/remove`

use world::{Plan, World, client::dashboard::Marketer, link_host_fixture::world_with_name_server};

#[tokio::test]
async fn by_page() {
    let world = World::shared().await;
    let organization = world.acme.organization.to_string();
    let place = "/dashboard/settings/link-hosts";
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
    let bad = [("organization", organization.as_str()), ("host", "no host"), ("defaultDestination", "")];
    let page = marketer.submit(place, &bad).await.expect_status(400).text();
    assert!(page.contains("be a domain you own, such as") && page.contains(r#"value="no host""#), "{page}");
    let good = [("organization", organization.as_str()), ("host", "go.page.test"), ("defaultDestination", "")];
    marketer.submit(place, &good).await.expect_status(303);
    let page = marketer.browser.get(place).await.expect_status(200).text();
    assert!(page.contains("<code>go.page.test</code>"), "{page}");
    let remove = [("organization", organization.as_str()), ("host", "go.page.test")];
    marketer.submit(&format!("{place}/remove"), &remove).await.expect_status(303);
    assert!(!marketer.browser.get(place).await.text().contains("go.page.test"));
    world.finish().await;
}

#[tokio::test]
async fn the_page_shows_the_record_and_checks_it() {
    let (world, dns) = world_with_name_server(Plan::default()).await;
    let organization = world.acme.organization.to_string();
    let place = "/dashboard/settings/link-hosts";
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
    let fields = [("organization", organization.as_str()), ("host", "go.brand.example")];
    marketer.submit(place, &fields).await.expect_status(303);
    let page = marketer.browser.get(place).await.expect_status(200).text();
    let value = format!("rekomi-organization={organization}");
    assert!(
        page.contains("_rekomi.go.brand.example") && page.contains(&value) && page.contains("Not verified"),
        "{page}"
    );
    marketer.submit(&format!("{place}/check"), &fields).await.expect_status(303);
    let page = marketer.browser.get(place).await.text();
    assert!(page.contains("We found no record yet.") && page.contains("Check now"), "{page}");
    dns.set_text("_rekomi.go.brand.example", &value);
    marketer.submit(&format!("{place}/check"), &fields).await.expect_status(303);
    let page = marketer.browser.get(place).await.text();
    assert!(!page.contains("Check now") && !page.contains(&value), "{page}");
    world.finish().await;
}

/// A verified host says what is missing until the edge answers there.
#[tokio::test]
async fn the_page_shows_where_a_host_leads() {
    let plan = Plan::default().ledger_setting("REKOMI_EDGE_URL", "https://edge.rekomi.example");
    let (world, dns) = world_with_name_server(plan).await;
    let organization = world.acme.organization.to_string();
    let place = "/dashboard/settings/link-hosts";
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
    let fields = [("organization", organization.as_str()), ("host", "go.brand.example")];
    marketer.submit(place, &fields).await.expect_status(303);
    let page = marketer.browser.get(place).await.expect_status(200).text();
    let record = "<code data-copy=\"the value\">edge.rekomi.example</code>";
    assert!(page.contains(record) && page.contains("Point go.brand.example at your edge"), "{page}");
    dns.set_text("_rekomi.go.brand.example", &format!("rekomi-organization={organization}"));
    marketer.submit(&format!("{place}/check"), &fields).await.expect_status(303);
    for (alias, state) in [(None, "Waiting for DNS"), (Some("edge.rekomi.example"), "Waiting for certificate")] {
        if let Some(alias) = alias {
            dns.set_alias("go.brand.example", alias);
        }
        marketer.submit(&format!("{place}/check"), &fields).await.expect_status(303);
        let page = marketer.browser.get(place).await.text();
        assert!(page.contains(state) && page.contains("Check routing") && page.contains(record), "{state}: {page}");
    }
    let part = marketer.browser.get(&format!("{place}/live")).await.expect_status(200).text();
    assert!(part.contains("Waiting for certificate") && !part.contains("<html"), "{part}");
    // Once the edge answers, nothing is left to do.
    world.database.run("update link_hosts set route_state = 'active' where host = 'go.brand.example'").await;
    let page = marketer.browser.get(place).await.text();
    assert!(page.contains("Active") && !page.contains("Check routing") && !page.contains(record), "{page}");
    world.finish().await;
}
