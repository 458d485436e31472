//! Goal: a shared customer id moves no booked money automatically. Two customers that were reported for one sale are
//! joined immediately where no one loses by it; otherwise the join waits for a person, who sees the difference first
//! and can split them again, with the book.
//! Method: sales as signed batches with receipt times of their own, a second system's reports of them under another
//! customer, decisions by API; every order of arrival; `audit` and `replay --verify` after each step.
//! Routes: `/customer-joins`

use serde_json::json;
use world::{
    brand::But,
    client::api::Api,
    join_fixture::{JoinFixture, WHY, joins, named, sums, two_customers_with_a_shared_id},
};

#[tokio::test]
async fn a_shared_id_moves_no_booked_money_until_a_person_says_so() {
    let fixture = JoinFixture::new().await;
    let (world, api) = (&fixture.world, fixture.world.api());
    let events = two_customers_with_a_shared_id(&fixture).await;
    assert_eq!(fixture.book().await, sums(2_000, 18_000), "nothing moves");
    world.check().await;

    let joined = joins(&api, "?state=Joined").await;
    assert_eq!(joined.iter().map(named).collect::<Vec<_>>(), [["cus_1", "desk"]], "it moves nothing");
    let waiting = joins(&api, "?state=Waiting").await;
    assert_eq!(waiting.iter().map(named).collect::<Vec<_>>(), [["cus_2", "desk"]]);
    assert_eq!((waiting[0]["cause"].as_str(), waiting[0]["externalEventId"].as_str()), (Some("Credit"), Some("b1")));
    let id = waiting[0]["id"].as_str().unwrap().to_owned();
    let detail = api.get(&format!("/customer-joins/{id}")).await.expect_status(200).json();
    let preview = &detail["preview"];
    assert_eq!((preview["decision"].as_str(), preview["conversions"].as_array().unwrap().len()), (Some("Join"), 9));
    let mut moved: Vec<(String, i64, i64, i64)> = Vec::new();
    for row in preview["commissions"].as_array().unwrap() {
        let cents = |name: &str| row[name].as_i64().unwrap();
        moved.push((
            row["affiliateName"].as_str().unwrap().to_owned(),
            cents("beforeCents"),
            cents("afterCents"),
            cents("differenceCents"),
        ));
    }
    moved.sort();
    assert_eq!(moved, [("early".to_owned(), 0, 18_000, 18_000), ("late".to_owned(), 18_000, 0, -18_000)]);
    assert_eq!(fixture.book().await, sums(2_000, 18_000), "a preview writes nothing");

    let answer =
        api.post(&format!("/customer-joins/{id}/join"), &json!({"reason": WHY})).await.expect_status(200).json();
    assert_eq!((answer["state"].as_str(), answer["reason"].as_str()), (Some("Joined"), Some(WHY)));
    assert_eq!(fixture.book().await, sums(20_000, 0));
    let (_, commissions) = api.booked("b1").await.unwrap();
    for commission in commissions {
        let path = format!("/commissions/{}/explain", commission["id"].as_str().unwrap());
        let receipt = api.get(&path).await.expect_status(200).json();
        let decisions = receipt["decisions"].as_array().unwrap();
        assert_eq!((decisions.len(), decisions[0]["type"].as_str()), (1, Some("Join")), "{receipt}");
        assert!(receipt["transfers"].to_string().contains(WHY), "{receipt}");
    }
    world.check().await;

    let answer =
        api.post(&format!("/customer-joins/{id}/split"), &json!({"reason": WHY})).await.expect_status(200).json();
    assert_eq!((answer["state"].as_str(), answer["cause"].is_null()), (Some("Split"), true));
    assert_eq!(fixture.book().await, sums(2_000, 18_000), "as if they had never been joined");
    world.check().await;

    // Later reports of the pair join no one again.
    let more = [fixture.again(&events[2], "desk", 24 * 41), fixture.sale("b10", "cus_2", None, 50)];
    world.intake().accept(&more).await;
    assert_eq!(joins(&api, "?state=Split").await.len(), 1);
    assert_eq!((fixture.credited("b2").await, fixture.credited("b10").await), ("late".to_owned(), "late".to_owned()));
    assert_eq!(fixture.book().await, sums(2_000, 20_000));
    let actions: Vec<String> = api.all("/audit-log").await.iter().map(|row| row["action"].to_string()).collect();
    for action in ["customer.joined", "customer.split"] {
        assert_eq!(actions.iter().filter(|known| known.contains(action)).count(), 1, "{actions:?}");
    }
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_join_that_applied_by_itself_is_split_again_and_takes_back_what_was_paid() {
    let fixture = JoinFixture::new().await;
    let (world, api) = (&fixture.world, fixture.world.api());
    two_customers_with_a_shared_id(&fixture).await;
    let joined = joins(&api, "?state=Joined").await.remove(0);
    let path = format!("/customer-joins/{}", joined["id"].as_str().unwrap());
    // Later purchases of the shared id follow the customer that it is joined with.
    world.intake().accept(&[fixture.sale("d1", "desk", None, 45)]).await;
    assert_eq!(fixture.book().await, sums(4_000, 18_000));
    let affiliate = fixture.early.affiliate.to_string();
    api.post(&format!("/affiliates/{affiliate}/release"), &json!({"reason": WHY})).await.expect_status(200);
    let pay = json!({"affiliateId": affiliate, "currency": "USD", "expectedCents": 4_000});
    api.post("/payouts", &pay).await.expect_status(201);
    let preview = api.get(&path).await.expect_status(200).json()["preview"].clone();
    let difference = preview["commissions"][0]["differenceCents"].as_i64();
    assert_eq!((preview["decision"].as_str(), difference), (Some("Split"), Some(-2_000)));
    api.post(&format!("{path}/split"), &json!({"reason": WHY})).await.expect_status(200);
    assert_eq!((fixture.credited("a1").await, fixture.credited("d1").await), ("early".to_owned(), "no one".to_owned()));
    assert_eq!(fixture.book().await, sums(2_000, 18_000));
    let commission = api.booked("d1").await.unwrap().1.remove(0);
    assert_eq!((commission["amountCents"].as_i64(), commission["paidCents"].as_i64()), (Some(0), Some(2_000)));
    let receipt = format!("/commissions/{}/explain", commission["id"].as_str().unwrap());
    let receipt = api.get(&receipt).await.expect_status(200).json();
    let last = receipt["transfers"].as_array().unwrap().last().unwrap().to_string();
    assert!(last.contains("Split") && last.contains(WHY), "{last}");
    let customer = api.get("/customers/cus_1").await.expect_status(200).json();
    assert_eq!(customer["otherCustomerIds"], json!([]));
    fixture.world.finish().await;
}

#[tokio::test]
async fn two_systems_that_report_one_new_purchase_are_joined_at_once_whichever_comes_first() {
    let fixture = JoinFixture::new().await;
    let world = &fixture.world;
    for (tag, swapped, backwards) in [("p", false, false), ("q", true, false), ("r", false, true), ("s", true, true)] {
        let (gateway, user) = (format!("cus_{tag}"), format!("user_{tag}"));
        let known = fixture.sale(&format!("known-{tag}"), &user, Some(&fixture.early), 0);
        // Through late's link, though the buyer is bound to early.
        let (first, second) = if swapped { (&user, &gateway) } else { (&gateway, &user) };
        let new = fixture.sale(&format!("new-{tag}"), first, Some(&fixture.late), 10);
        let mut events = vec![known, new.clone(), fixture.again(&new, second, 23)];
        if backwards {
            events.reverse();
        }
        for event in events {
            world.intake().accept(&[event]).await;
        }
        assert_eq!(fixture.credited(&format!("new-{tag}")).await, "early", "{tag}");
    }
    assert_eq!(joins(&world.api(), "?state=Joined").await.len(), 4);
    assert!(joins(&world.api(), "?state=Waiting").await.is_empty());
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_report_of_an_old_purchase_waits_whatever_the_order_of_arrival() {
    let fixture = JoinFixture::new().await;
    let (world, api) = (&fixture.world, fixture.world.api());
    let orders = [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2], [3, 0, 1, 2], [2, 3, 1, 0]];
    for (round, order) in orders.into_iter().enumerate() {
        let (one, other) = (format!("one-{round}"), format!("other-{round}"));
        let old = fixture.sale(&format!("old-{round}"), &one, Some(&fixture.late), 5);
        let events = [
            fixture.sale(&format!("bound-{round}"), &other, Some(&fixture.early), 0),
            old.clone(),
            fixture.again(&old, &other, 25),
            fixture.sale(&format!("later-{round}"), &one, None, 20),
        ];
        for place in order {
            world.intake().accept(std::slice::from_ref(&events[place])).await;
        }
        let credits = [
            fixture.credited(&format!("bound-{round}")).await,
            fixture.credited(&format!("old-{round}")).await,
            fixture.credited(&format!("later-{round}")).await,
        ];
        assert_eq!(credits, ["early", "late", "late"], "{order:?}");
        let waiting = joins(&api, &format!("?state=Waiting&customerId={one}")).await;
        assert_eq!(waiting.iter().map(named).collect::<Vec<_>>(), [[one.as_str(), other.as_str()]], "{order:?}");
    }
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_join_that_lowers_an_amount_waits() {
    let fixture = JoinFixture::new().await;
    let (world, api) = (&fixture.world, fixture.world.api());
    let plan = r#"[{"type":"first_conversion","amountCents":1500,"currency":"USD"}]"#;
    world
        .database
        .run(&format!(
            "insert into plan_versions (organization_id, id, program_id, effective_at, components, hold_days, created_at)
             select organization_id, gen_random_uuid(), id, now() - interval '65 days', '{plan}', 30, now()
             from programs where organization_id = '{}'",
            world.acme.organization.uuid()
        ))
        .await;
    let first = fixture.sale("first", "cus_1", Some(&fixture.early), 0);
    let events = [
        first.clone(),
        fixture.sale("second", "cus_2", Some(&fixture.early), 5),
        fixture.again(&first, "cus_2", 24 * 9),
    ];
    world.intake().accept(&events).await;
    let booked = fixture.book().await;
    assert_eq!(booked, sums(3_000, 0), "two first sales");
    let waiting = joins(&api, "?state=Waiting").await;
    assert_eq!((waiting.len(), waiting[0]["cause"].as_str()), (1, Some("Amount")));
    fixture.world.finish().await;
}

#[tokio::test]
async fn an_id_with_many_addresses_joins_no_one() {
    let fixture = JoinFixture::new().await;
    let (world, api) = (&fixture.world, fixture.world.api());
    for number in 1..=5 {
        let email = format!("buyer{number}@people.test");
        let sale = fixture.sale(&format!("order-{number}"), &format!("cus_{number}"), Some(&fixture.early), number);
        let sale = sale.but(|reported| reported.customer_email = Some(email.clone()));
        world.intake().accept(&[sale.clone(), fixture.again(&sale, "till", 1)]).await;
    }
    let waiting = joins(&api, "?state=Waiting").await;
    let names: Vec<Vec<&str>> = waiting.iter().map(named).collect();
    assert_eq!(names, [["cus_5", "till"], ["cus_4", "till"]], "the fourth address says that it is no one person");
    assert!(waiting.iter().all(|join| join["cause"] == "Addresses"), "{waiting:?}");
    let id = waiting[0]["id"].as_str().unwrap();
    api.post(&format!("/customer-joins/{id}/join"), &json!({"reason": WHY})).await.expect_status(200);
    assert_eq!(joins(&api, "?state=Waiting").await.len(), 1, "a person may say otherwise");
    fixture.world.finish().await;
}

#[tokio::test]
async fn joins_are_the_organizations_own_and_decided_once() {
    let fixture = JoinFixture::new().await;
    let (world, api) = (&fixture.world, fixture.world.api());
    two_customers_with_a_shared_id(&fixture).await;
    let id = joins(&api, "?state=Waiting").await[0]["id"].as_str().unwrap().to_owned();
    let stranger = Api::new(world.ledger.base(), &world.globex.api_key);
    assert!(joins(&stranger, "").await.is_empty());
    for path in ["", "/join", "/split"] {
        let target = format!("/customer-joins/{id}{path}");
        let answer = match path {
            "" => stranger.get(&target).await,
            _ => stranger.post(&target, &json!({"reason": WHY})).await,
        };
        answer.expect_status(404);
    }
    let refused = api.post(&format!("/customer-joins/{id}/join"), &json!({"reason": " "})).await;
    assert_eq!(refused.field_refusal(), (400, "validation_failed".to_owned(), "reason".to_owned()));
    assert_eq!(fixture.book().await, sums(2_000, 18_000));
    fixture.world.finish().await;
}
