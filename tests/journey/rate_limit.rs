//! Goal: a key that asks too often is told how long to wait, and nobody else notices; whoever has no key is limited too, by where
//! they come from.
//! Method: a ledger with a limit of 30 a minute, and callers that go over it.

use world::{Plan, client::api::Api, http::Request};

#[tokio::test(flavor = "multi_thread")]
async fn each_key_has_its_own() {
    let world = Plan::default().ledger_setting("REKOMI_RATE_LIMIT_PER_MINUTE", "30").start().await;
    let number =
        |answer: &world::http::Response, name: &str| answer.header(name).and_then(|text| text.parse::<u32>().ok());
    let first = world.api().get("/programs").await.expect_status(200);
    assert_eq!((number(&first, "RateLimit-Limit"), number(&first, "RateLimit-Remaining")), (Some(30), Some(29)));
    assert_eq!(first.header("RateLimit-Policy"), Some("\"default\";q=30;w=60"));
    let mut refused = None;
    for _ in 0..40 {
        let answer = world.api().get("/programs").await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("30 a minute");
    assert_eq!(refused.refusal(), (429, "rate_limited".to_owned()));
    let wait = number(&refused, "Retry-After").expect("how long");
    assert!((1..=2).contains(&wait), "{wait}");
    assert_eq!(number(&refused, "RateLimit-Remaining"), Some(0));
    // Another organization's key is another bucket.
    world.other_api().get("/programs").await.expect_status(200);
    tokio::time::sleep(std::time::Duration::from_millis(u64::from(wait) * 1_000 + 100)).await;
    world.api().get("/programs").await.expect_status(200);

    // Guessing keys from one place ends soon, and stops no customer there.
    let guess = |number: u32| Api::new(world.ledger.base(), &format!("rk_live_{number}"));
    let mut answers = Vec::new();
    for number in 0..40 {
        answers.push(guess(number).get("/programs").await.status);
    }
    assert_eq!((answers.first(), answers.last()), (Some(&401), Some(&429)));
    let bare = Request::get("/api/v1/programs").send(&world.ledger.base()).await.unwrap();
    assert_eq!(bare.refusal(), (429, "rate_limited".to_owned()));
    world.other_api().get("/programs").await.expect_status(200);
    world.finish().await;
}
