//! Goal: a commission is its component's, whatever place the component has in another version of the plan: what a person
//! decided about one never sticks to another, and what was paid in one currency is neither paid again in another nor kept
//! when the sale is given back.
//! Method: two versions of a plan; a sale under the later one, decided on or paid; then an earlier sale of the same buyer
//! becomes known, which binds them to the earlier version; amounts are read by component.

use serde_json::{Value, json};
use shared::event::Event;
use world::{World, brand::But, wait::now};

/// The plan from so many days ago on.
async fn plan(world: &World, days: i64, components: Value) -> Value {
    let body = json!({"effectiveAt": now().plus_days(-days).to_string(), "components": components});
    let path = format!("/programs/{}/plans", world.acme.program);
    world.api().post(&path, &body).await.expect_status(201).json()
}

fn sale(world: &World, name: &str, days: i64) -> Event {
    let slug = world.acme.partner.slug.clone();
    world.acme.sale(name, 10_000).but(|report| {
        report.affiliate_slug = Some(slug);
        report.customer_id = Some("buyer".to_owned());
        report.occurred_at = Some(now().plus_days(-days));
    })
}

/// Amount, paid, currency and status of the sale's commissions, the smallest first.
async fn commissions(world: &World, name: &str) -> Vec<String> {
    let query = format!(
        "select concat_ws(' ', m.amount, m.paid, m.currency, m.status) as row
         from commissions m join conversions c on c.organization_id = m.organization_id and c.id = m.conversion_id
         where c.external_id = '{name}' order by m.amount"
    );
    world.database.texts(&query).await.into_iter().flatten().collect()
}

#[tokio::test]
async fn a_denied_component_stays_denied_where_it_moves() {
    let world = World::shared().await;
    let (share, flat) = (
        json!({"type": "percentage", "ratePercent": "10"}),
        json!({"type": "flat", "amountCents": 500, "currency": "USD"}),
    );
    plan(&world, 30, json!([share, flat])).await;
    let more =
        json!([{"type": "flat", "amountCents": 700, "currency": "USD"}, {"type": "percentage", "ratePercent": "20"}]);
    plan(&world, 10, more).await;
    world.intake().accept(&[sale(&world, "later", 5)]).await;
    assert_eq!(commissions(&world, "later").await, ["700 0 USD Pending", "2000 0 USD Pending"]);

    let (_, rows) = world.api().booked("later").await.unwrap();
    let denied = rows.iter().find(|row| row["amountCents"] == 700).unwrap()["id"].as_str().unwrap().to_owned();
    let path = format!("/commissions/{denied}/deny");
    world.api().post(&path, &json!({"reason": "No bounty for this one"})).await.expect_status(200);
    assert_eq!(commissions(&world, "later").await, ["0 0 USD Denied", "2000 0 USD Pending"]);

    // The buyer turns out to have bought before: the first version holds, with the components in the other order.
    world.intake().accept(&[sale(&world, "earlier", 20)]).await;
    assert_eq!(commissions(&world, "earlier").await, ["500 0 USD Pending", "1000 0 USD Pending"]);
    assert_eq!(commissions(&world, "later").await, ["0 0 USD Denied", "1000 0 USD Pending"]);
    let denied = "select component_id from commissions where status = 'Denied'";
    assert_eq!(world.database.texts(denied).await, [["flat"]]);
    world.finish().await;
}

#[tokio::test]
async fn what_was_paid_in_another_currency_goes_with_the_sale() {
    let world = World::shared().await;
    plan(&world, 90, json!([{"type": "flat", "amountCents": 3_000, "currency": "EUR"}])).await;
    plan(&world, 60, json!([{"type": "flat", "amountCents": 2_000, "currency": "USD"}])).await;
    world.intake().accept(&[sale(&world, "later", 50)]).await;
    let payment =
        json!({"affiliateId": world.acme.partner.affiliate.to_string(), "currency": "USD", "expectedCents": 2_000});
    world.api().post("/payouts", &payment).await.expect_status(201);
    assert_eq!(commissions(&world, "later").await, ["2000 2000 USD Paid"]);

    world.intake().accept(&[sale(&world, "earlier", 70)]).await;
    assert_eq!(commissions(&world, "earlier").await, ["3000 0 EUR Approved"]);
    assert_eq!(commissions(&world, "later").await, ["2000 2000 USD Paid"], "it isn't paid once more");

    world.intake().accept(&[world.acme.refund("half", "later", 5_000)]).await;
    assert_eq!(commissions(&world, "later").await, ["1000 2000 USD Paid"], "half of the sale, half of what was paid");
    world.check().await;
    world.intake().accept(&[world.acme.refund("rest", "later", 5_000)]).await;
    assert_eq!(commissions(&world, "later").await, ["0 2000 USD Refunded"]);
    let owed =
        "select coalesce(sum(balance), 0)::bigint from accounts where kind = 'affiliate_approved' and currency = 'USD'";
    assert_eq!(world.database.count(owed).await, -2_000, "the next payout takes it back");
    world.finish().await;
}

#[tokio::test]
async fn ids_are_the_callers_or_found() {
    let world = World::shared().await;
    let given = json!([{"type": "percentage", "ratePercent": "10", "id": "renewals", "when": {"on": "recurring"}},
        {"type": "percentage", "ratePercent": "20", "when": {"on": "new"}, "name": "First year"}]);
    plan(&world, 30, given).await;
    let moved = json!([{"type": "percentage", "ratePercent": "25", "when": {"on": "new"}, "name": "First year"},
        {"type": "percentage", "ratePercent": "12", "when": {"on": "recurring"}, "id": "renewals"},
        {"type": "per_lead", "amountCents": 200, "currency": "USD"}]);
    let plan = plan(&world, 10, moved).await;
    let ids: Vec<&Value> = plan["components"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
    // The plan that was in force before has a `percentage`: the one beside it is another one.
    assert_eq!(ids, ["percentage_2", "renewals", "per_lead"]);
    for (components, field) in [
        (json!([{"type": "percentage", "ratePercent": "1", "id": "No"}]), "components[0].id"),
        (
            json!([{"type": "percentage", "ratePercent": "1", "id": "a"}, {"type": "percentage", "ratePercent": "1", "id": "a"}]),
            "components[1].id",
        ),
    ] {
        let path = format!("/programs/{}/plans", world.acme.program);
        let refused = world.api().post(&path, &json!({"components": components})).await.field_refusal();
        assert_eq!(refused, (400, "validation_failed".to_owned(), field.to_owned()));
    }
    world.finish().await;
}
