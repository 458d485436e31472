//! Goal: no network can use up the edge: what is too much gets 429 with `Retry-After`, others and known names go on, made-up
//! names don't reach the ledger, and who follows a link is always redirected, at most not counted.
//! Method: floods from made-up networks at the real edge, with its Rate Limiting bindings and without them.

use futures_util::{StreamExt, stream};
use serde_json::json;
use shared::config::READ_PATH;
use world::{
    Plan, World,
    client::{browser::USER_AGENT, s2s},
    http::{Request, Response},
    shared_app::{backend, name},
    wait,
};

/// As wrangler.toml says.
const STRANGERS: usize = 300;
/// For so many unknown names of a network an isolate asks the ledger within a minute.
const ASKS: usize = 100;
const AT_ONCE: usize = 16;

/// The same request so many times; the answers.
async fn flood(world: &World, address: &str, times: usize, request: impl Fn(usize) -> Request) -> Vec<Response> {
    let base = world.edge_base();
    let send = |number| {
        let request = request(number).header("CF-Connecting-IP", address);
        let base = base.clone();
        async move { request.send(&base).await.unwrap() }
    };
    stream::iter((0..times).map(send)).buffer_unordered(AT_ONCE).collect().await
}

async fn one(world: &World, address: &str, request: Request) -> Response {
    request.header("CF-Connecting-IP", address).send(&world.edge_base()).await.unwrap()
}

fn count(answers: &[Response], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

/// What a limited answer must say.
fn is_limit(answer: &Response) {
    assert_eq!(answer.status, 429, "{}", answer.text());
    assert_eq!(answer.header("retry-after"), Some("60"));
    assert_eq!(answer.refusal(), (429, "rate_limited".to_owned()));
}

fn unknown_key(_: usize) -> Request {
    let body = r#"{"externalEventId":"x","amountCents":1}"#;
    Request::post(s2s::PATH, body).header("Authorization", &format!("Bearer {}", name("rk_live_")))
}

fn unknown_public_key(_: usize) -> Request {
    Request::post("/api/tracking/pixel", json!({"public_key": name("pk_"), "external_event_id": "x"}).to_string())
}

fn unknown_connection(_: usize) -> Request {
    let id = world::brand::fresh::<shared::id::GatewayConnection>();
    Request::post(&format!("/hooks/stripe/{id}"), "{}")
}

fn unknown_program(_: usize) -> Request {
    let id = world::brand::fresh::<shared::id::Program>();
    Request::post("/api/v1/track/click", json!({"programId": id, "via": "lauren"}).to_string())
}

/// From where, what the nth request asks for, and how it is refused within the limits.
type Flood = (&'static str, fn(usize) -> Request, u16);

/// Sends more than the limit of two minutes, and on until the limit answers: a slow machine may need minutes for that, and
/// each begins with a new count.
async fn flood_until_limited(world: &World, address: &str, request: fn(usize) -> Request) -> Vec<Response> {
    let mut answers = Vec::new();
    while answers.len() <= 2 * STRANGERS || count(&answers, 429) == 0 {
        assert!(answers.len() < 10 * STRANGERS, "{address}: never limited");
        answers.extend(flood(world, address, STRANGERS / 3, request).await);
    }
    answers
}

/// Unknown names are refused as ever, up to the limit of each minute in which they are sent.
async fn strangers_are_limited(world: &World) {
    let floods: [Flood; 4] = [
        ("198.18.1.7", unknown_key, 401),
        ("198.18.2.7", unknown_public_key, 401),
        ("2001:db8:3::7", unknown_connection, 404),
        ("198.18.4.7", unknown_program, 404),
    ];
    for (address, request, usual) in floods {
        let since = wait::now().millis();
        let answers = flood_until_limited(world, address, request).await;
        // The first and the last one may be parts of minutes.
        let minutes = usize::try_from((wait::now().millis() - since) / 60_000).unwrap() + 2;
        let (refused, limited) = (count(&answers, usual), count(&answers, 429));
        // What can't be looked up just now may exist: it is asked to come again.
        let busy = count(&answers, 503);
        assert!(refused >= ASKS, "{address}: {refused} of {usual}, {limited} limited");
        assert!(refused + busy <= minutes * STRANGERS, "{address}: {refused} and {busy} in {minutes} minutes");
        assert_eq!(refused + busy + limited, answers.len(), "{address}: nothing else");
        is_limit(answers.iter().find(|answer| answer.status == 429).unwrap());
        assert_eq!(one(world, "198.19.1.1", request(0)).await.status, usual, "another network");
    }
    // A valid key still works from a network that tried many.
    let order = name("order");
    let sale = json!({"externalEventId": order, "amountCents": 100, "affiliateSlug": "lauren"}).to_string();
    wait::until("the key to be pushed to the edge", 30, async || {
        let answer = one(world, "198.18.1.7", backend(world).signed(&sale, wait::now())).await;
        (answer.status == 202).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_names_are_limited_and_known_ones_are_not() {
    let world = Plan::default().edge().start().await;
    strangers_are_limited(&world).await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_isolate_limits_alone_where_no_limiter_is_bound() {
    let world = Plan::default().without_limiters().start().await;
    strangers_are_limited(&world).await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_that_pages_use_has_a_limit_and_a_network_no_others() {
    const LIMIT: u32 = 40;
    let world = Plan::default().pages_limit(LIMIT).start().await;
    let loader = |_| Request::get("/api/v1/r/loader.js");
    let key = world.acme.public_key.clone();
    let pixel = |number: usize| {
        let body = json!({"public_key": key, "external_event_id": format!("p{number}"), "amount_cents": 1});
        Request::post("/api/tracking/pixel", body.to_string()).header("Origin", "https://acme.test")
    };
    let image = |_| Request::get("/api/tracking/pixel.gif?external_event_id=x&amount_cents=1");
    let program = world.acme.program;
    let track = |_| Request::post("/api/v1/track/click", json!({"programId": program, "via": "lauren"}).to_string());
    let floods: [(&str, &dyn Fn(usize) -> Request); 4] =
        [("198.18.1.7", &loader), ("198.18.2.7", &pixel), ("198.18.3.7", &image), ("198.18.4.7", &track)];
    for (address, request) in floods {
        // The limiter counts by the clock's minutes: all of this belongs to one.
        let early = async || (wait::now().millis() % 60_000 < 40_000).then_some(());
        wait::until("a minute that isn't nearly over", 60, early).await;
        let answers = flood(&world, address, 3 * LIMIT as usize, request).await;
        let limited = count(&answers, 429);
        assert!((LIMIT as usize..=2 * LIMIT as usize).contains(&(answers.len() - limited)), "{address}: {limited}");
        let answer = answers.iter().find(|answer| answer.status == 429).unwrap();
        assert_eq!(answer.header("retry-after"), Some("60"), "{address}");
        if answer.header("content-type") == Some("image/gif") {
            assert_eq!(answer.header("rekomi-error"), Some("rate_limited"));
        } else {
            is_limit(answer);
        }
        let neighbor = address.replace(".7", ".8");
        assert_eq!(one(&world, &neighbor, request(0)).await.status, 429, "another address of the network");
        assert_ne!(one(&world, "198.19.1.1", request(0)).await.status, 429, "another network");
    }
    // The page may read why.
    let refused = one(&world, "198.18.2.7", pixel(0)).await;
    assert_eq!(refused.header("access-control-allow-origin"), Some("https://acme.test"));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn made_up_slugs_hardly_reach_the_ledger_and_leave_nothing_behind() {
    let world = Plan::default().edge().ledger_proxy().start().await;
    let requested = || world.ledger_proxy.as_ref().unwrap().requests(READ_PATH).len();
    one(&world, "198.19.1.1", Request::get("/lauren").header("User-Agent", USER_AGENT)).await.expect_status(302);
    let before = requested();
    let slug = |number| Request::get(&format!("/made-up-{number}")).header("User-Agent", USER_AGENT);
    let answers = flood(&world, "198.18.1.7", 1_000, slug).await;
    assert!(answers.iter().all(|answer| matches!(answer.status, 302 | 404)), "never an error");
    let more = requested() - before;
    assert!((1..=2 * (ASKS + AT_ONCE)).contains(&more), "the ledger was asked {more} times");
    // A link that the edge doesn't know yet is found for others while the flood goes on, and for its network where it is pushed.
    let answer = one(&world, "198.18.1.7", Request::get("/lauren").header("User-Agent", USER_AGENT)).await;
    assert!(answer.expect_status(302).header("location").unwrap().contains("rk=rkc_"));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_follows_a_link_is_always_redirected_and_too_many_are_not_counted() {
    const CLICKS: usize = 7_000;
    let world = Plan::default().edge().start().await;
    let follow = |_| Request::get("/lauren").header("User-Agent", USER_AGENT);
    let (mut clicks, mut uncounted) = (0, 0);
    // The limit holds for a minute, and a loaded machine may take longer for one flood.
    while uncounted == 0 && clicks < 5 * CLICKS {
        let answers = flood(&world, "203.0.113.7", CLICKS, follow).await;
        assert!(answers.iter().all(|answer| answer.status == 302
            && answer.header("location").is_some_and(|location| location.contains("rk=rkc_"))));
        clicks += CLICKS;
        let health = Request::get("/healthz").send(&world.edge_base()).await.unwrap().json();
        uncounted = usize::try_from(health["uncounted"].as_u64().unwrap()).unwrap();
    }
    assert!(uncounted > 0, "all of {clicks} clicks are counted");
    let expected = i64::try_from(clicks - uncounted).unwrap();
    let arrived = "select count(*) from clicks";
    wait::until("what counts to arrive", 60, async || (world.database.count(arrived).await >= expected).then_some(()))
        .await;
    assert_eq!(world.database.count(arrived).await, expected, "each click is counted, or said not to be");
    world.finish().await;
}
