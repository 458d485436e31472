//! Goal: an organization's profile is changed on the dashboard.
//! Method: the demo's owner sends the form, wrongly and rightly; the rows are read.

mod api_keys;
mod audit_log;
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
    for text in ["Acme SaaS", "Europe/Berlin", "Download export", "Delete Acme SaaS", "aria-current=\"page\""] {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("plan-title"), "no plan where none is sold");
    let form = |color: &'static str| {
        [
            ("organization", organization.clone()),
            ("name", "<b>Acme</b>".to_owned()),
            ("slug", "acme".to_owned()),
            ("billingEmail", String::new()),
            ("timeZone", "Asia/Tokyo".to_owned()),
            ("brandColor", color.to_owned()),
            ("logoUrl", String::new()),
        ]
    };
    for (color, status, words) in [("green", 400, "id=\"brandColor-problem\""), ("#112233", 200, "Saved.")] {
        let fields = form(color);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = owner.submit("/dashboard/settings", &fields).await.expect_status(status).text();
        assert!(answer.contains(words) && answer.contains("&#60;b&#62;Acme&#60;/b&#62;"), "{color}: {answer}");
        assert!(answer.contains("<option selected>Asia/Tokyo</option>"), "what was typed stays");
    }
    let kept = world.database.texts("select name, time_zone, brand_color from organizations where slug = 'acme'").await;
    assert_eq!(kept.len(), 1);
    assert!(kept[0].iter().any(|text| text == "#112233") && kept[0].iter().any(|text| text == "Asia/Tokyo"));
    world.finish().await;
}
