//! Goal: an affiliate gives a form in the portal, the brand sees it by its last four, somebody uploads one that is rejected
//! with an email and accepted on the second try, a W-8 runs out with reminders, and the year's table and 1099-NEC say what
//! was paid.
//! Method: browsers of an affiliate and of an owner, the API, the clock moved by days, and payouts written as they are sent.

use world::{
    World,
    tax_fixture::{owner, unbooked},
};

/// The table of many people is kept for a minute; what is new is in it at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_year_of_many_is_never_without_the_last_payment() {
    let world = World::start().await;
    let organization = world.acme.organization.uuid();
    let pay = |cents: i64, whom: &str| {
        format!(
            "insert into payouts (organization_id, id, affiliate_id, currency, amount, rail, status, actor, sent_at, ended_at,
                                  updated_at, created_at)
             select '{organization}', gen_random_uuid(), id, 'USD', {cents}, 'Manual', 'Sent', 'test', clock_timestamp(), now(),
                    now(), now() from affiliates where organization_id = '{organization}' and {whom}"
        )
    };
    let many = format!(
        "insert into affiliates (organization_id, id, slug, email, name, status, created_at)
         select '{organization}', gen_random_uuid(), 'many-' || n, 'many-' || n || '@creators.test', 'Many ' || n, 'Approved', now()
         from generate_series(1, 1200) n"
    );
    world.database.run(&many).await;
    world.database.run(&pay(1_000, "slug like 'many-%'")).await;
    let mut owner = owner(&world).await;
    for (cents, paid) in [(0, "$12,000.00"), (90_000, "$12,900.00"), (10_000, "$13,000.00")] {
        if cents > 0 {
            world.database.run(&pay(cents, "slug = 'many-7'")).await;
        }
        for _ in 0..2 {
            let page = owner.browser.get("/dashboard/payouts/tax").await.expect_status(200).text();
            assert!(page.contains(paid), "{paid}: {page}");
        }
    }
    unbooked(&world).await;
    world.finish().await;
}
