//! Goal: without Cloudflare the same Worker gives the same guarantees: a click is redirected, a sale that was answered 202 is
//! booked once, whatever is killed in between, and what the ledger refuses is kept until it is replayed.
//! Method: plain workerd with the configuration for production, beside `rekomi edge-store`. The ledger goes away, the store is
//! killed with messages that were accepted and not delivered, one message uses up its retries, and the ledger refuses one.
//! `REKOMI_TEST_EDGE=workerd` runs every other suite on such an edge.

use serde_json::json;
use shared::{
    id::Organization,
    keys::{KeyRing, Purpose, encode_hex},
};
use world::{
    Plan, World,
    brand::fresh,
    client::browser::Browser,
    edge_fixture::{found, stranger},
    http::{Request, Response},
    settings,
    shared_app::backend,
    verify, wait,
};

const CLICKS: &str = "select count(*) from clicks where class = 'human'";
const SALES: &str = "select count(*) from commissions where amount = 1980";
const WAITING: &str = "select count(*) from edge_messages";
const DEAD: &str = "select count(*) from edge_values where store = 'DEAD'";

async fn arrive(world: &World, query: &str, count: i64) {
    wait::until(&format!("{count}: {query}"), 60, async || (world.database.count(query).await >= count).then_some(()))
        .await;
    assert_eq!(world.database.count(query).await, count, "{query}");
}

/// So many dead letters arrive, and are acknowledged: if the store is killed in between, they are delivered again.
async fn arrive_dead(world: &World, count: i64) {
    const MOVING: &str = "select count(*) from edge_messages where queue = 'rekomi-events-dead'";
    arrive(world, DEAD, count).await;
    wait::until("an acknowledgment", 60, async || (world.database.count(MOVING).await == 0).then_some(())).await;
}

async fn follow(world: &World) -> Browser {
    let mut browser = Browser::new(world.edge_base());
    let response = browser.get("/lauren").await.expect_status(302);
    assert!(response.header("location").unwrap().contains("via=lauren&rk=rkc_"));
    browser
}

async fn report(world: &World, id: &str) -> Response {
    let sale = json!({"externalEventId": id, "amountCents": 9_900, "affiliateSlug": "lauren"});
    backend(world).post(&sale).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_guarantees_without_cloudflare() {
    let mut world = Plan::default().self_hosted().start().await;
    both_doors_need_the_token(&mut world).await;
    values_are_kept_as_the_runtime_expects(&mut world).await;

    // The path: a click, its cookie, a sale with it, the commission.
    let token = follow(&world).await.cookie("_rkmi").unwrap().to_owned();
    let sale = json!({"externalEventId": "first", "amountCents": 9_900, "clickToken": token});
    backend(&world).post(&sale).await.expect_status(202);
    backend(&world).post(&sale).await.expect_status(202);
    arrive(&world, SALES, 1).await;
    arrive(&world, CLICKS, 1).await;

    world.ledger.kill();
    for number in 0..5 {
        report(&world, &format!("o-{number}")).await.expect_status(202);
        follow(&world).await;
    }
    report(&world, "worn").await.expect_status(202);
    world.database.run("update edge_messages set attempts = 100 where body like '%\"worn\"%'").await;
    // Moved to the other queue, and from there into the store, by the Worker.
    arrive_dead(&world, 1).await;

    // What was accepted is in the database alone now, and maybe on its way.
    assert!(world.database.count(WAITING).await >= 5);
    world.edge().kill_store();
    let refused = report(&world, "refused").await.expect_status(503);
    assert!(refused.header("retry-after").is_some(), "nothing keeps it, so nothing is acknowledged");
    follow(&world).await;
    world.edge().start_store().await;
    world.ledger.start().await;
    follow(&world).await;
    arrive(&world, SALES, 6).await;
    arrive(&world, CLICKS, 8).await;

    let organization = fresh::<Organization>();
    let stranger = stranger(&world, organization).await;
    stranger.post(&json!({"externalEventId": "orphan", "amountCents": 9_900})).await.expect_status(202);
    arrive_dead(&world, 2).await;
    let listed = verify::run(world.ledger.command("dead-letters")).await.text;
    for part in ["retries_exhausted", "unknown_organization", "dead letters: 2"] {
        assert!(listed.contains(part), "{part}: {listed}");
    }
    found(&world, organization).await;
    let mut replay = world.ledger.command("dead-letters");
    replay.arg("--replay");
    let replayed = verify::run(replay).await;
    assert!(replayed.text.contains("put back in the queue: 2"), "{}", replayed.text);
    arrive(&world, "select count(*) from conversions where external_id = 'orphan'", 1).await;
    arrive(&world, SALES, 7).await;
    wait::until("the queue to be empty", 30, async || (world.database.count(WAITING).await == 0).then_some(())).await;
    assert_eq!(world.database.count(DEAD).await, 0);
    assert_eq!(world.database.count("select count(*) from quarantine").await, 0);
    config_can_be_sent_again(&mut world).await;
    world.finish().await;
}

/// To a new edge, or to one that has lost it. What this one asks the ledger for until then is never in the place of what is
/// sent: where the network still says that nothing is there, it would replace it, and expire.
async fn config_can_be_sent_again(world: &mut World) {
    world.edge().kill();
    world.database.run("delete from edge_values where store = 'CONFIG'").await;
    world.edge().start().await;
    follow(world).await;
    arrive(world, CLICKS, 9).await;
    let expiring = "select count(*) from edge_values where store = 'CONFIG' and expires_at is not null";
    assert!(world.database.count(&format!("{expiring} and key like 'read:link:%'")).await > 0);
    assert_eq!(world.database.count(&format!("{expiring} and key not like 'read:%'")).await, 0);
    let pushed = verify::run(world.ledger.command("push-edge-config")).await;
    assert!(pushed.well, "{}", pushed.text);
    let missing = "select count(*) from edge_config e where record is not null
                   and not exists (select from edge_values v where v.store = 'CONFIG' and v.key = e.key)";
    wait::until("every record to arrive", 30, async || (world.database.count(missing).await == 0).then_some(())).await;
}

/// What both sides present, derived from the edge's keys.
fn bearer(purpose: Purpose) -> String {
    let keys = KeyRing::parse(settings::EDGE_KEYS, purpose).unwrap();
    format!("Bearer {}", encode_hex(keys.current().bytes()))
}

/// A request as the Worker's bindings send it.
fn of_binding(name: &str, method: &str, target: &str) -> Request {
    Request::new(method, target).header("Rekomi-Store", name).header("Authorization", &bearer(Purpose::EdgeStore))
}

/// Anyone who may send a message can report a sale.
async fn both_doors_need_the_token(world: &mut World) {
    let edge = world.edge();
    let message = Request::post("/message", "{}").header("Rekomi-Store", "EVENTS").header("X-Msg-Fmt", "text");
    let batch = Request::post("/", r#"{"queue":"rekomi-events","messages":[]}"#);
    for (base, request) in [(edge.store_base(), message), (edge.delivery_base(), batch)] {
        assert_eq!(request.send(&base).await.unwrap().status, 401, "{base}: no token");
        for other in
            [bearer(Purpose::Internal), "Bearer ".to_owned(), bearer(Purpose::EdgeStore).replace("Bearer ", "")]
        {
            let wrong = request.clone().header("Authorization", &other);
            assert_eq!(wrong.send(&base).await.unwrap().status, 401, "{base}");
        }
        let right = request.header("Authorization", &bearer(Purpose::EdgeStore));
        let answer = right.send(&base).await.unwrap().expect_status(200);
        if base == edge.store_base() {
            // What was known before: no message waits until all that are there are counted.
            assert_eq!(answer.json()["metadata"]["metrics"], json!({"backlogCount": 0, "backlogBytes": 0}));
        }
    }
    // That message can't be read as one: the Worker keeps it, and says why.
    arrive(world, "select count(*) from edge_values where metadata::json->>'reason' = 'unreadable_message'", 1).await;
    wait::until("the queue to be empty", 30, async || (world.database.count(WAITING).await == 0).then_some(())).await;
    world.database.run("delete from edge_values where store = 'DEAD'").await;
}

async fn values_are_kept_as_the_runtime_expects(world: &mut World) {
    let base = world.edge().store_base();
    let put = async |target: &str, body: &str| {
        let request = Request { body: body.into(), ..of_binding("DEAD", "PUT", target) };
        request.header("CF-KV-Metadata", r#"{"n":"ü"}"#).send(&base).await.unwrap().status
    };
    let get = async |target: &str| of_binding("DEAD", "GET", target).send(&base).await.unwrap();
    assert_eq!(put("/t%3Aa%2F1?urlencoded=true&expiration_ttl=3600", "one").await, 200);
    assert_eq!(put("/t%3Aa%2F2?urlencoded=true", "two").await, 200);
    assert_eq!(put("/t%3Aold?urlencoded=true&expiration=1", "gone").await, 200);
    assert_eq!(put("/t%3Aa%2F2?urlencoded=true", "2").await, 200, "written over");
    let found = get("/t%3Aa%2F2?urlencoded=true&cache_ttl=30").await.expect_status(200);
    assert_eq!((found.text().as_str(), found.header("cf-kv-metadata")), ("2", Some(r#"{"n":"ü"}"#)));
    get("/t%3Aold?urlencoded=true").await.expect_status(404);
    let elsewhere = of_binding("CONFIG", "GET", "/t%3Aa%2F2?urlencoded=true").send(&base).await.unwrap();
    assert_eq!(elsewhere.status, 404, "another store");

    let first = get("/?prefix=t%3A&key_count_limit=1").await.json();
    assert_eq!((&first["keys"][0]["name"], &first["list_complete"]), (&json!("t:a/1"), &json!(false)));
    assert!(first["keys"][0]["expiration"].as_i64().unwrap() > wait::now().seconds());
    let rest = get(&format!("/?prefix=t%3A&cursor={}", first["cursor"].as_str().unwrap())).await.json();
    assert_eq!(rest, json!({"keys": [{"name": "t:a/2", "metadata": {"n": "ü"}}], "list_complete": true}));
    let many = Request { body: br#"{"keys":["t:a/1","t:old"]}"#.into(), ..of_binding("DEAD", "POST", "/bulk/get") };
    assert_eq!(many.send(&base).await.unwrap().json(), json!({"t:a/1": "one", "t:old": null}));

    world.ledger.run_jobs().await;
    assert_eq!(world.database.count(DEAD).await, 2, "a job removes what has expired");
    for target in ["/t%3Aa%2F1?urlencoded=true", "/t%3Aa%2F2?urlencoded=true", "/t%3Aa%2F2?urlencoded=true"] {
        assert_eq!(of_binding("DEAD", "DELETE", target).send(&base).await.unwrap().status, 200);
    }
    assert_eq!(world.database.count(DEAD).await, 0);
    let large = Request { body: vec![b'x'; 1_100_000], ..of_binding("DEAD", "PUT", "/t") };
    assert_eq!(large.send(&base).await.unwrap().status, 413);
    let foreign = of_binding("EVENTS", "POST", "/message").header("X-Msg-Fmt", "v8");
    assert_eq!(foreign.send(&base).await.unwrap().status, 415);
    let metrics = of_binding("EVENTS", "GET", "/metrics").send(&base).await.unwrap().expect_status(200).json();
    assert_eq!(metrics, json!({"backlogCount": 0, "backlogBytes": 0}));
}
