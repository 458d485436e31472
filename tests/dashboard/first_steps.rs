//! Goal: in production, the checklist offers the edge's own host to the installation's first organization alone, and says
//! nothing of it that is so in development only.
//! Method: two new brands, one of them the first; the overview, the button, and the page with the link domains.
//! Routes: `/dashboard/first-steps/host`

use world::{World, client::dashboard::Marketer, link_host_fixture::make_first, organization_fixture::owner};

/// A new brand's id.
async fn founded(owner: &mut Marketer, name: &str) -> String {
    let form = [("name", name), ("timeZone", "UTC")];
    let made = owner.submit("/dashboard/organizations/new", &form).await.expect_status(303);
    made.header("location").unwrap().split_once("organization=").unwrap().1.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_organization_is_offered_the_edges_own_host() {
    let mut world = World::start().await;
    let mut owner = owner(&world).await;
    let (first, second) = (founded(&mut owner, "First brand").await, founded(&mut owner, "Second brand").await);
    make_first(&world, &first).await;
    world.ledger.set("REKOMI_ENV", "production");
    world.ledger.set("REKOMI_EDGE_URL", "https://go.edge.example");
    world.ledger.kill();
    world.ledger.start().await;

    let (offer, proof) = ("Use go.edge.example", "You verify it with a DNS record.");
    for (organization, is_offered) in [(&first, true), (&second, false)] {
        let page =
            owner.browser.get(&format!("/dashboard?organization={organization}")).await.expect_status(200).text();
        assert_eq!((page.contains(offer), page.contains(proof)), (is_offered, !is_offered), "{page}");
        assert!(!page.contains("works on this machine only"), "{page}");
    }
    let form = |organization| [("organization", organization), ("host", "go.edge.example")];
    owner.submit("/dashboard/first-steps/host", &form(second.as_str())).await.expect_status(404);
    owner.submit("/dashboard/first-steps/host", &form(first.as_str())).await.expect_status(303);
    let hosts = "select count(*) from link_hosts where host = 'go.edge.example' and verified_at is not null";
    assert_eq!(world.database.count(hosts).await, 1);
    // It is active once the edge answers there, and not before.
    let place = "/dashboard/settings/link-hosts";
    owner.submit(&format!("{place}/check"), &form(first.as_str())).await.expect_status(303);
    let page = owner.browser.get(&format!("{place}?organization={first}")).await.expect_status(200).text();
    assert!(page.contains("<code>go.edge.example</code>") && page.contains("Waiting for DNS"), "{page}");
    world.finish().await;
}
