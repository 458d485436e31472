//! Goal: an owner decides about uploaded tax forms on the page, and the year's table has every payment.
//! Method: an affiliate uploads forms in the portal; payouts are written into the database as they are sent.
//! Routes: `/dashboard/payouts/tax/forms/{id}/accept`, `/dashboard/payouts/tax/forms/{id}/reject`

use world::{
    World,
    tax_fixture::{PDF, affiliate, forms, owner, today, unbooked, upload},
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

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_rejected_and_the_next_one_accepted() {
    let world = World::shared().await;
    let (mut lauren, _, _) = affiliate(&world).await;
    let mut owner = owner(&world).await;
    let organization = world.acme.organization.to_string();
    let fields =
        [("name", "Ana Souza"), ("signedOn", "2026-01-02"), ("country", "BR"), ("foreignTin", "529.982.247-25")];
    for (what, reason, status) in [("reject", "The signature is missing.", "Rejected"), ("accept", "", "Valid")] {
        upload(&mut lauren, "w-8ben", &fields, PDF).await.expect_status(303);
        let waiting = forms(&world).await.into_iter().find(|form| form["status"] == "Submitted").expect("a form");
        let id = waiting["id"].as_str().unwrap();
        let form = [("organization", organization.as_str()), ("reason", reason)];
        owner.submit(&format!("/dashboard/payouts/tax/forms/{id}/{what}"), &form).await.expect_status(303);
        let decided = world.api().get(&format!("/tax-forms/{id}")).await.expect_status(200).json();
        assert_eq!(decided["status"], status, "{what}: {decided}");
    }
    let year = today(&world).await.year();
    let file = format!("/dashboard/payouts/tax/{year}/payees.csv?organization={organization}");
    let table = owner.browser.get(&file).await.expect_status(200);
    assert!(table.header("content-type").is_some_and(|kind| kind.starts_with("text/csv")), "{}", table.text());
    world.finish().await;
}
