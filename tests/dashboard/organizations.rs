//! Goal: a signed-in person creates another organization and switches between both; where sign-up is closed, only owners may.
//! Method: the demo's owner sends the form with and without mistakes, and so does an invited member.

mod deletion;
mod undo_during_the_job;

use world::{Plan, World, client::dashboard::Marketer, organization_fixture::owner, team_fixture::joined};

#[tokio::test(flavor = "multi_thread")]
async fn another_organization() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let refused = owner.submit("/dashboard/organizations/new", &[("name", "Second"), ("timeZone", "Mars/Base")]).await;
    assert!(refused.status == 400 && refused.text().contains("timeZone-problem"), "{}", refused.text());
    let made = owner.submit("/dashboard/organizations/new", &[("name", "Second brand"), ("timeZone", "")]).await;
    let place = made.expect_status(303).header("location").unwrap().to_owned();
    let page = owner.browser.get(&place).await.expect_status(200).text();
    assert!(page.contains("Second brand") && page.contains("second-brand"), "{page}");
    let second = place.split_once("organization=").unwrap().1.to_owned();
    let first = world.acme.organization.to_string();
    for (organization, rest) in [(&second, " aria-current=\"true\">Second brand</a>"), (&first, ">Acme SaaS</a>")] {
        let choice = format!("<a href=\"/dashboard/settings?organization={organization}\"{rest}");
        assert!(page.contains(&choice), "both can be chosen: {choice} in {page}");
    }
    assert!(owner.browser.get("/dashboard").await.text().contains("Acme SaaS"), "the first one stays the first");
    let mut viewer = Marketer::new(&world.ledger.base());
    viewer.sign_in(&world.demo["owner"]).await.expect_status(303);
    assert_eq!(
        viewer.browser.get(&format!("/dashboard?organization={second}")).await.status,
        200,
        "for the same person"
    );
    assert_eq!(world.database.count("select count(*) from memberships where role = 'owner'").await, 2);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_owners_create_organizations_where_sign_up_is_closed() {
    let world = Plan::default().ledger_setting("REKOMI_SIGNUP", "closed").start().await;
    let mut owner = owner(&world).await;
    let mut admin = joined(&world, &mut owner, "admin@acme.test", "admin").await;
    for place in ["/dashboard", "/dashboard/organizations"] {
        let button = "Create organization";
        assert!(owner.browser.get(place).await.expect_status(200).text().contains(button), "{place}");
        assert!(!admin.browser.get(place).await.expect_status(200).text().contains(button), "{place}");
    }
    let form = [("name", "Second brand"), ("timeZone", "")];
    let refused = admin.submit("/dashboard/organizations/new", &form).await.expect_status(403).text();
    assert!(refused.contains("Only owners of an organization can create another one."), "{refused}");
    let live = "select count(*) from tenants where test_of is null";
    assert_eq!(world.database.count(live).await, 2);
    owner.submit("/dashboard/organizations/new", &form).await.expect_status(303);
    assert_eq!(world.database.count(live).await, 3);
    world.finish().await;
}
