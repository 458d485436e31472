//! Goal: any sequence of calls ends in the same plans, segments, affiliates and book, however often each call arrives.
//! Method: the same random sequence goes to two brands, to one of them each call once, to the other several times and
//! in parallel; then both sell the same, and what they promise and owe is compared.

use proptest::{
    prelude::{Just, Strategy, prop, prop_oneof},
    strategy::ValueTree,
    test_runner::TestRunner,
};
use serde_json::{Value, json};
use world::{
    World,
    brand::{Brand, But},
    client::api::Api,
};

#[derive(Debug, Clone)]
enum Call {
    Invite { who: usize, bounty: Option<i64> },
    Segment { who: usize, segment: Option<&'static str> },
    Bump { who: usize, rate: u32, months: Option<u8> },
    Points { who: usize, points: u32, key: &'static str },
    Release { who: usize },
}

fn call() -> impl Strategy<Value = Call> {
    let who = || 0_usize..3;
    prop_oneof![
        (who(), prop::option::of(1_000_i64..9_000)).prop_map(|(who, bounty)| Call::Invite { who, bounty }),
        (who(), prop_oneof![Just(None), Just(Some("gold")), Just(Some("silver"))])
            .prop_map(|(who, segment)| Call::Segment { who, segment }),
        (who(), 10_u32..60, prop::option::of(1_u8..12)).prop_map(|(who, rate, months)| Call::Bump {
            who,
            rate,
            months
        }),
        (who(), 1_u32..10, prop_oneof![Just("a"), Just("b")]).prop_map(|(who, points, key)| Call::Points {
            who,
            points,
            key
        }),
        who().prop_map(|who| Call::Release { who }),
    ]
}

/// Path and body for a brand.
fn requested(call: &Call, program: &str) -> (&'static str, Value) {
    let email = |who: &usize| format!("person{who}@creators.test");
    match call {
        Call::Invite { who, bounty } => {
            let bounty = bounty.map(|cents| json!({"amountCents": cents, "currency": "USD"}));
            let mut body = json!({"email": email(who), "name": format!("Person {who}"), "programId": program,
                                  "destination": "https://brand.test/"});
            if let Some(bounty) = bounty {
                body["firstConversionBounty"] = bounty;
            }
            ("/automations/invite", body)
        }
        Call::Segment { who, segment: Some(segment) } => {
            ("/automations/segment", json!({"email": email(who), "segment": segment}))
        }
        Call::Segment { who, segment: None } => ("/automations/segment", json!({"email": email(who), "clear": true})),
        Call::Bump { who, rate, months } => {
            let mut body = json!({"email": email(who), "programId": program, "ratePercent": rate});
            if let Some(months) = months {
                body["months"] = json!(months);
            }
            ("/automations/rate-bump", body)
        }
        Call::Points { who, points, key } => (
            "/automations/rate-bump",
            json!({"email": email(who), "programId": program, "addPercent": points, "key": key}),
        ),
        Call::Release { who } => ("/automations/release", json!({"email": email(who)})),
    }
}

/// What a brand promises and owes, without ids and times.
async fn state(api: &Api, brand: &Brand) -> Value {
    let mut people = api.all("/affiliates").await;
    people.retain(|row| row["email"].as_str().unwrap().starts_with("person"));
    people.sort_by_key(|row| row["email"].as_str().unwrap().to_owned());
    let plans = api.all(&format!("/programs/{}/plans", brand.program)).await;
    let commissions = api.all("/commissions").await;
    let of = |row: &Value| {
        let own: Vec<&Value> = plans
            .iter()
            .filter(|plan| plan["scope"]["affiliateId"] == row["id"])
            .map(|plan| &plan["components"])
            .collect();
        let mut owed: Vec<Value> = commissions
            .iter()
            .filter(|one| one["affiliateId"] == row["id"])
            .map(|one| json!([one["amountCents"], one["status"]]))
            .collect();
        owed.sort_by_key(Value::to_string);
        json!({"email": row["email"], "segment": row["segment"], "status": row["status"], "plans": own, "owed": owed})
    };
    people.iter().map(of).collect()
}

async fn sell(world: &World, brand: &Brand, api: &Api, round: usize) {
    let mut sales = Vec::new();
    for row in api.all("/affiliates").await {
        if row["email"].as_str().unwrap().starts_with("person") {
            let slug = row["slug"].as_str().unwrap().to_owned();
            let id = format!("{slug}-{round}");
            sales.push(brand.sale(&id, 10_000).but(|report| {
                report.affiliate_slug = Some(slug);
                report.customer_id = Some(id.clone());
            }));
        }
    }
    if !sales.is_empty() {
        world.intake().accept(&sales).await;
    }
}

#[tokio::test]
async fn twice_is_once() {
    let world = World::shared().await;
    let (once, often) = (world.api(), world.other_api());
    // Both brands begin with the same plan.
    let mut brands = [world.acme.clone(), world.globex.clone()];
    for (brand, api) in brands.iter_mut().zip([&once, &often]) {
        let program = json!({"name": "Same", "components": [{"type": "percentage", "ratePercent": "20"}]});
        let made = api.post("/programs", &program).await.expect_status(201).json();
        brand.program = made["id"].as_str().unwrap().parse().unwrap();
    }
    let mut runner = TestRunner::deterministic();
    let calls = prop::collection::vec(call(), 40).new_tree(&mut runner).unwrap().current();
    for (number, call) in calls.iter().enumerate() {
        let (path, body) = requested(call, &brands[0].program.to_string());
        once.post(path, &body).await.expect_status(200);
        let (path, body) = requested(call, &brands[1].program.to_string());
        let answers = futures_util::future::join_all((0..3).map(|_| often.post(path, &body))).await;
        let again = often.post(path, &body).await;
        assert!(answers.iter().chain([&again]).all(|answer| answer.status == 200), "{call:?}: {}", again.text());
        if number % 8 == 7 {
            for (brand, api) in brands.iter().zip([&once, &often]) {
                sell(&world, brand, api, number).await;
            }
        }
    }
    let (left, right) = (state(&once, &brands[0]).await, state(&often, &brands[1]).await);
    assert_eq!(left, right, "{calls:?}");
    assert!(
        left.as_array().unwrap().iter().any(|row| row["owed"].as_array().is_some_and(|owed| !owed.is_empty())),
        "{left}"
    );
    let entries = async |api: &Api| {
        let mut actions = Vec::new();
        for action in ["affiliate.created", "affiliate.segment_set", "affiliate.rate_raised", "commission.released_all"]
        {
            actions.push(super::audited(api, action).await);
        }
        actions
    };
    assert_eq!(entries(&once).await, entries(&often).await);
    world.check().await;
    world.finish().await;
}
