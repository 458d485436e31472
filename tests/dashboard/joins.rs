//! Goal: a person decides about two customers that may be the same, and splits them again.
//! Method: a shared customer id holds a join; an owner's browser opens it and sends its forms; the book is read.
//! Routes: `/dashboard/customers/{id}/split`

use world::{
    client::dashboard::Marketer,
    join_fixture::{JoinFixture, WHY, joins, sums, two_customers_with_a_shared_id},
};

#[tokio::test]
async fn people_decide_on_the_dashboard() {
    let fixture = JoinFixture::new().await;
    let (world, api) = (&fixture.world, fixture.world.api());
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
    two_customers_with_a_shared_id(&fixture).await;
    let overview = marketer.browser.get("/dashboard").await.text();
    assert!(overview.contains("1 possible duplicate customer"), "{overview}");
    let queue = marketer.browser.get("/dashboard/review").await.expect_status(200).text();
    for text in
        ["Same customer?", "cus_2", "desk", "Different customers", "$180.00", "9 conversions credited differently"]
    {
        assert!(queue.contains(text), "{text}: {queue}");
    }
    let organization = world.acme.organization.to_string();
    let id = joins(&api, "?state=Waiting").await[0]["id"].as_str().unwrap().to_owned();
    let form = |decision, reason| [("organization", organization.as_str()), ("decision", decision), ("reason", reason)];
    let target = format!("/dashboard/joins/{id}");
    let refused = marketer.submit(&target, &form("Join", " ")).await.expect_status(400).text();
    assert!(refused.contains("Enter a reason") && refused.contains("aria-invalid"), "{refused}");
    marketer.submit(&target, &form("Join", WHY)).await.expect_status(303);
    assert_eq!(fixture.book().await, sums(20_000, 0));

    let customer = api.get("/customers/cus_2").await.expect_status(200).json();
    let page = marketer.browser.get(&format!("/dashboard/customers/{}", customer["id"].as_str().unwrap())).await;
    let page = page.expect_status(200).text();
    assert_eq!(page.matches("<button type=\"submit\">Split off</button>").count(), 3, "{page}");
    let own = world.database.texts("select id::text from customers where external_id = 'cus_2'").await.concat();
    let own = own[0].clone();
    let target = page.split("/dashboard/customers/").filter_map(|rest| rest.split('"').next());
    let targets: Vec<&str> = target.filter(|target| target.ends_with("/split")).collect();
    let mut off = None;
    for target in targets {
        let id: shared::id::CustomerId = target.trim_end_matches("/split").parse().unwrap();
        if id.uuid().to_string() == own {
            off = Some(format!("/dashboard/customers/{target}"));
        }
    }
    let form = [("organization", organization.as_str()), ("reason", WHY)];
    marketer.submit(&off.unwrap(), &form).await.expect_status(303);
    assert_eq!(fixture.book().await, sums(2_000, 18_000));
    let review = marketer.browser.get("/dashboard/review").await.text();
    assert!(!review.contains("Same customer?"), "{review}");
    fixture.world.finish().await;
}
