//! Goal: an affiliate recruits others with a link, and sees what they earned by them without learning who they are.
//! Method: a program pays recruiters; a visitor follows the link to the program's page; the recruiter's `/a/recruits` is
//! read.

use serde_json::json;
use world::{World, brand::But, wait::now};

use crate::fixture::{address, enter, join, page};

const HOUR_MS: i64 = 3_600_000;

/// The brand's program pays recruiters a tenth of what their recruits earn, since so long ago.
async fn pay_recruiters(world: &World, since: &str) {
    let terms = format!(
        "insert into sub_affiliate_configs (organization_id, program_id, effective_at, enabled, percent_ppm, created_at)
         values ('{}', '{}', now() - interval '{since}', true, 100000, now())",
        world.acme.organization.uuid(),
        world.acme.program.uuid(),
    );
    world.database.run(&terms).await;
}

/// The affiliate `early` recruited the brand's own one an hour ago.
async fn recruit(world: &World) {
    let recruit = format!(
        "insert into affiliate_recruits (organization_id, affiliate_id, since, recruiter_id, source, created_at)
         select '{0}', '{1}', now() - interval '1 hour', id, 'Link', now() from affiliates
         where organization_id = '{0}' and slug = 'early'",
        world.acme.organization.uuid(),
        world.acme.partner.affiliate.uuid(),
    );
    world.database.run(&recruit).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_recruit_others() {
    let world = World::shared().await;
    join(&world, "early").await;
    let mut browser = enter(&world, &address(&world, "early")).await;
    assert!(page(&mut browser, "/a/recruits").await.contains("No program pays for recruiting"));
    pay_recruiters(&world, "1 day").await;
    let shown = page(&mut browser, "/a/recruits").await;
    let handle = world.own("acme");
    let public = format!("/p/{handle}");
    assert!(
        shown.contains(&format!("{public}?by=early")) && shown.contains("10%") && shown.contains("0 people"),
        "{shown}"
    );
    let landed = browser.browser.get(&format!("{public}?by=early")).await.expect_status(200);
    let remembers = format!("__Host-rekomi_by={handle}.early;");
    assert!(landed.header("set-cookie").is_some_and(|cookie| cookie.starts_with(&remembers)));
    let remembered = page(&mut browser, &public).await;
    assert!(remembered.contains("Who referred you to us?") && remembered.contains("value=\"early\""), "{remembered}");
    recruit(&world).await;
    let sale = json!({"externalEventId": "one", "amountCents": 10_000, "customerId": "ann", "affiliateSlug": world.acme.partner.slug});
    world.api().post("/conversions", &sale).await.expect_status(201);
    let shown = page(&mut browser, "/a/recruits").await;
    assert!(shown.contains("1 person recruited") && shown.contains("Someone you recruited"), "{shown}");
    assert!(shown.contains("$2.00"), "10% of 20% of $100.00: {shown}");
    let share = world.api().all("/commissions?type=Override").await.remove(0);
    let receipt = format!("/a/sales/{}", share["id"].as_str().unwrap());
    for (path, says) in [
        (receipt.as_str(), "a commission of $20.00, and you earn 10% of it"),
        ("/a/sales", "Override"),
        ("/a", "$2.00"),
    ] {
        let shown = page(&mut browser, path).await;
        assert!(shown.contains(says) && !shown.contains("$100.00"), "nothing of the sale but the share: {shown}");
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_that_ended_still_says_nothing_of_the_sale() {
    let world = World::shared().await;
    join(&world, "early").await;
    pay_recruiters(&world, "1 hour").await;
    recruit(&world).await;
    let sale = world.acme.sale("one", 10_000).but(|report| {
        report.customer_id = Some("ann".to_owned());
        report.affiliate_slug = Some(world.acme.partner.slug.clone());
    });
    world.intake().accept(&[world.acme.by_page(&sale)]).await;
    let share = world.api().all("/commissions?type=Override").await.remove(0);
    assert_eq!(share["amountCents"], 200, "10% of 20% of $100.00: {share}");
    // The backend knows that the sale was before the program paid recruiters.
    let earlier = sale.but(|report| report.occurred_at = Some(now().plus_millis(-3 * HOUR_MS)));
    world.intake().accept(&[earlier]).await;
    let share = world.api().all("/commissions?type=Override").await.remove(0);
    assert_eq!(share["amountCents"], 0, "{share}");
    let mut browser = enter(&world, &address(&world, "early")).await;
    let shown = page(&mut browser, &format!("/a/sales/{}", share["id"].as_str().unwrap())).await;
    for of_the_sale in ["Attribution", "Your rate", "Calculation"] {
        assert!(!shown.contains(of_the_sale), "{of_the_sale}: {shown}");
    }
    world.finish().await;
}
