//! Goal: the dashboard's menu shows how much waits for a person in their own organization, and nothing at zero; an error
//! page leads back to where a person was.
//! Method: applications, a flagged sale, payable balances and events that couldn't be applied come in and are decided;
//! the menu is read from a page that has nothing to do with them.

use serde_json::json;
use world::{
    World,
    brand::But,
    client::dashboard::Marketer,
    http::Request,
    organization_fixture::owner,
    payout_run_fixture::bonus,
    team_fixture::joined,
    wait::{self, now},
};

const PAGE: &str = "/dashboard/assets";

async fn page(person: &mut Marketer) -> String {
    person.browser.get(PAGE).await.expect_status(200).text()
}

/// Whether the menu's item has this counter, in its name and for the eye.
fn counts(page: &str, item: &str, waiting: &str) -> bool {
    let named = page.split(&format!("aria-label=\"{item}, {waiting} waiting\"")).nth(1);
    let shown = named.and_then(|rest| rest.split("</a>").next());
    shown.is_some_and(|shown| shown.contains("class=\"side-count") && shown.contains(&format!(">{waiting}</span>")))
}

async fn applicant(world: &World, name: &str) -> String {
    let body = json!({"name": name, "email": format!("{name}@apply.test"), "status": "Pending"});
    let made = world.api().post("/affiliates", &body).await.expect_status(201).json();
    made["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_menu_counts_what_waits() {
    let world = World::start().await;
    let mut person = owner(&world).await;
    let first = page(&mut person).await;
    assert!(!first.contains("side-count") && first.contains("Applications</a>"), "{first}");

    let nina = applicant(&world, "nina").await;
    applicant(&world, "omar").await;
    let early = world.acme.join(&world.database, "early").await;
    let own = world.acme.sale("own", 10_000).but(|report| {
        report.affiliate_slug = Some("early".to_owned());
        report.customer_id = Some("buyer".to_owned());
        report.customer_email = Some("early+own@creators.test".to_owned());
        report.occurred_at = Some(now());
    });
    world.intake().accept(&[own]).await;
    // Two payable commissions of one affiliate are one payment, and one in another currency changes nothing.
    let lauren = world.acme.partner.affiliate.to_string();
    for (affiliate, cents, currency) in [
        (&lauren, 5_000, "USD"),
        (&lauren, 2_500, "USD"),
        (&lauren, 900, "EUR"),
        (&early.affiliate.to_string(), 10, "USD"),
    ] {
        bonus(&world, affiliate, cents, currency).await;
    }
    let counted = page(&mut person).await;
    for (item, waiting) in [("Applications", "2"), ("Review", "1")] {
        assert!(counts(&counted, item, waiting), "{item}: {counted}");
    }
    let pay = format!(
        "href=\"/dashboard/payouts/pay?organization={}\" aria-label=\"Review payouts for 2 affiliates\"",
        world.acme.organization
    );
    assert!(counted.contains(&pay), "the counter leads to where it is done: {counted}");
    assert!(counted.contains("side-count due"), "an owner can decide: {counted}");
    assert!(!counted.contains("Missing-sale claims,") && !counted.contains("Gateways,"), "{counted}");

    // A decision shows at once.
    let organization = world.acme.organization.to_string();
    let reject = [("organization", organization.as_str()), ("reason", "Not this year."), ("notify", "")];
    person.submit(&format!("/dashboard/affiliates/{nina}/reject"), &reject).await.expect_status(303);
    assert!(counts(&page(&mut person).await, "Applications", "1"));

    let mut viewer = joined(&world, &mut person, "viewer@team.test", "viewer").await;
    let seen = page(&mut viewer).await;
    assert!(counts(&seen, "Applications", "1") && !seen.contains("side-count due"), "a viewer only looks: {seen}");
    assert!(counts(&seen, "Payouts", "2") && !seen.contains("/dashboard/payouts/pay"), "{seen}");
    world.finish().await;
}

#[tokio::test]
async fn a_counter_ends_at_99_and_knows_no_other_organization() {
    let world = World::start().await;
    for (organization, many) in [(world.acme.organization, 120), (world.globex.organization, 7)] {
        let insert = format!(
            "insert into quarantine (organization_id, id, reason, detail, body, digest, created_at)
             select '{}', gen_random_uuid(), 'unknown_link', 'test', '{{}}', sha256(n::text::bytea), now()
             from generate_series(1, {many}) n",
            organization.uuid()
        );
        world.database.run(&insert).await;
    }
    let mut person = owner(&world).await;
    assert!(counts(&page(&mut person).await, "Gateways", "99+"));
    // No news comes of this change: the menu follows after some seconds.
    world.database.run("update quarantine set state = 'dismissed'").await;
    wait::until("the counter to go", 20, async || (!page(&mut person).await.contains("Gateways,")).then_some(())).await;
    world.finish().await;
}

#[tokio::test]
async fn an_error_page_leads_back() {
    let world = World::shared().await;
    let mut person = owner(&world).await;
    let host = world.ledger.base().trim_start_matches("http://").to_owned();
    let organization = world.acme.organization.to_string();
    let missing = format!("/dashboard/affiliates/aff_01kdvdna00e5v8r2m6q1w9d3xk?organization={organization}");
    let from = format!("http://{host}/dashboard/affiliates?q=nina&status=Pending");
    let request = Request::get(&missing).header("Host", &host).header("Referer", &from);
    let page = person.browser.send(request).await.expect_status(404).text();
    assert!(page.contains("href=\"/dashboard/affiliates?q=nina&#38;status=Pending\">Go back"), "{page}");
    for (path, name) in [("/dashboard", "Go to the dashboard"), ("/dashboard/search", "Search")] {
        assert!(page.contains(&format!("href=\"{path}?organization={organization}\">{name}</a>")), "{page}");
    }
    let request = Request::get(&missing).header("Host", &host).header("Referer", "http://evil.test/dashboard/x");
    let page = person.browser.send(request).await.expect_status(404).text();
    assert!(!page.contains("evil.test") && !page.contains("Go back"), "{page}");
    world.finish().await;
}
