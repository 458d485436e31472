//! Goal: what explains a commission or says how someone is paid reaches the model without the names, reasons and order numbers
//! in its sentences.
//! Method: a stand-in model calls the tools; all that it was sent is searched.

use serde_json::json;
use world::{
    World,
    copilot_fixture::{PLACE, ask, connected, results, sent},
    fakes::model::Say,
    organization_fixture::owner,
    payout_run_fixture::partner,
};

#[tokio::test]
async fn a_receipt_leaves_without_its_sentences() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let fake = connected(&world, "anthropic", "figures").await;
    let api = world.api();
    let canary = partner(&world, "canary", "PayPal").await;
    let affiliate = canary.affiliate.to_string();
    api.patch(&format!("/affiliates/{affiliate}"), &json!({"name": "Canary Doe"})).await.expect_status(200);
    let plan =
        json!({"scope": {"affiliateId": affiliate}, "components": [{"type": "percentage", "ratePercent": "30"}]});
    api.post(&format!("/programs/{}/plans", world.acme.program), &plan).await.expect_status(201);
    let sale = json!({"externalEventId": "order_of_canary", "amountCents": 10_000, "customerId": "ann",
                      "affiliateSlug": canary.slug});
    api.post("/conversions", &sale).await.expect_status(201);
    let commission = api.all(&format!("/commissions?affiliateId={affiliate}")).await.remove(0);
    let id = commission["id"].as_str().unwrap().to_owned();
    let reason = json!({"reason": "Canary reason"});
    api.post(&format!("/commissions/{id}/deny"), &reason).await.expect_status(200);

    let receipt = api.get(&format!("/commissions/{id}/explain")).await.expect_status(200).text();
    for part in ["Canary Doe only, in ", "Canary Doe, on hold", ": Canary reason", "sale order_of_canary"] {
        assert!(receipt.contains(part), "{part}: {receipt}");
    }
    fake.say([
        Say::call("explain_commission", json!({ "id": id })),
        Say::then(|request| {
            let read = results(request).pop().unwrap();
            assert_eq!((&read["plan"]["scope"], &read["transfers"][0]["to"]), (&json!("[hidden]"), &json!("[hidden]")));
            let earned = &read["transfers"][0];
            assert_eq!((&earned["what"], &earned["amountCents"]), (&json!("Earned"), &json!(3_000)));
            Say::Calls(String::new(), vec![("open_tools".to_owned(), json!({"set": "money"}))])
        }),
        Say::call("read_payout_account", json!({"id": affiliate})),
        Say::then(|request| {
            let method = results(request).pop().unwrap()["method"].clone();
            assert_eq!((&method["rail"], &method["hint"]), (&json!("PayPal"), &json!("[hidden]")), "{method}");
            Say::text("It was denied.")
        }),
    ]);
    let (_, page) = ask(&world, &mut owner, PLACE, "How was the last commission calculated?").await;
    assert!(page.contains("It was denied."), "{page}");
    let received = sent(&fake.requests());
    for canary in ["Canary", "order_of_canary", "@paid.test"] {
        assert!(!received.contains(canary), "{canary}: {received}");
    }
    world.finish().await;
}
