//! Goal: a click of the script on the brand's page is the same touch as a redirect's.
//! Method: `track/click` from an allowed origin, whose token then earns; with a redirect's token, which isn't counted
//! twice; from other origins.

use serde_json::json;
use shared::config::via_key;
use world::{
    client::browser::{Browser, parameter},
    http::Request,
    shared_app::{backend, booked, name, shared_app},
    site_fixture::Site,
    wait,
};

const ORIGIN: &str = "https://acme.test";

#[tokio::test(flavor = "multi_thread")]
async fn its_click_earns() {
    let world = shared_app().await;
    let mut browser = Browser::new(world.edge_base());
    let body = json!({"programId": world.acme.program.to_string(), "via": "lauren", "url": "https://acme.test/pricing?x=1", "referrer": "https://blog.example/post"});
    let request = Request::post("/api/v1/track/click", body.to_string()).header("Origin", ORIGIN);
    let response = browser.send(request).await.expect_status(200);
    assert_eq!(response.header("access-control-allow-origin"), Some(ORIGIN));
    let report = response.json();
    assert_eq!(
        (report["affiliate"]["slug"].as_str(), report["campaign"]["slug"].as_str()),
        (Some("lauren"), Some("partners"))
    );
    let token = report["clickToken"].as_str().unwrap();
    let click: shared::id::ClickId = report["clickId"].as_str().unwrap().parse().unwrap();
    let stored = format!(
        "select count(*) from clicks where id = '{}' and source = 'script' and landing = '/pricing' and referrer_host = 'blog.example'",
        click.uuid()
    );
    wait::until("the click", 10, async || (world.database.count(&stored).await == 1).then_some(())).await;
    let order = name("scripted");
    backend(world)
        .post(&json!({"externalEventId": order, "amountCents": 9_900, "clickToken": token}))
        .await
        .expect_status(202);
    let (conversion, commissions) = booked(world, &order).await;
    assert_eq!(conversion["clickId"], report["clickId"]);
    assert_eq!(commissions[0]["amountCents"], 1_980);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_who_came_through_the_redirect_is_not_counted_twice() {
    let world = shared_app().await;
    let mut browser = Browser::new(world.edge_base());
    browser.get("/lauren").await.expect_status(302);
    let token = browser.cookie("_rkmi").unwrap().to_owned();
    let body = json!({"programId": world.acme.program.to_string(), "via": "lauren", "clickToken": token});
    let response = browser
        .send(Request::post("/api/v1/track/click", body.to_string()).header("Origin", ORIGIN))
        .await
        .expect_status(200);
    assert_eq!(response.json()["clickToken"].as_str(), Some(token.as_str()));
}

/// The page holds what the edge's cookie can't where that is another site's.
#[tokio::test(flavor = "multi_thread")]
async fn the_token_that_the_page_held_is_the_earlier_touch() {
    let world = shared_app().await;
    let program = world.acme.program.to_string();
    let click = async |more: serde_json::Value| {
        let mut body = json!({"programId": program, "via": "lauren"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let request = Request::post("/api/v1/track/click", body.to_string()).header("Origin", ORIGIN);
        Browser::new(world.edge_base()).send(request).await.expect_status(200).json()
    };
    let id = |report: &serde_json::Value| report["clickId"].as_str().unwrap().parse::<shared::id::ClickId>().unwrap();
    let first = click(json!({})).await;
    let second = click(json!({"previousToken": first["clickToken"]})).await;
    let forged = click(json!({"previousToken": "rkc_forged; _rkmi=x"})).await;
    for (report, previous) in [(&second, format!("= '{}'", id(&first).uuid())), (&forged, "is null".to_owned())] {
        assert_ne!(report["clickToken"], first["clickToken"], "the last click counts");
        let stored = format!("select count(*) from clicks where id = '{}' and previous {previous}", id(report).uuid());
        wait::until("the click", 10, async || (world.database.count(&stored).await == 1).then_some(())).await;
    }
}

/// The redirect's host can't know what the page holds, if it is another site's.
#[tokio::test(flavor = "multi_thread")]
async fn a_redirects_token_replaces_the_pages_only_if_the_last_click_counts() {
    let world = shared_app().await;
    let site = Site::new("two-hosts.localhost");
    for model in ["FirstTouch", "LastTouch"] {
        let program = site.program(world, &json!({"attributionModel": model})).await;
        let (early, late) = (program.promoter(world, "early").await, program.promoter(world, "late").await);
        let click = async |mut body: serde_json::Value| {
            body["programId"] = program.id.as_str().into();
            let request = Request::post("/api/v1/track/click", body.to_string()).header("Origin", &site.origin);
            let report = Browser::new(world.edge_base()).send(request).await.expect_status(200).json();
            report["clickToken"].as_str().unwrap().to_owned()
        };
        let first = click(json!({"via": early.slug})).await;
        let mut browser = Browser::new(world.edge_base());
        let redirect = browser.get(&format!("/{}", late.slug)).await.expect_status(302);
        let second = parameter(&redirect, "rk").unwrap();
        assert_ne!(first, second);
        let counts = click(json!({"via": late.slug, "clickToken": second, "previousToken": first})).await;
        assert_eq!(counts, if model == "FirstTouch" { first.as_str() } else { second.as_str() }, "{model}");
        // What the page holds can be the later one.
        let counts = click(json!({"via": early.slug, "clickToken": first, "previousToken": second})).await;
        assert_eq!(counts, first, "{model}");
    }
}

/// The code credits its own affiliate, and would take the sale from the first click.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_comes_only_with_its_own_links_token() {
    let world = shared_app().await;
    let site = Site::new("codes.localhost");
    for model in ["FirstTouch", "LastTouch"] {
        let program = site.program(world, &json!({"attributionModel": model})).await;
        let (early, late) = (program.promoter(world, "early").await, program.promoter(world, "late").await);
        let slug = name("code");
        let link = json!({"programId": program.id, "affiliateId": late.affiliate.to_string(), "slug": slug,
            "host": world.acme.partner.host, "destination": format!("{}/landing", site.origin)});
        world.api().post("/links", &link).await.expect_status(201);
        // As it changes when the gateway confirms a code.
        let key = via_key(program.id.parse().unwrap(), &slug);
        let offer = format!(
            "update edge_config set record = record || '{{\"coupon\": \"LATE10\"}}', version = version + 1,
                 next_attempt_at = now()
             where key = '{key}'"
        );
        world.database.run(&offer).await;
        let pushed = format!("select count(*) from edge_config where key = '{key}' and pushed_version = version");
        wait::until("the edge to know the code", 30, async || (world.database.count(&pushed).await == 1).then_some(()))
            .await;

        let click = async |via: &str, cookie: &str| {
            let body = json!({"programId": program.id, "via": via}).to_string();
            let request = Request::post("/api/v1/track/click", body).header("Origin", &site.origin);
            let response = request.header("Cookie", cookie).send(&world.edge_base()).await.unwrap();
            response.expect_status(200).json()
        };
        let first = click(&early.slug, "other=1").await;
        let alone = click(&slug, "other=1").await;
        assert_eq!(alone["affiliate"]["coupon"], "LATE10", "{model}: {alone}");
        let later = click(&slug, &format!("_rkmi={}", first["clickToken"].as_str().unwrap())).await;
        let is_first = model == "FirstTouch";
        assert_eq!(later["clickToken"] == first["clickToken"], is_first, "{model}: {later}");
        let offered = if is_first { json!(null) } else { json!("LATE10") };
        assert_eq!(later["affiliate"]["coupon"], offered, "{model}: {later}");
    }
}

/// Anyone can send any URL, and what Postgres can't store must not reach it.
#[tokio::test(flavor = "multi_thread")]
async fn a_url_with_control_characters_is_left_out() {
    let world = shared_app().await;
    for path in ["\0", "a\nb", "\u{7f}"] {
        let body = json!({
            "programId": world.acme.program.to_string(), "via": "lauren", "url": format!("https://acme.test/{path}"),
        });
        let request = Request::post("/api/v1/track/click", body.to_string()).header("Origin", ORIGIN);
        let report = Browser::new(world.edge_base()).send(request).await.expect_status(200).json();
        let click: shared::id::ClickId = report["clickId"].as_str().unwrap().parse().unwrap();
        let stored = format!("select count(*) from clicks where id = '{}' and landing is null", click.uuid());
        wait::until("the click", 10, async || (world.database.count(&stored).await == 1).then_some(())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_refuses() {
    let world = shared_app().await;
    let mut browser = Browser::new(world.edge_base());
    let program = world.acme.program.to_string();
    let mut post = async |origin: &str, body: serde_json::Value| {
        browser.send(Request::post("/api/v1/track/click", body.to_string()).header("Origin", origin)).await
    };
    let good = json!({"programId": program, "via": "lauren"});
    assert_eq!(post("https://evil.test", good).await.refusal(), (403, "origin_not_allowed".to_owned()));
    for (body, status, field) in [
        (json!({"via": "lauren"}), 400, "programId"),
        (json!({"programId": 7, "via": "lauren"}), 400, "programId"),
        (json!({"programId": program, "via": "a/b"}), 400, "via"),
        (json!({"programId": program, "via": "nobody-here"}), 404, "via"),
        (
            json!({"programId": world::brand::fresh::<shared::id::Program>().to_string(), "via": "lauren"}),
            404,
            "programId",
        ),
        // The other organization's affiliate isn't in this program.
        (json!({"programId": program, "via": "hank"}), 404, "via"),
    ] {
        let response = post(ORIGIN, body.clone()).await;
        assert_eq!((response.status, response.json()["field"].as_str().unwrap_or_default()), (status, field), "{body}");
    }
}
