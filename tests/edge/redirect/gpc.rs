//! Goal: Global Privacy Control does what the program's mode says, and links of an erased affiliate lead on without a
//! trace.
//! Method: each mode through the real edge.

use serde_json::json;
use world::{
    Plan, World,
    http::{Request, Response},
    wait,
};

async fn set(world: &World, mode: &str) {
    let mut request =
        Request::post(&format!("/api/v1/programs/{}", world.acme.program), json!({ "gpcMode": mode }).to_string());
    request.method = "PATCH".to_owned();
    let changed = world.api().send(request).await.expect_status(200).json();
    assert_eq!(changed["gpcMode"], mode);
}

async fn follow(world: &World, gpc: bool) -> Response {
    let partner = &world.acme.partner;
    let mut request = Request::get(&format!("/{}/deep?utm_source=x", partner.slug))
        .header("Host", &partner.host)
        .header("CF-Connecting-IP", "203.0.113.7")
        .header("CF-IPCountry", "DE")
        .header("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36");
    if gpc {
        request = request.header("Sec-GPC", "1");
    }
    request.send(&world.edge_base()).await.unwrap().expect_status(302)
}

/// Whether the redirect carries a token, and sets the cookie.
fn trace(answer: &Response) -> (bool, bool) {
    let location = answer.header("location").unwrap_or_default();
    assert!(location.contains("/deep") && location.contains("utm_source=x"), "{location}");
    (location.contains("rk=rkc_"), answer.header("set-cookie").is_some())
}

async fn once(world: &World, mode: &str, expected: (bool, bool)) {
    set(world, mode).await;
    // An isolate keeps a record for a little while.
    wait::until(mode, 60, async || (trace(&follow(world, true).await) == expected).then_some(())).await;
    if mode != "untracked" {
        assert_eq!(trace(&follow(world, false).await), (true, true), "{mode}: others are as ever");
    }
}

#[tokio::test]
async fn each_mode_does_what_it_says() {
    let world = Plan::default().edge().start().await;
    assert_eq!(trace(&follow(&world, true).await), (true, false), "without a word from the program: no cookie");
    once(&world, "ignore", (true, true)).await;
    once(&world, "no_tracking", (false, false)).await;
    once(&world, "no_cookie", (true, false)).await;
    let affiliate = format!("/affiliates/{}/erase", world.acme.partner.affiliate);
    world.api().post(&affiliate, &json!({"reason": "asked"})).await.expect_status(200);
    wait::until("nobody is tracked", 60, async || {
        (trace(&follow(&world, false).await) == (false, false)).then_some(())
    })
    .await;
    wait::until("the clicks are there", 30, async || {
        let private = "select count(*) from clicks where country is null";
        (world.database.count(private).await > 0).then_some(())
    })
    .await;
    // No one can tell who they were; with and without privacy control they count as one visitor a day.
    assert_eq!(world.database.count("select count(*) from clicks where visitor is null").await, 0);
    let most = "select max(visitors) from (select count(distinct visitor) as visitors from clicks
                group by affiliate_id, clicked_at::date) v";
    assert_eq!(world.database.count(most).await, 1);
    world.finish().await;
}
