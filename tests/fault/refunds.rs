//! Goal: a refund takes back its share and no more, whenever and however often it comes.
//! Method: before the sale, twice, by backend and gateway, larger than the sale, in parts that make the whole, of an unknown
//! sale, and in another currency; the book is read after each.

use serde_json::json;
use shared::{batch::Verdict, event::Event};
use world::{World, brand::But, stripe::shape};

fn sale(world: &World, id: &str, cents: i64) -> Event {
    let slug = world.acme.partner.slug.clone();
    world.acme.sale(id, cents).but(|reported| reported.affiliate_slug = Some(slug))
}

async fn commission(world: &World) -> (i64, String) {
    let rows = world.database.texts("select status, amount from commissions").await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    let amount = world.database.count("select amount from commissions").await;
    let status = rows[0].iter().find(|text| text.parse::<i64>().is_err()).unwrap().clone();
    (amount, status)
}

#[tokio::test]
async fn before_the_sale() {
    let world = World::shared().await;
    world.intake().accept(&[world.acme.refund("back", "order", 9_900)]).await;
    assert_eq!(world.database.count("select count(*) from refunds").await, 1);
    assert_eq!(world.database.count("select count(*) from transfers").await, 0);
    world.check().await;
    world.intake().accept(&[sale(&world, "order", 9_900)]).await;
    assert_eq!(world.database.count("select refunded from conversions").await, 9_900);
    assert_eq!(world.database.count("select coalesce(sum(amount), 0)::bigint from commissions").await, 0);
    assert_eq!(world.database.count("select count(*) from accounts where balance <> 0").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn reported_twice() {
    let world = World::shared().await;
    let refund = world.acme.refund("back", "order", 4_950);
    world.intake().accept(&[sale(&world, "order", 9_900), refund.clone()]).await;
    assert_eq!(world.intake().post(&[refund]).await, [Verdict::Duplicate]);
    assert_eq!(commission(&world).await, (990, "Pending".to_owned()));
    world.finish().await;
}

#[tokio::test]
async fn larger_than_the_sale() {
    let world = World::shared().await;
    world.intake().accept(&[sale(&world, "order", 9_900), world.acme.refund("back", "order", 50_000)]).await;
    assert_eq!(world.database.count("select refunded from conversions").await, 9_900, "never beyond the sale");
    assert_eq!(commission(&world).await, (0, "Refunded".to_owned()));
    let shown = "select count(*) from conversions where issues = '{RefundExceedsSale}'";
    assert_eq!(world.database.count(shown).await, 1, "somebody should look at it");
    world.intake().accept(&[world.acme.refund("more", "order", 1)]).await;
    assert_eq!(commission(&world).await, (0, "Refunded".to_owned()));
    assert_eq!(world.database.count("select count(*) from accounts where balance <> 0").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn parts_that_make_the_whole_end_at_exactly_zero() {
    let world = World::shared().await;
    world.intake().accept(&[sale(&world, "order", 9_999)]).await;
    assert_eq!(commission(&world).await.0, 2_000);
    let mut before = 2_000;
    for part in 0..3 {
        world.intake().accept(&[world.acme.refund(&format!("part-{part}"), "order", 3_333)]).await;
        let (now, _) = commission(&world).await;
        assert!(now < before, "{now} after {before}");
        before = now;
        world.check().await;
    }
    assert_eq!(commission(&world).await, (0, "Refunded".to_owned()));
    world.finish().await;
}

#[tokio::test]
async fn of_an_unknown_sale_and_of_another_organizations() {
    let world = World::shared().await;
    world.intake().accept(&[sale(&world, "order", 9_900)]).await;
    world
        .intake()
        .accept(&[world.acme.refund("lost", "nowhere", 100), world.globex.refund("theirs", "order", 9_900)])
        .await;
    assert_eq!(commission(&world).await, (1_980, "Pending".to_owned()));
    world.finish().await;
}

#[tokio::test]
async fn in_another_currency_takes_nothing() {
    let world = World::shared().await;
    let refund = world.acme.refund("back", "order", 9_900).but(|reported| reported.currency = "EUR".parse().unwrap());
    world.intake().accept(&[sale(&world, "order", 9_900), refund]).await;
    assert_eq!(commission(&world).await, (1_980, "Pending".to_owned()));
    world.finish().await;
}

/// The brand's backend counts without tax, the gateway with it: one refund under one id all the same.
#[tokio::test]
async fn reported_by_the_backend_and_by_the_gateway_under_one_id() {
    let world = World::shared().await;
    for (order, backend_first) in [("pi_one", true), ("pi_two", false)] {
        world.intake().accept(&[sale(&world, order, 9_900)]).await;
        let mut event = shape("refund.created");
        event["id"] = json!(format!("evt_{order}"));
        let object = &mut event["data"]["object"];
        (object["id"], object["amount"]) = (json!(format!("re_{order}")), json!(4_950));
        (object["charge"], object["payment_intent"]) = (json!(null), json!(order));
        let mut reports = [world.acme.refund(&format!("re_{order}"), order, 4_950), world.acme.stripe_event(&event)];
        if !backend_first {
            reports.reverse();
        }
        for report in reports {
            world.intake().accept(&[report]).await;
            let refunded = format!("select refunded from conversions where external_id = '{order}'");
            assert_eq!(world.database.count(&refunded).await, 4_950, "{order}");
            world.check().await;
        }
    }
    assert_eq!(world.database.count("select sum(amount)::bigint from commissions").await, 1_980);
    world.finish().await;
}
