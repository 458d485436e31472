//! Goal: affiliates reach the brand from every page of the portal, at the address that it chose for this, and at no other.
//! Method: a brand without such an address, then with one; the menu is read.

use world::World;

use crate::fixture::{enter, page};

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_leads_to_the_brands_reply_address() {
    let world = World::shared().await;
    let organization = world.acme.organization.uuid();
    let set = async |billing: &str, contact: &str| {
        let change = format!(
            "update organizations set billing_email = {billing}, contact_email = {contact}
             where organization_id = '{organization}'"
        );
        world.database.run(&change).await;
    };
    set("'billing@acme.test'", "null").await;
    let mut browser = enter(&world, world.demo["affiliate"]["email"].as_str().unwrap()).await;
    let home = page(&mut browser, "/a").await;
    assert!(!home.contains("Contact Acme SaaS") && !home.contains("billing@acme.test"), "{home}");
    set("'billing@acme.test'", "'hello@acme.test'").await;
    for place in ["/a", "/a/payouts"] {
        let shown = page(&mut browser, place).await;
        assert!(shown.contains("<a href=\"mailto:hello@acme.test\">Contact Acme SaaS</a>"), "{place}: {shown}");
    }
    world.finish().await;
}
