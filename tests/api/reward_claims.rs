//! Goal: a person approves a claim once, or rejects it with a reason; a milestone that refunds undid isn't given.
//! Method: a milestone that is confirmed by API; the same decision twice, and by another organization.
//! Routes: `/reward-claims/{id}/approve` `/reward-claims/{id}/reject`

use serde_json::json;
use world::{World, brand::But};

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_decided_once() {
    let world = World::start().await;
    let api = world.api();
    let other = world.acme.join(&world.database, "other").await;
    let body = json!({"programId": world.acme.program.to_string(), "kind": "Milestone", "title": "A sale",
                      "startsAt": "2026-01-01T00:00:00Z", "metric": "Sales", "goal": 1, "confirm": true,
                      "prize": {"kind": "Bonus", "amountsCents": [5_000], "currency": "USD"}});
    let made = api.post("/rewards", &body).await.expect_status(201).json();
    for (id, slug) in [("one", &world.acme.partner.slug), ("two", &other.slug)] {
        let slug = slug.clone();
        let sale = world.acme.sale(id, 10_000).but(|report| report.affiliate_slug = Some(slug));
        world.intake().accept(&[sale]).await;
    }
    world.ledger.run_jobs().await;
    let path = format!("/rewards/{}/claims?status=Submitted", made["id"].as_str().unwrap());
    let waiting = api.all(&path).await;
    assert_eq!(waiting.len(), 2);
    let of = |affiliate: String| {
        let claim = waiting.iter().find(|claim| claim["affiliateId"] == affiliate.as_str()).unwrap();
        format!("/reward-claims/{}", claim["id"].as_str().unwrap())
    };
    let (first, second) = (of(world.acme.partner.affiliate.to_string()), of(other.affiliate.to_string()));
    assert_eq!(world.other_api().post(&format!("{first}/approve"), &json!({})).await.status, 404);
    let paid = api.post(&format!("{first}/approve"), &json!({})).await.expect_status(200).json();
    assert_eq!((&paid["status"], &paid["amountCents"]), (&json!("Paid"), &json!(5_000)));
    let again = api.post(&format!("{first}/approve"), &json!({})).await;
    assert_eq!(again.refusal(), (409, "already_decided".to_owned()));

    world.intake().accept(&[world.acme.refund("back", "two", 10_000)]).await;
    let undone = api.post(&format!("{second}/approve"), &json!({})).await;
    assert_eq!(undone.refusal(), (409, "no_longer_reached".to_owned()));
    let rejected = api.post(&format!("{second}/reject"), &json!({"reason": "It was refunded."})).await;
    let rejected = rejected.expect_status(200).json();
    assert_eq!((&rejected["status"], &rejected["reason"]), (&json!("Rejected"), &json!("It was refunded.")));
    let bonuses = world.database.count("select count(*) from commissions where kind = 'Bonus'").await;
    assert_eq!(bonuses, 1);
    world.finish().await;
}
