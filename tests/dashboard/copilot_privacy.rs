//! Goal: what explains a commission or says how someone is paid reaches the model without the names, reasons and order
//! numbers in its sentences. A conversation in which people were invited is deleted with them.
//! Method: a stand-in model calls the tools; all that it was sent is searched. Then one of two people is erased.

use serde_json::json;
use world::{
    World,
    copilot_fixture::{PLACE, ask, cards, connected, decide, results, sent},
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

#[tokio::test]
async fn a_conversation_in_which_people_were_invited_is_deleted_with_them() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let fake = connected(&world, "anthropic", "figures").await;
    let program = world.acme.program.to_string();
    let (mia, tom) = (world.own("mia@new.test"), world.own("tom@new.test"));
    let invitation = json!({"programId": program, "affiliates": [{"email": mia}, {"email": tom}]});
    fake.say([
        Say::Calls("Opening.".to_owned(), vec![("open_tools".to_owned(), json!({"set": "people"}))]),
        Say::call("bulk_invite_affiliates", invitation),
        Say::text("Confirm it on the card."),
    ]);
    let (thread, page) = ask(&world, &mut owner, PLACE, &format!("Invite {mia} and {tom} to {program}")).await;
    let card = cards(&page).pop().unwrap_or_else(|| panic!("{page}"));
    assert!(card.html.contains("None, because no destination was given"), "{}", card.html);
    decide(&world, &mut owner, &card, "confirm", &[]).await.expect_status(303);
    let target = format!("{thread}?organization={}", world.acme.organization);
    assert!(owner.browser.get(&target).await.expect_status(200).text().contains("2 invited, 0 skipped."));

    let found = world.api().all(&format!("/affiliates?email={mia}")).await.remove(0);
    let erase = format!("/affiliates/{}/erase", found["id"].as_str().unwrap());
    world.api().post(&erase, &json!({"reason": "They asked for it"})).await.expect_status(200);
    assert_eq!(owner.browser.get(&target).await.status, 404);
    world.finish().await;
}
