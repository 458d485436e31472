//! Goal: an organization's profile is changed on the dashboard.
//! Method: the demo's owner sends the form, wrongly and rightly; the rows are read.

mod ai_assistants;
mod api_keys;
mod audit_log;
mod billing;
mod branding;
mod connected_apps;
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

#[tokio::test(flavor = "multi_thread")]
async fn the_home_currency_by_hand() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let organization = world.acme.organization.to_string();
    let form = |currency: &'static str| [("organization", organization.as_str()), ("homeCurrency", currency)];
    let page = owner.browser.get("/dashboard/settings").await.expect_status(200).text();
    assert!(
        page.contains("Affiliates are still paid in the original currency") && page.contains("<option value=\"CHF\">"),
        "{page}"
    );
    let refused = owner.submit("/dashboard/settings", &form("euro")).await.expect_status(400).text();
    assert!(refused.contains("id=\"homeCurrency-problem\"") && refused.contains("value=\"euro\""), "{refused}");
    for (typed, kept) in [("chf", "CHF"), ("CHF", "CHF"), ("", "")] {
        owner.submit("/dashboard/settings", &form(typed)).await.expect_status(303);
        let page = owner.browser.get("/dashboard/settings").await.text();
        assert!(
            page.contains(&format!("spellcheck=\"false\" value=\"{kept}\" aria-describedby=\"homeCurrency-hint\""))
        );
        let shown = world.api().get("/home-currency").await.expect_status(200).json();
        assert_eq!(shown["currency"].as_str().unwrap_or_default(), kept);
    }
    // A form without the field, such as an older page's, leaves it as it is; the same currency again changes nothing.
    let changes = "select after ->> 'currency' from audit_log where action = 'home_currency.set' and after ->> 'currency' is not null";
    assert_eq!(world.database.texts(changes).await, [["CHF"]]);
    owner.submit("/dashboard/settings", &form("EUR")).await.expect_status(303);
    owner.submit("/dashboard/settings", &[("organization", &organization), ("name", "Acme")]).await.expect_status(303);
    assert_eq!(world.api().get("/home-currency").await.json()["currency"], "EUR");
    world.finish().await;
}
