//! Goal: an erased buyer's sales earn what the plan promised: commissions stay when their history is recomputed, and
//! renewals that arrive later earn what they would have earned.
//! Method: a plan with conditions about buyers; two buyers, one of them erased; later sales of both.

use serde_json::{Value, json};
use shared::event::Event;
use world::{World, brand::But, personal_data::nowhere, wait::now};

use super::{customer_of, erase};

/// A share for a company, one for an account, one for an address, and tiers of the sales from one city.
fn components() -> Value {
    let steps = json!([{"from": 1, "ratePercent": "10"}, {"from": 3, "ratePercent": "20"}]);
    json!([
        {"type": "percentage", "ratePercent": "30", "when": {"metadata": {"company": ["Other", "Quxworth Ltd"]}}},
        {"type": "percentage", "ratePercent": "5", "when": {"metadata": {"accountId": ["user-ann-4711"]}}},
        {"type": "percentage", "ratePercent": "1", "when": {"metadata": {"contact": ["ann.q@quxmail.test"]}}},
        {"type": "tiers", "by": "sales", "period": "ever", "mode": "whole", "steps": steps,
         "when": {"metadata": {"city": ["Ulmstadt"], "zip": ["89073"]}}},
    ])
}

fn sale(world: &World, name: &str, buyer: (&str, &str), metadata: &Value) -> Event {
    let (id, email) = (buyer.0.to_owned(), buyer.1.to_owned());
    let slug = world.acme.partner.slug.clone();
    world.acme.sale(name, 10_000).but(|report| {
        report.customer_id = Some(id);
        report.customer_email = Some(email);
        report.affiliate_slug = Some(slug);
        report.metadata.extend(metadata.as_object().cloned().unwrap_or_default());
    })
}

fn of_ann(world: &World, name: &str) -> Event {
    let metadata = json!({"company": "Quxworth Ltd", "accountId": "user-ann-4711", "contact": "ann.q@quxmail.test",
        "city": "Ulmstadt", "zip": 89_073, "name": "Ann Quxworth"});
    sale(world, name, ("user-ann-4711", "ann.q@quxmail.test"), &metadata)
}

fn of_bob(world: &World, name: &str) -> Event {
    sale(world, name, ("user-bob", "bob@zyxmail.test"), &json!({"city": "Ulmstadt", "zip": "89073"}))
}

/// The amounts that the components of a sale earn, the smallest first.
async fn earned(world: &World, name: &str) -> Vec<i64> {
    let query = format!(
        "select m.amount from commissions m join conversions c on c.organization_id = m.organization_id and c.id = m.conversion_id
         where c.external_id = '{name}' order by m.amount"
    );
    world.database.texts(&query).await.into_iter().flatten().map(|text| text.parse().unwrap()).collect()
}

#[tokio::test]
async fn an_erased_buyers_sales_go_on_earning_what_the_plan_promised() {
    let world = World::start().await;
    let plan = json!({"effectiveAt": now().plus_days(-20).to_string(), "components": components()});
    world.api().post(&format!("/programs/{}/plans", world.acme.program), &plan).await.expect_status(201);
    world.intake().accept(&[of_ann(&world, "order-1"), of_bob(&world, "order-2")]).await;
    assert_eq!(earned(&world, "order-1").await, [100, 500, 1_000, 3_000]);
    let ann = customer_of(&world, "user-ann-4711").await;
    erase(&world, &format!("/customers/{ann}")).await;
    assert_eq!(earned(&world, "order-1").await, [100, 500, 1_000, 3_000]);

    // A sale from the same city recomputes the tiers: the third one raises all three.
    world.intake().accept(&[of_bob(&world, "order-3")]).await;
    assert_eq!(earned(&world, "order-1").await, [100, 500, 2_000, 3_000]);
    assert_eq!(earned(&world, "order-2").await, [2_000]);
    // And so do the buyer's own refund and renewal.
    world.intake().accept(&[of_ann(&world, "order-4"), world.acme.refund("back-1", "order-1", 5_000)]).await;
    assert_eq!(earned(&world, "order-4").await, [100, 500, 2_000, 3_000], "as if nobody had been erased");
    assert_eq!(earned(&world, "order-1").await, [50, 250, 1_000, 1_500]);
    // The plan's own texts stay with the brand.
    nowhere(&world.database, "Ann Quxworth").await;
    let details = "select count(*) from conversions where details::text ~ '(Quxworth|ann\\.q@|user-ann)'";
    assert_eq!(world.database.count(details).await, 0);
    let events = "select count(*) from events where strpos(body, 'Quxworth') > 0 or strpos(body, 'ann.q@') > 0";
    assert_eq!(world.database.count(events).await, 0);
    let verdicts = world.intake().post(&[of_ann(&world, "order-1"), of_ann(&world, "order-4")]).await;
    assert!(verdicts.iter().all(|verdict| *verdict == shared::batch::Verdict::Duplicate), "{verdicts:?}");
    world.finish().await;
}

/// A claim that only a page reported has no customer: only its event identifies the buyer.
#[tokio::test]
async fn a_claims_metadata_goes_with_the_buyer() {
    let world = World::start().await;
    let claim = world.acme.by_page(&of_ann(&world, "order-1"));
    world.intake().accept(&[claim, of_ann(&world, "order-2")]).await;
    let ann = customer_of(&world, "user-ann-4711").await;
    erase(&world, &format!("/customers/{ann}")).await;
    for text in ["Quxworth", "Ulmstadt", "user-ann-4711", "quxmail"] {
        nowhere(&world.database, text).await;
    }
    world.finish().await;
}
