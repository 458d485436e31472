//! Goal: a shared customer id moves no booked money by itself. Two customers that were reported for one sale are joined at
//! once where no one loses by it; else the join waits for a person, who sees the difference first; and a person can split
//! them again, book and all.
//! Method: sales as signed batches with moments of receipt of their own, a second system's reports of them under another
//! customer, decisions by API and on the dashboard; every order of arrival; `audit` and `replay --verify` after each step.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::{event::Event, timestamp::Timestamp};
use world::{
    World,
    brand::{But, Partner, fresh},
    client::{api::Api, dashboard::Marketer},
    wait::now,
};

const WHY: &str = "the shop's tablet, checked by phone";

struct Scene {
    world: World,
    early: Partner,
    late: Partner,
    start: Timestamp,
}

impl Scene {
    async fn new() -> Self {
        let world = World::start().await;
        let early = world.acme.join(&world.database, "early").await;
        let late = world.acme.join(&world.database, "late").await;
        Self { world, early, late, start: now().plus_days(-60) }
    }

    /// 100.00 on a day, received on that day.
    fn sale(&self, id: &str, customer: &str, by: Option<&Partner>, day: i64) -> Event {
        let at = self.start.plus_days(day);
        let sale = self.world.acme.sale(id, 10_000).but(|reported| {
            reported.customer_id = Some(customer.to_owned());
            reported.affiliate_slug = by.map(|partner| partner.slug.clone());
            reported.occurred_at = Some(at);
        });
        Event { received_at: at, ..sale }
    }

    /// What another system reports of a sale, so many hours after the first report.
    fn again(&self, sale: &Event, customer: &str, hours: i64) -> Event {
        let received_at = sale.received_at.plus_millis(hours * 3_600_000);
        Event { id: fresh(), received_at, ..sale.clone() }.but(|reported| {
            reported.customer_id = Some(customer.to_owned());
            reported.affiliate_slug = None;
        })
    }

    /// What each affiliate has.
    async fn book(&self) -> BTreeMap<String, i64> {
        let mut sums = BTreeMap::new();
        for row in self.world.api().all("/commissions").await {
            let partner =
                [&self.early, &self.late].into_iter().find(|one| row["affiliateId"] == one.affiliate.to_string());
            *sums.entry(partner.unwrap().slug.clone()).or_default() += row["amountCents"].as_i64().unwrap();
        }
        sums.retain(|_, sum| *sum != 0);
        sums
    }

    async fn credited(&self, id: &str) -> String {
        let (conversion, _) = self.world.api().booked(id).await.expect("a conversion");
        let partner =
            [&self.early, &self.late].into_iter().find(|one| conversion["affiliateId"] == one.affiliate.to_string());
        partner.map_or_else(|| "no one".to_owned(), |one| one.slug.clone())
    }
}

fn sums(early: i64, late: i64) -> BTreeMap<String, i64> {
    [("early", early), ("late", late)]
        .into_iter()
        .filter(|row| row.1 != 0)
        .map(|row| (row.0.to_owned(), row.1))
        .collect()
}

async fn joins(api: &Api, query: &str) -> Vec<Value> {
    api.all(&format!("/customer-joins{query}")).await
}

fn named(join: &Value) -> Vec<&str> {
    let mut names: Vec<&str> =
        join["customers"].as_array().unwrap().iter().map(|one| one["customerId"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

/// Two customers, each with an affiliate of their own; then a backend names both of them `fixture`.
async fn shared_fixture(scene: &Scene) -> Vec<Event> {
    let mut events = vec![scene.sale("a1", "cus_1", Some(&scene.early), 0)];
    for number in 1..=9 {
        events.push(scene.sale(&format!("b{number}"), "cus_2", Some(&scene.late), number));
    }
    scene.world.intake().accept(&events).await;
    assert_eq!(scene.book().await, sums(2_000, 18_000));
    scene.world.intake().accept(&[scene.again(&events[0], "desk", 24 * 40)]).await;
    scene.world.intake().accept(&[scene.again(&events[1], "desk", 24 * 40)]).await;
    events
}

#[tokio::test]
async fn a_shared_id_moves_no_booked_money_until_a_person_says_so() {
    let scene = Scene::new().await;
    let (world, api) = (&scene.world, scene.world.api());
    let events = shared_fixture(&scene).await;
    assert_eq!(scene.book().await, sums(2_000, 18_000), "nothing moves");
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
    assert_eq!(scene.book().await, sums(2_000, 18_000), "a preview writes nothing");

    let answer =
        api.post(&format!("/customer-joins/{id}/join"), &json!({"reason": WHY})).await.expect_status(200).json();
    assert_eq!((answer["state"].as_str(), answer["reason"].as_str()), (Some("Joined"), Some(WHY)));
    assert_eq!(scene.book().await, sums(20_000, 0));
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
    assert_eq!(scene.book().await, sums(2_000, 18_000), "as if they had never been joined");
    world.check().await;

    // Later reports of the pair join no one again.
    let more = [scene.again(&events[2], "desk", 24 * 41), scene.sale("b10", "cus_2", None, 50)];
    world.intake().accept(&more).await;
    assert_eq!(joins(&api, "?state=Split").await.len(), 1);
    assert_eq!((scene.credited("b2").await, scene.credited("b10").await), ("late".to_owned(), "late".to_owned()));
    assert_eq!(scene.book().await, sums(2_000, 20_000));
    let actions: Vec<String> = api.all("/audit-log").await.iter().map(|row| row["action"].to_string()).collect();
    for action in ["customer.joined", "customer.split"] {
        assert_eq!(actions.iter().filter(|known| known.contains(action)).count(), 1, "{actions:?}");
    }
    scene.world.finish().await;
}

#[tokio::test]
async fn a_join_that_applied_by_itself_is_split_again_and_takes_back_what_was_paid() {
    let scene = Scene::new().await;
    let (world, api) = (&scene.world, scene.world.api());
    shared_fixture(&scene).await;
    let joined = joins(&api, "?state=Joined").await.remove(0);
    let path = format!("/customer-joins/{}", joined["id"].as_str().unwrap());
    // What `fixture` buys later follows the customer that it is joined with.
    world.intake().accept(&[scene.sale("d1", "desk", None, 45)]).await;
    assert_eq!(scene.book().await, sums(4_000, 18_000));
    let affiliate = scene.early.affiliate.to_string();
    api.post(&format!("/affiliates/{affiliate}/release"), &json!({"reason": WHY})).await.expect_status(200);
    let pay = json!({"affiliateId": affiliate, "currency": "USD", "expectedCents": 4_000});
    api.post("/payouts", &pay).await.expect_status(201);
    let preview = api.get(&path).await.expect_status(200).json()["preview"].clone();
    let difference = preview["commissions"][0]["differenceCents"].as_i64();
    assert_eq!((preview["decision"].as_str(), difference), (Some("Split"), Some(-2_000)));
    api.post(&format!("{path}/split"), &json!({"reason": WHY})).await.expect_status(200);
    assert_eq!((scene.credited("a1").await, scene.credited("d1").await), ("early".to_owned(), "no one".to_owned()));
    assert_eq!(scene.book().await, sums(2_000, 18_000));
    let commission = api.booked("d1").await.unwrap().1.remove(0);
    assert_eq!((commission["amountCents"].as_i64(), commission["paidCents"].as_i64()), (Some(0), Some(2_000)));
    let receipt = format!("/commissions/{}/explain", commission["id"].as_str().unwrap());
    let receipt = api.get(&receipt).await.expect_status(200).json();
    let last = receipt["transfers"].as_array().unwrap().last().unwrap().to_string();
    assert!(last.contains("Split") && last.contains(WHY), "{last}");
    let customer = api.get("/customers/cus_1").await.expect_status(200).json();
    assert_eq!(customer["otherCustomerIds"], json!([]));
    scene.world.finish().await;
}

#[tokio::test]
async fn two_systems_that_report_one_new_purchase_are_joined_at_once_whichever_comes_first() {
    let scene = Scene::new().await;
    let world = &scene.world;
    for (tag, swapped, backwards) in [("p", false, false), ("q", true, false), ("r", false, true), ("s", true, true)] {
        let (gateway, user) = (format!("cus_{tag}"), format!("user_{tag}"));
        let known = scene.sale(&format!("known-{tag}"), &user, Some(&scene.early), 0);
        // By a link of late's, and the buyer is early's already.
        let (first, second) = if swapped { (&user, &gateway) } else { (&gateway, &user) };
        let new = scene.sale(&format!("new-{tag}"), first, Some(&scene.late), 10);
        let mut events = vec![known, new.clone(), scene.again(&new, second, 23)];
        if backwards {
            events.reverse();
        }
        for event in events {
            world.intake().accept(&[event]).await;
        }
        assert_eq!(scene.credited(&format!("new-{tag}")).await, "early", "{tag}");
    }
    assert_eq!(joins(&world.api(), "?state=Joined").await.len(), 4);
    assert!(joins(&world.api(), "?state=Waiting").await.is_empty());
    scene.world.finish().await;
}

#[tokio::test]
async fn a_report_of_an_old_purchase_waits_whatever_the_order_of_arrival() {
    let scene = Scene::new().await;
    let (world, api) = (&scene.world, scene.world.api());
    let orders = [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2], [3, 0, 1, 2], [2, 3, 1, 0]];
    for (round, order) in orders.into_iter().enumerate() {
        let (one, other) = (format!("one-{round}"), format!("other-{round}"));
        let old = scene.sale(&format!("old-{round}"), &one, Some(&scene.late), 5);
        let events = [
            scene.sale(&format!("bound-{round}"), &other, Some(&scene.early), 0),
            old.clone(),
            scene.again(&old, &other, 25),
            scene.sale(&format!("later-{round}"), &one, None, 20),
        ];
        for place in order {
            world.intake().accept(std::slice::from_ref(&events[place])).await;
        }
        let credits = [
            scene.credited(&format!("bound-{round}")).await,
            scene.credited(&format!("old-{round}")).await,
            scene.credited(&format!("later-{round}")).await,
        ];
        assert_eq!(credits, ["early", "late", "late"], "{order:?}");
        let waiting = joins(&api, &format!("?state=Waiting&customerId={one}")).await;
        assert_eq!(waiting.iter().map(named).collect::<Vec<_>>(), [[one.as_str(), other.as_str()]], "{order:?}");
    }
    scene.world.finish().await;
}

#[tokio::test]
async fn a_join_that_lowers_an_amount_waits() {
    let scene = Scene::new().await;
    let (world, api) = (&scene.world, scene.world.api());
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
    let first = scene.sale("first", "cus_1", Some(&scene.early), 0);
    let events =
        [first.clone(), scene.sale("second", "cus_2", Some(&scene.early), 5), scene.again(&first, "cus_2", 24 * 9)];
    world.intake().accept(&events).await;
    let booked = scene.book().await;
    assert_eq!(booked, sums(3_000, 0), "two first sales");
    let waiting = joins(&api, "?state=Waiting").await;
    assert_eq!((waiting.len(), waiting[0]["cause"].as_str()), (1, Some("Amount")));
    scene.world.finish().await;
}

#[tokio::test]
async fn an_id_with_many_addresses_joins_no_one() {
    let scene = Scene::new().await;
    let (world, api) = (&scene.world, scene.world.api());
    for number in 1..=5 {
        let email = format!("buyer{number}@people.test");
        let sale = scene.sale(&format!("order-{number}"), &format!("cus_{number}"), Some(&scene.early), number);
        let sale = sale.but(|reported| reported.customer_email = Some(email.clone()));
        world.intake().accept(&[sale.clone(), scene.again(&sale, "till", 1)]).await;
    }
    let waiting = joins(&api, "?state=Waiting").await;
    let names: Vec<Vec<&str>> = waiting.iter().map(named).collect();
    assert_eq!(names, [["cus_5", "till"], ["cus_4", "till"]], "the fourth address says that it is no one person");
    assert!(waiting.iter().all(|join| join["cause"] == "Addresses"), "{waiting:?}");
    let id = waiting[0]["id"].as_str().unwrap();
    api.post(&format!("/customer-joins/{id}/join"), &json!({"reason": WHY})).await.expect_status(200);
    assert_eq!(joins(&api, "?state=Waiting").await.len(), 1, "a person may say otherwise");
    scene.world.finish().await;
}

#[tokio::test]
async fn joins_are_the_organizations_own_and_decided_once() {
    let scene = Scene::new().await;
    let (world, api) = (&scene.world, scene.world.api());
    shared_fixture(&scene).await;
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
    assert_eq!(scene.book().await, sums(2_000, 18_000));
    scene.world.finish().await;
}

#[tokio::test]
async fn people_decide_on_the_dashboard() {
    let scene = Scene::new().await;
    let (world, api) = (&scene.world, scene.world.api());
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
    shared_fixture(&scene).await;
    let overview = marketer.browser.get("/dashboard").await.text();
    assert!(overview.contains("1 pair of customers that may be the same"), "{overview}");
    let queue = marketer.browser.get("/dashboard/review").await.expect_status(200).text();
    for text in
        ["Same customer?", "cus_2", "desk", "Different customers", "$180.00", "9 conversions credited differently"]
    {
        assert!(queue.contains(text), "{text}: {queue}");
    }
    let organization = world.acme.organization.to_string();
    let id = joins(&api, "?state=Waiting").await[0]["id"].as_str().unwrap().to_owned();
    let form = |decision, reason| [("organization", organization.as_str()), ("decision", decision), ("reason", reason)];
    let target = format!("/dashboard/joins/{id}");
    let refused = marketer.submit(&target, &form("Join", " ")).await.expect_status(400).text();
    assert!(refused.contains("Say why") && refused.contains("aria-invalid"), "{refused}");
    marketer.submit(&target, &form("Join", WHY)).await.expect_status(303);
    assert_eq!(scene.book().await, sums(20_000, 0));

    let customer = api.get("/customers/cus_2").await.expect_status(200).json();
    let page = marketer.browser.get(&format!("/dashboard/customers/{}", customer["id"].as_str().unwrap())).await;
    let page = page.expect_status(200).text();
    assert_eq!(page.matches("<button type=\"submit\">Split off</button>").count(), 3, "{page}");
    let own = world.database.texts("select id::text from customers where external_id = 'cus_2'").await.concat();
    let own = own[0].clone();
    let target = page.split("/dashboard/customers/").filter_map(|rest| rest.split('"').next());
    let targets: Vec<&str> = target.filter(|target| target.ends_with("/split")).collect();
    let mut off = None;
    for target in targets {
        let id: shared::id::CustomerId = target.trim_end_matches("/split").parse().unwrap();
        if id.uuid().to_string() == own {
            off = Some(format!("/dashboard/customers/{target}"));
        }
    }
    let form = [("organization", organization.as_str()), ("reason", WHY)];
    marketer.submit(&off.unwrap(), &form).await.expect_status(303);
    assert_eq!(scene.book().await, sums(2_000, 18_000));
    let review = marketer.browser.get("/dashboard/review").await.text();
    assert!(!review.contains("Same customer?"), "{review}");
    scene.world.finish().await;
}
