//! Goal: a lead counts for its affiliate until the person buys.
//! Method: leads and conversions are reported and read by API; Stripe reports trials.

use serde_json::{Value, json};
use shared::batch::Verdict;
use world::{
    World,
    brand::But,
    join_fixture::{JoinFixture, two_customers_with_a_shared_id},
    stripe::Purchase,
};

use crate::created;

#[tokio::test]
async fn a_lead_speaks_for_its_affiliate_until_the_person_buys() {
    let world = World::shared().await;
    let lead = json!({"externalEventId": "signup-1", "customerEmail": "Ann@buyers.test",
                      "affiliateSlug": world.acme.partner.slug});
    let made = created(&world, "/leads", lead.clone()).await;
    assert_eq!((made["status"].as_str(), made["email"].as_str()), (Some("Open"), Some("ann@buyers.test")));
    assert_eq!(created(&world, "/leads", lead).await, made);
    let unnamed = created(&world, "/leads", json!({"customerId": "zoe"})).await;
    assert!(unnamed["externalEventId"].as_str().unwrap().starts_with("lead_"));
    assert_eq!(world.api().all("/leads?status=Open").await.len(), 2);
    // A purchase under an id of its own, with the same mailbox.
    let sale = json!({"externalEventId": "order-1", "amountCents": 10_000, "customerId": "user_42",
                      "customerEmail": "ann+shop@buyers.test"});
    let sold = created(&world, "/conversions", sale).await;
    assert_eq!(
        (sold["creditedBy"].as_str(), sold["commissions"][0]["amountCents"].as_i64()),
        (Some("lead"), Some(2_000))
    );
    let converted = world.api().all("/leads?status=Converted").await;
    assert_eq!(converted.len(), 1);
    assert_eq!((&converted[0]["id"], &converted[0]["convertedBy"]), (&made["id"], &sold["id"]));
    let path = format!("/leads/{}", made["id"].as_str().unwrap());
    assert_eq!(world.api().get(&path).await.expect_status(200).json(), converted[0]);
    assert_eq!(world.api().all("/leads?email=ANN@buyers.test").await.len(), 1);
    // A sale is no lead.
    let sale = format!("/leads/{}", sold["id"].as_str().unwrap());
    assert_eq!(world.api().get(&sale).await.refusal(), (404, "not_found".to_owned()));
    world.finish().await;
}

#[tokio::test]
async fn a_lead_has_the_name_that_it_was_reported_with() {
    let world = World::shared().await;
    let lead = json!({"externalEventId": "signup", "customerEmail": "ann@buyers.test", "customerName": " Ann Lee "});
    let made = created(&world, "/leads", lead.clone()).await;
    assert_eq!((&made["email"], &made["name"]), (&json!("ann@buyers.test"), &json!("Ann Lee")));
    assert_eq!(created(&world, "/leads", lead.clone()).await, made);
    let mut other = lead;
    other["customerName"] = json!("Ann Other");
    assert_eq!(world.api().post("/leads", &other).await.refusal(), (409, "conflict".to_owned()));
    for wrong in [json!(7), json!(" "), json!("Ann\nLee"), json!("x".repeat(256))] {
        let lead = json!({"customerEmail": "ben@buyers.test", "customerName": wrong});
        let refused = world.api().post("/leads", &lead).await.field_refusal();
        assert_eq!(refused, (400, "validation_failed".to_owned(), "customerName".to_owned()), "{wrong}");
    }
    let typed = json!({"externalEventId": "typed", "type": "lead", "customerId": "cleo", "customerName": "Cleo Ray"});
    created(&world, "/conversions", typed).await;
    // A sale has no name, whatever was sent.
    let sale = json!({"externalEventId": "order", "amountCents": 100, "customerId": "dan", "customerName": 7});
    created(&world, "/conversions", sale).await;
    // A page's word is shown with its own lead, and never with one that a verified source reports, too.
    let by_page = |id: &str| {
        let claim = world.acme.lead(id).but(|report| report.customer_name = Some("Eve Poe".to_owned()));
        world.acme.by_page(&claim)
    };
    world.intake().accept(&["claimed", "both", "bare"].map(by_page)).await;
    assert_eq!(world.intake().post(&[by_page("signup")]).await, [Verdict::Duplicate]);
    let both = json!({"externalEventId": "both", "customerId": "fay", "customerName": "Fay Roe"});
    assert_eq!(created(&world, "/leads", both).await["name"], "Fay Roe");
    created(&world, "/leads", json!({"externalEventId": "bare", "customerId": "gus"})).await;
    let all = world.api().all("/leads").await;
    for (id, verified, name) in [
        ("signup", true, json!("Ann Lee")),
        ("typed", true, json!("Cleo Ray")),
        ("claimed", false, json!("Eve Poe")),
        ("both", true, json!("Fay Roe")),
        ("bare", true, Value::Null),
    ] {
        let lead = all.iter().find(|lead| lead["externalEventId"] == id).unwrap();
        assert_eq!((&lead["verified"], &lead["name"]), (&json!(verified), &name), "{id}");
    }
    world.finish().await;
}

/// Two customers whose join waits are calculated together, but they are two buyers without a common address.
#[tokio::test]
async fn a_lead_isnt_converted_by_the_sale_of_someone_else() {
    let fixture = JoinFixture::new().await;
    let world = &fixture.world;
    two_customers_with_a_shared_id(&fixture).await;
    let lead = world.acme.lead("signup").but(|report| {
        report.customer_id = Some("cus_2".to_owned());
        report.occurred_at = Some(fixture.start.plus_days(46));
    });
    world.intake().accept(&[lead, fixture.sale("another", "cus_1", None, 47)]).await;
    let open = world.api().all("/leads?status=Open").await;
    assert_eq!((open.len(), &open[0]["externalEventId"]), (1, &json!("signup")), "{open:?}");
    world.intake().accept(&[fixture.sale("own", "cus_2", None, 48)]).await;
    let (own, _) = world.api().booked("own").await.unwrap();
    let converted = world.api().all("/leads?status=Converted").await;
    assert_eq!((converted.len(), &converted[0]["convertedBy"]), (1, &own["id"]), "{converted:?}");
    fixture.world.finish().await;
}

/// What a conversion is, by which rule it is credited, and what it earns.
async fn earned(world: &World, external_id: &str) -> (String, String, Vec<i64>) {
    let (conversion, commissions) = world.api().booked(external_id).await.unwrap();
    let text = |name: &str| conversion[name].as_str().unwrap_or_default().to_owned();
    let amounts = commissions.iter().filter_map(|row| row["amountCents"].as_i64()).filter(|cents| *cents > 0);
    (text("type"), text("creditedBy"), amounts.collect())
}

#[tokio::test]
async fn a_trial_is_paid_for_once_and_its_first_payment_is_the_sale() {
    let world = World::start().await;
    let components =
        r#"[{"type":"percentage","ratePpm":200000},{"type":"per_lead","amountCents":200,"currency":"USD"}]"#;
    let statement = format!(
        "update plan_versions set components = '{components}' where program_id = '{}'",
        world.acme.program.uuid()
    );
    world.database.run_untriggered(&statement).await;
    for in_order in [true, false] {
        let purchase = |number: u8| Purchase::new(&format!("trial{number}{in_order}"), None);
        let of_ann = |mut event: Value| {
            event["data"]["object"]["customer"] = json!(format!("cus_ann_{in_order}"));
            event["data"]["object"]["customer_email"] = Value::Null;
            event
        };
        // The link name is only with the trial; the invoices have none.
        let trial = |number: u8| {
            let mut event = of_ann(purchase(number).trialing());
            event["data"]["object"]["metadata"] = json!({"via": world.acme.partner.slug});
            event
        };
        let mut events = vec![
            trial(1),
            of_ann(purchase(1).paid("invoice.paid.trial", 1)),
            trial(2),
            of_ann(purchase(1).paid("invoice.paid.basil", 2)),
            of_ann(purchase(1).paid("invoice.paid.basil", 3)),
        ];
        if !in_order {
            events.reverse();
        }
        for event in &events {
            world.intake().accept(&[world.acme.stripe_event(event)]).await;
        }
        let lead = |number: u8| format!("lead_sub_{}", purchase(number).name);
        let by_slug = |kind: &str, cents: &[i64]| (kind.to_owned(), "slug".to_owned(), cents.to_vec());
        assert_eq!(earned(&world, &lead(1)).await, by_slug("Lead", &[200]), "{in_order}");
        assert_eq!(earned(&world, &lead(2)).await, by_slug("Lead", &[]), "a person counts once");
        // 20% of 99.00: the gateway calls it a renewal, and it is the sale that the trial led to.
        assert_eq!(earned(&world, &purchase(1).invoice(2)).await, by_slug("Sale", &[1_980]));
        let renewal = ("Recurring".to_owned(), "bound".to_owned(), vec![1_980]);
        assert_eq!(earned(&world, &purchase(1).invoice(3)).await, renewal);
    }
    world.finish().await;
}
