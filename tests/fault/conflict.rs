//! Goal: the same event with other content is a conflict: the first stands, the second is kept for an operator.
//! Method: a sale with another amount, under its own id and under another event of the same sale; a click with another
//! country.

use shared::{batch::Verdict, event::Payload};
use world::{World, brand::But, client::dashboard::Marketer};

#[tokio::test]
async fn a_sale_with_another_amount() {
    let world = World::shared().await;
    let slug = world.acme.partner.slug.clone();
    let first = world.acme.sale("order-1", 9_900).but(|report| report.affiliate_slug = Some(slug.clone()));
    let second = world.acme.sale("order-1", 19_900).but(|report| report.affiliate_slug = Some(slug));
    world.intake().accept(std::slice::from_ref(&first)).await;
    assert_eq!(world.intake().post(std::slice::from_ref(&second)).await, [Verdict::Conflict]);
    // Again, and beside the first in one batch.
    assert_eq!(world.intake().post(&[second, first]).await, [Verdict::Conflict, Verdict::Duplicate]);
    assert_eq!(world.database.count("select amount from conversions").await, 9_900);
    assert_eq!(world.database.count("select amount from commissions").await, 1_980);
    assert_eq!(
        world.database.count("select count(*) from quarantine where reason = 'conflict' and state = 'open'").await,
        1
    );
    // An operator sees it, and may put it aside.
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
    let page = marketer.browser.get("/dashboard/troubles").await.expect_status(200).text();
    assert!(page.contains("the same event was sent again with different content"), "{page}");
    let id = world.database.texts("select id from quarantine").await.remove(0).remove(0);
    let organization = world.acme.organization.to_string();
    let choice = [("organization", organization.as_str()), ("decision", "dismiss")];
    marketer.submit(&format!("/dashboard/quarantine/{id}"), &choice).await.expect_status(303);
    assert_eq!(world.database.count("select count(*) from quarantine where state = 'dismissed'").await, 1);
    assert_eq!(world.database.count("select amount from conversions").await, 9_900);
    world.finish().await;
}

#[tokio::test]
async fn both_versions_in_one_batch() {
    let world = World::shared().await;
    let events = [world.acme.sale("order-2", 100), world.acme.sale("order-2", 200)];
    assert_eq!(world.intake().post(&events).await, [Verdict::Accepted, Verdict::Conflict]);
    world.finish().await;
}

/// They would be told apart by the order in which they came only.
#[tokio::test]
async fn a_lead_and_a_sale_of_nothing_by_one_name() {
    let world = World::shared().await;
    let (lead, sale) = (world.acme.lead("both"), world.acme.sale("both", 0));
    world.intake().accept(std::slice::from_ref(&lead)).await;
    assert_eq!(world.intake().post(&[sale, lead]).await, [Verdict::Conflict, Verdict::Duplicate]);
    assert_eq!(world.database.count("select count(*) from conversions where kind = 'Lead'").await, 1);
    let kept = "select count(*) from quarantine where detail = 'a sale and a lead have the same ID'";
    assert_eq!(world.database.count(kept).await, 1);
    world.finish().await;
}

#[tokio::test]
async fn a_click_with_another_content() {
    let world = World::shared().await;
    let first = world.acme.click(&world.acme.partner);
    let mut second = first.clone();
    if let Payload::Click(click) = &mut second.payload {
        click.country = Some("FR".to_owned());
    }
    world.intake().accept(std::slice::from_ref(&first)).await;
    assert_eq!(world.intake().post(&[second, first]).await, [Verdict::Conflict, Verdict::Duplicate]);
    assert_eq!(world.database.count("select count(*) from clicks where country = 'DE'").await, 1);
    assert_eq!(world.database.count("select count(*) from quarantine where reason = 'conflict'").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn one_external_id_in_two_organizations_is_two_sales() {
    let world = World::shared().await;
    let events = [world.acme.sale("order-4", 100), world.globex.sale("order-4", 200)];
    world.intake().accept(&events).await;
    assert_eq!(world.database.count("select count(*) from quarantine").await, 0);
    world.finish().await;
}
