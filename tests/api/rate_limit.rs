//! Goal: a key that sends too many requests learns how long to wait without affecting other keys; callers without a key
//! are limited by where they come from.
//! Method: a ledger with a limit of 30 a minute, and callers that exceed it.

use world::{
    Plan,
    client::api::Api,
    database::run,
    http::{Request, Response},
    oauth_fixture::App,
    organization_fixture::owner,
};

/// Asks until it is refused, for which a slow machine needs more requests: one comes back every few seconds. All answers.
async fn until_refused<F: Future<Output = Response>>(ask: impl Fn(u32) -> F) -> Vec<Response> {
    let mut answers = Vec::new();
    for number in 0..300 {
        let answer = ask(number).await;
        let is_refused = answer.status == 429;
        answers.push(answer);
        if is_refused {
            return answers;
        }
    }
    panic!("it is never refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_key_has_its_own() {
    let world = Plan::default().ledger_setting("REKOMI_RATE_LIMIT_PER_MINUTE", "30").start().await;
    let number =
        |answer: &world::http::Response, name: &str| answer.header(name).and_then(|text| text.parse::<u32>().ok());
    let first = world.api().get("/programs").await.expect_status(200);
    assert_eq!((number(&first, "RateLimit-Limit"), number(&first, "RateLimit-Remaining")), (Some(30), Some(29)));
    assert_eq!(first.header("RateLimit-Policy"), Some("\"default\";q=30;w=60"));
    let api = world.api();
    let refused = until_refused(|_| api.get("/programs")).await.pop().unwrap();
    assert_eq!(refused.refusal(), (429, "rate_limited".to_owned()));
    let wait = number(&refused, "Retry-After").expect("how long");
    assert!((1..=2).contains(&wait), "{wait}");
    assert_eq!(number(&refused, "RateLimit-Remaining"), Some(0));
    // Another organization's key is another bucket.
    world.other_api().get("/programs").await.expect_status(200);
    tokio::time::sleep(std::time::Duration::from_millis(u64::from(wait) * 1_000 + 100)).await;
    world.api().get("/programs").await.expect_status(200);

    // Guessing keys from one network ends soon and blocks no customer there.
    let base = world.ledger.base();
    let guess = |number: u32| {
        let api = Api::new(base.clone(), &format!("rk_live_{number:0>43}"));
        async move { api.get("/programs").await }
    };
    assert_eq!(until_refused(guess).await[0].status, 401);
    let request = Request::get("/api/v1/programs");
    let bare = until_refused(|_| async { request.send(&base).await.unwrap() }).await.pop().unwrap();
    assert_eq!(bare.refusal(), (429, "rate_limited".to_owned()));
    world.other_api().get("/programs").await.expect_status(200);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_unknown_keys_reaches_no_database() {
    // One request is allowed again after fifteen seconds.
    let world = Plan::default().ledger_setting("REKOMI_RATE_LIMIT_PER_MINUTE", "4").start().await;
    let guess = async |bearer: String| Api::new(world.ledger.base(), &bearer).get("/programs").await.status;
    world.api().get("/programs").await.expect_status(200);
    // While the table of keys is locked, every lookup of a key waits, and ends with 503.
    let mut lock = world.database.connect().await;
    run(&mut lock, "begin; lock table api_keys in access exclusive mode").await;
    for bearer in ["rk_live_short".to_owned(), format!("rk_live_{:.>43}", 1), format!("rk_live_{:0>44}", 1)] {
        assert_eq!(guess(bearer.clone()).await, 401, "{bearer}: a wrong shape is refused without a look-up");
    }
    run(&mut lock, "rollback").await;
    let base = world.ledger.base();
    until_refused(|number| {
        let api = Api::new(base.clone(), &format!("rk_live_{number:0>43}"));
        async move { api.get("/programs").await }
    })
    .await;
    run(&mut lock, "begin; lock table api_keys in access exclusive mode").await;
    for number in 1_000..1_010 {
        assert_eq!(guess(format!("rk_live_{number:0>43}")).await, 429, "refused without a look-up");
    }
    run(&mut lock, "rollback").await;
    // A recently valid key passes from the same network.
    world.api().get("/programs").await.expect_status(200);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connected_app_works_whatever_else_comes_from_its_network() {
    // One request is allowed again after fifteen seconds.
    let world = Plan::default().ledger_setting("REKOMI_RATE_LIMIT_PER_MINUTE", "4").start().await;
    let app = App::registered(&world, "Claude").await;
    let mut person = owner(&world).await;
    let first = app.tokens(&mut person, &world.acme.organization.to_string(), "write").await;
    until_refused(|number| {
        let (app, token) = (&app, format!("rk_oat_{number:0>43}"));
        async move { app.userinfo(&token).await }
    })
    .await;
    let text = |tokens: &serde_json::Value, name: &str| tokens[name].as_str().unwrap().to_owned();
    app.userinfo(&text(&first, "access_token")).await.expect_status(200);
    assert!(!app.tools(&text(&first, "access_token")).await.is_empty());
    let next = app.refresh(&text(&first, "refresh_token")).await.expect_status(200).json();
    assert!(!app.tools(&text(&next, "access_token")).await.is_empty());
    app.post("/oauth/revoke", &[("token", &text(&next, "refresh_token"))]).await.expect_status(200);
    assert_eq!(world.database.count("select count(*) from oauth_grants where revoked_at is not null").await, 1);
    world.finish().await;
}
