//! Goal: an organization's profile is changed on the dashboard.
//! Method: the demo's owner sends the form, wrongly and rightly; the rows are read.

mod api_keys;
mod audit_log;
mod billing;
mod branding;
mod emails;
mod link_hosts;
mod privacy;
mod team;
mod two_factor;
mod webhooks;

use world::{World, organization_fixture::owner};

#[tokio::test(flavor = "multi_thread")]
async fn the_profile_by_hand() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let organization = world.acme.organization.to_string();
    let page = owner.browser.get("/dashboard/settings").await.expect_status(200).text();
    for text in ["Acme SaaS", "Europe/Berlin", "Download export", "Delete Acme SaaS", "aria-current=\"page\">General"] {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("plan-title"), "no plan where none is sold");
    let form = |slug: &'static str| {
        [
            ("organization", organization.as_str()),
            ("name", "<b>Acme</b>"),
            ("slug", slug),
            ("billingEmail", ""),
            ("timeZone", "Asia/Tokyo"),
        ]
    };
    let typed = |page: &str| {
        page.contains("&#60;b&#62;Acme&#60;/b&#62;") && page.contains("<option selected>Asia/Tokyo</option>")
    };
    let refused = owner.submit("/dashboard/settings", &form("-acme")).await.expect_status(400).text();
    assert!(refused.contains("id=\"slug-problem\"") && typed(&refused), "what was typed stays: {refused}");
    owner.submit("/dashboard/settings", &form("acme")).await.expect_status(303);
    let page = owner.browser.get("/dashboard/settings").await.expect_status(200).text();
    assert!(typed(&page), "{page}");
    // What the form doesn't have stays as it is; what a script still sends is taken.
    let color = [("organization", organization.as_str()), ("brandColor", "#112233")];
    owner.submit("/dashboard/settings", &color).await.expect_status(303);
    let kept = world.database.texts("select name, time_zone, brand_color from organizations where slug = 'acme'").await;
    assert_eq!(kept, [["<b>Acme</b>", "Asia/Tokyo", "#112233"]]);
    world.finish().await;
}
