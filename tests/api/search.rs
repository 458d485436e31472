//! Goal: the search finds records of each type by what people know of them, and nothing of another organization.
//! Method: one sale and its records; each is searched for by its name, its code or its id.
//! Routes: `/search`

use serde_json::Value;
use world::{World, brand::But, payout_run_fixture::partner, wait::now};

async fn found(world: &World, query: &str) -> Vec<Value> {
    let answer = world.api().get(&format!("/search?query={query}")).await.expect_status(200).json();
    answer["results"].as_array().unwrap().clone()
}

#[tokio::test]
async fn records_are_found_by_what_people_know_of_them() {
    let world = World::shared().await;
    let lena = partner(&world, "lena", "PayPal").await;
    let at = now().plus_days(-1);
    let sale = world.acme.sale("order-1", 10_000).but(|report| {
        report.customer_id = Some("buyer-7".to_owned());
        report.occurred_at = Some(at);
        report.click_token = Some(world.acme.token(&lena, at.plus_days(-1)));
    });
    world.intake().accept(&[sale]).await;
    let (conversion, commissions) = world.api().booked("order-1").await.expect("a conversion");
    let (affiliate, commission) = (lena.affiliate.to_string(), commissions[0]["id"].as_str().unwrap());
    let customer = world.api().all("/customers?customerId=buyer-7").await[0]["id"].clone();

    for (query, kind, id) in [
        ("LENA", "Affiliate", affiliate.as_str()),
        (&affiliate, "Affiliate", &affiliate),
        (&lena.link.to_string(), "Link", &lena.link.to_string()),
        (&world.acme.program.to_string(), "Program", &world.acme.program.to_string()),
        ("buyer-", "Customer", customer.as_str().unwrap()),
        ("order-", "Conversion", conversion["id"].as_str().unwrap()),
        (commission, "Commission", commission),
    ] {
        let results = found(&world, query).await;
        let one = results.iter().find(|one| one["type"] == kind).unwrap_or_else(|| panic!("{query}: {results:?}"));
        assert_eq!(one["id"], id, "{query}");
        let page = one["url"].as_str().unwrap();
        assert!(page.starts_with(&format!("{}/dashboard/", world.ledger.base())), "{page}");
        assert!(page.ends_with(&format!("?organization={}", world.acme.organization)), "{page}");
    }
    let foreign = [world.globex.partner.affiliate.to_string(), world.globex.program.to_string()];
    for query in foreign.iter().map(String::as_str).chain(["nobody-at-all"]) {
        assert_eq!(found(&world, query).await, Vec::<Value>::new(), "{query}");
    }
    for (query, field) in [("query=a", "query"), ("query=%20%20%20", "query"), ("", "query"), ("query=ab&q=1", "q")] {
        let refused = world.api().get(&format!("/search?{query}")).await.expect_status(400).json();
        assert_eq!(refused["field"], field, "{query}");
    }
    world.finish().await;
}

#[tokio::test]
async fn customers_are_found_by_any_spelling_of_their_address() {
    let world = World::shared().await;
    let sale = |id: &str, customer: &str, address: &str| {
        world.acme.sale(id, 10_000).but(|report| {
            report.customer_id = Some(customer.to_owned());
            report.customer_email = Some(address.to_owned());
        })
    };
    let sales = [sale("order-1", "user-1", "Ann.Bee+shop@gmail.com"), sale("order-2", "user-2", "annbee@brand.test")];
    world.intake().accept(&sales).await;
    let (order, _) = world.api().booked("order-1").await.unwrap();
    let customer = world.api().all("/customers?customerId=user-1").await[0]["id"].clone();
    for query in
        ["Ann.Bee%2Bshop%40gmail.com", "ann.bee%2Bshop%40gm", "a.n.n.bee%40googlemail.com", "ann.b", "ann.bee%2Bsh"]
    {
        let results = found(&world, query).await;
        let ids = |kind: &str| -> Vec<Value> {
            results.iter().filter(|one| one["type"] == kind).map(|one| one["id"].clone()).collect()
        };
        assert_eq!(ids("Customer"), std::slice::from_ref(&customer), "{query}: {results:?}");
        // What they bought is found by an address alone, as any word may be the beginning of one.
        let bought = if query.contains("%40") { vec![order["id"].clone()] } else { Vec::new() };
        assert_eq!(ids("Conversion"), bought, "{query}: {results:?}");
    }
    assert_eq!(found(&world, "annbee").await.len(), 2);
    for query in ["ann.x", "ann-b", "ann.bee%2Bother%40gm"] {
        assert_eq!(found(&world, query).await, Vec::<Value>::new(), "{query}");
    }
    world.finish().await;
}
