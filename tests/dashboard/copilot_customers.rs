//! Goal: customers occur in the co-pilot's conversations by their IDs alone, and a conversation in which they occur is deleted
//! when they are erased.
//! Method: a stand-in model lists a lead and a sale; then the customers are erased one after the other.

use serde_json::json;
use world::{
    World,
    brand::But,
    copilot_fixture::{PLACE, ask, connected, results, sent},
    fakes::model::Say,
    organization_fixture::owner,
};

const ALL: &str = "select count(*) from copilot_conversations";

#[tokio::test]
async fn a_conversation_about_a_customer_is_deleted_with_them() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let fake = connected(&world, "anthropic", "people").await;
    let slug = || Some(world.acme.partner.slug.clone());
    let lead = world.acme.lead("signup").but(|report| {
        report.affiliate_slug = slug();
        report.customer_id = Some("user_of_ann".to_owned());
        report.customer_email = Some("ann@buyers.test".to_owned());
        report.customer_name = Some("Ann Quxworth".to_owned());
    });
    let sale = world.acme.sale("order", 9_900).but(|report| {
        report.affiliate_slug = slug();
        report.customer_id = Some("user_of_ben".to_owned());
        report.customer_email = Some("ben@buyers.test".to_owned());
    });
    world.intake().accept(&[lead, sale]).await;
    let customer = async |name: &str| {
        let found = world.api().all(&format!("/customers?customerId={name}")).await;
        found[0]["id"].as_str().unwrap().to_owned()
    };
    let (ann, ben) = (customer("user_of_ann").await, customer("user_of_ben").await);

    let listed = ann.clone();
    fake.say([
        Say::call("list_leads", json!({})),
        Say::then(move |request| {
            let row = results(request).pop().unwrap()["data"][0].clone();
            assert_eq!((&row["customer"], &row["customerId"]), (&json!(listed), &json!("[hidden]")), "{row}");
            assert_eq!(row["name"], "[hidden]");
            Say::text("One lead.")
        }),
    ]);
    let (_, page) = ask(&world, &mut owner, PLACE, "Which leads did we get?").await;
    assert!(page.contains("One lead."), "{page}");
    fake.say([Say::call("list_conversions", json!({"type": "Sale"})), Say::text("One sale.")]);
    let (_, page) = ask(&world, &mut owner, PLACE, "Which sales did we get?").await;
    assert!(page.contains("One sale."), "{page}");
    let received = sent(&fake.requests());
    assert!(received.contains("9900") && !received.contains("user_of_"), "{received}");
    assert!(!received.contains("Quxworth"), "{received}");

    assert_eq!(world.database.count(ALL).await, 2);
    for (customer, left) in [(ann, 1), (ben, 0)] {
        let reason = json!({"reason": "They asked for it"});
        world.api().post(&format!("/customers/{customer}/erase"), &reason).await.expect_status(200);
        assert_eq!(world.database.count(ALL).await, left, "{customer}");
    }
    world.finish().await;
}
