//! Sales that an hour with many of them sends to a review: what else they change.

use serde_json::{Value, json};
use shared::{event::Event, timestamp::Timestamp};
use world::{
    World,
    brand::But,
    import_fixture::{counts, import},
};

use super::{conversion, credit, days_ago, held_for, review, sale};

/// A step from the second sale of a month on.
fn tiers() -> Value {
    let steps = json!([{"from": 1, "ratePercent": "10"}, {"from": 2, "ratePercent": "20"}]);
    json!([{"type": "tiers", "by": "sales", "period": "month", "mode": "whole", "steps": steps}])
}

/// A program that reviews an affiliate's sales if an hour has several. Tia is in it.
async fn busy_program(world: &World, components: Value) -> Value {
    let program = json!({"name": "Busy", "startsAt": "2026-01-01T00:00:00Z", "components": components,
                         "review": {"velocityPerHour": 1}});
    let program = world.api().post("/programs", &program).await.expect_status(201).json();
    let tia = json!({"name": "Tia", "email": world.own("tia@creators.test"), "slug": "tia",
                     "programId": program["id"], "destination": "https://acme.test/"});
    world.api().post("/affiliates", &tia).await.expect_status(201);
    program
}

/// A sale of Tia's, so many seconds after midnight.
fn tias(world: &World, name: &str, customer: &str, ago: i64, seconds: i64) -> Event {
    let moment = days_ago(ago).millis() / 86_400_000 * 86_400_000 + seconds * 1_000;
    sale(world, name, customer, ago).but(|report| {
        report.occurred_at = Timestamp::from_millis(moment).ok();
        report.affiliate_slug = Some("tia".to_owned());
    })
}

/// A sale that comes late makes its hour too busy: an earlier sale of that hour waits, its renewal months later with it, and
/// the step that the renewal had helped another sale to reach is out of reach.
#[tokio::test]
async fn what_hangs_on_a_sale_of_a_busy_hour_counts_no_more_in_its_own_month() {
    let world = World::shared().await;
    busy_program(&world, tiers()).await;
    let at = |name: &str, customer: &str, ago: i64, seconds: i64| tias(&world, name, customer, ago, seconds);
    for event in [at("first", "u_1", 45, 1), at("renewal", "u_1", 3, 1), at("other", "u_3", 3, 7_200)] {
        world.intake().accept(&[event]).await;
    }
    assert_eq!((credit(&world, "other").await.1, held_for(&world, "renewal").await), (2_000, Value::Null));
    world.intake().accept(&[at("late", "u_2", 45, 2)]).await;
    assert_eq!(conversion(&world, "first").await["flags"], json!(["Velocity"]));
    assert_eq!((credit(&world, "other").await.1, held_for(&world, "renewal").await), (1_000, json!("FirstSale")));
    review(&world, "first", "Approve").await;
    assert_eq!((credit(&world, "other").await.1, held_for(&world, "renewal").await), (2_000, Value::Null));
    world.finish().await;
}

/// As another customer's renewal may wait now, all of its month is loaded, where the late sale's own customer has an
/// imported sale. What was stored of this customer doesn't take the place of what was just reported.
#[tokio::test]
async fn a_late_sale_of_a_busy_hour_is_booked_whatever_was_imported_of_its_customer() {
    let world = World::shared().await;
    let program = busy_program(&world, tiers()).await;
    world.intake().accept(&[tias(&world, "first", "u_1", 45, 1), tias(&world, "renewal", "u_1", 3, 1)]).await;
    let past = json!({"externalId": "past", "occurredAt": days_ago(3).to_string(), "amountCents": 10_000,
                      "commissionCents": 3_000, "currency": "USD", "status": "paid", "affiliateSlug": "tia",
                      "customerId": "u_2"});
    let past = json!({"kind": "Sales", "source": "Rewardful", "programId": program["id"], "rows": [past]});
    assert_eq!(counts(&import(&world.api(), &past).await), [1, 0, 0, 0]);
    world.intake().accept(&[tias(&world, "late", "u_2", 45, 2)]).await;
    for name in ["late", "first"] {
        assert_eq!(conversion(&world, name).await["flags"], json!(["Velocity"]), "{name}");
        assert_eq!((credit(&world, name).await.1, held_for(&world, name).await), (2_000, json!("Review")), "{name}");
    }
    assert_eq!((credit(&world, "renewal").await.1, held_for(&world, "renewal").await), (1_000, json!("FirstSale")));
    world.finish().await;
}

/// What a sale that waits would use up of its customer's cap is left to a later one, which the affiliate's cap counts in another
/// month.
#[tokio::test]
async fn a_sale_of_a_busy_hour_leaves_its_customers_cap_to_a_later_one() {
    let world = World::shared().await;
    let cap =
        json!({"currency": "USD", "perCustomer": 7_000, "perAffiliate": {"amountCents": 100_000, "period": "month"}});
    busy_program(&world, json!([{"type": "percentage", "ratePercent": "50", "cap": cap}])).await;
    let at = |name: &str, customer: &str, ago: i64, seconds: i64| tias(&world, name, customer, ago, seconds);
    for event in [at("first", "u_1", 100, 1), at("second", "u_1", 45, 1), at("third", "u_1", 3, 1)] {
        world.intake().accept(&[event]).await;
    }
    let cents = async || [credit(&world, "second").await.1, credit(&world, "third").await.1];
    assert_eq!(cents().await, [2_000, 0]);
    world.intake().accept(&[at("late", "u_2", 45, 2)]).await;
    assert_eq!(conversion(&world, "second").await["flags"], json!(["Velocity"]));
    assert_eq!((cents().await, held_for(&world, "third").await), ([2_000, 2_000], Value::Null));
    review(&world, "second", "Approve").await;
    assert_eq!(cents().await, [2_000, 0], "it counts again");
    world.finish().await;
}
