//! Goal: whatever is odd about an app or what it sends is refused by name, and nothing of it leads anywhere.
//! Method: raw HTTP, right but for one thing at a time. The app's document is on a server of the test's own.
//! Routes: `/oauth/register`, `/oauth/authorize`, `/oauth/token`

use serde_json::{Value, json};
use world::{
    World,
    client::dashboard::Marketer,
    fakes::{Answer, Call, FakeServer, Mood, Vendor},
    http::Request,
    oauth_fixture::{App, CALLBACK, CHALLENGE, returned},
    organization_fixture::owner,
};

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[tokio::test]
async fn what_is_odd_is_refused_by_name() {
    let world = World::start().await;
    let (base, organization) = (world.ledger.base(), world.acme.organization.to_string());
    let app = App::registered(&world, "Claude").await;
    let mut person = owner(&world).await;
    // What may not lead back to the app stays here.
    for (name, value) in [
        ("client_id", ""),
        ("client_id", "rk_app_none"),
        ("client_id", "a\0b"),
        ("client_id", "https://app.test/a/../b"),
        ("redirect_uri", ""),
        ("redirect_uri", "https://evil.test/cb"),
        ("redirect_uri", "https://claude.ai:8443/api/mcp/auth_callback"),
        ("redirect_uri", "http://localhost:4000/cb"),
        ("redirect_uri", "http://127.0.0.1:4000/other"),
    ] {
        let answer = person.browser.get(&app.address(&[(name, value)])).await;
        assert_eq!((answer.status, answer.header("location")), (400, None), "{name}={value}");
    }
    let twice = format!("{}&state=b", app.address(&[]));
    assert_eq!(person.browser.get(&twice).await.status, 400);
    // Another port of one's own device is the app's, too; everything else goes back to it, and says who answered.
    let local = [("redirect_uri", "http://127.0.0.1:52001/cb")];
    let page = person.browser.get(&app.address(&local)).await.expect_status(200).text();
    assert!(page.contains("runs on your own device"), "{page}");
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("scope", "everything", "invalid_scope"),
        ("resource", "https://evil.test/mcp", "invalid_target"),
    ] {
        let answer = person.browser.get(&app.address(&[(name, value)])).await.expect_status(303);
        assert!(answer.header("location").unwrap().starts_with(CALLBACK), "{name}={value}");
        let parts = ["error", "state", "iss"].map(|part| returned(&answer, part).unwrap_or_default());
        assert_eq!(parts, [error, "a state & more", &base], "{name}={value}");
    }
    // A code fits one exchange only.
    let other = App::registered(&world, "Other").await;
    let code = app.code(&mut person, &organization, "write").await;
    for (name, value, status, error) in [
        ("client_id", "", 401, "invalid_client"),
        ("client_id", "rk_app_none", 401, "invalid_client"),
        ("client_id", other.client.as_str(), 400, "invalid_grant"),
        ("grant_type", "password", 400, "unsupported_grant_type"),
        ("code", "rk_oac_short", 400, "invalid_grant"),
        ("code_verifier", "", 400, "invalid_grant"),
        ("code_verifier", CHALLENGE, 400, "invalid_grant"),
        ("redirect_uri", "", 400, "invalid_grant"),
        ("redirect_uri", "http://127.0.0.1/cb", 400, "invalid_grant"),
        ("resource", base.as_str(), 400, "invalid_target"),
    ] {
        let answer = app.exchange(&code, &[(name, value)]).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.refusal(), (status, error.to_owned()), "{name}={value}");
    }
    let json = Request::post("/oauth/token", "{}").send(&base).await.unwrap();
    assert_eq!(json.refusal(), (400, "invalid_request".to_owned()));
    let tokens = app.exchange(&code, &[]).await.expect_status(200).json();
    app.userinfo(text(&tokens["access_token"])).await.expect_status(200);
    assert_eq!(app.exchange(&code, &[]).await.refusal(), (400, "invalid_grant".to_owned()));
    assert_eq!(
        app.userinfo(text(&tokens["access_token"])).await.status,
        401,
        "a code that comes twice ends everything"
    );
    let code = app.code(&mut person, &organization, "write").await;
    world.database.run("update oauth_codes set expires_at = now() - interval '1 second'").await;
    assert_eq!(app.exchange(&code, &[]).await.refusal(), (400, "invalid_grant".to_owned()), "after a minute");
    for bearer in ["", "rk_live_x", text(&tokens["refresh_token"])] {
        assert_eq!(app.userinfo(bearer).await.status, 401, "{bearer}");
    }

    let register = async |body: &str| Request::post("/oauth/register", body).send(&base).await.unwrap();
    let bad = json!({"redirect_uris": ["http://evil.test/cb"]}).to_string();
    assert_eq!(register(&bad).await.refusal(), (400, "invalid_redirect_uri".to_owned()));
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(register("{").await.status);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 7, "ten an hour: {statuses:?}");
    let last = register("{").await;
    assert_eq!((last.status, last.header("retry-after")), (429, Some("3600")));
    world.finish().await;
}

/// A site with an app's document.
#[derive(Debug)]
struct Site(Value);

impl Vendor for Site {
    fn answer(&mut self, _: &Call) -> Answer {
        Answer(200, self.0.clone())
    }
}

#[tokio::test]
async fn an_app_is_what_its_document_says() {
    let world = World::start().await;
    let (base, organization) = (world.ledger.base(), world.acme.organization.to_string());
    let site = FakeServer::of(Site(Value::Null));
    let client = format!("{}/client.json", site.base());
    let document = json!({"client_id": client, "client_name": "Desk", "redirect_uris": [CALLBACK]});
    site.with(|site| site.0 = document.clone());
    let app = App { base: base.clone(), client: client.clone(), callback: CALLBACK.to_owned() };
    assert_eq!(Marketer::new(&base).browser.get(&app.address(&[])).await.status, 303);
    assert!(site.calls().is_empty(), "nothing is fetched for strangers");

    let mut person = owner(&world).await;
    for mood in [
        Mood::Says(404, json!({})),
        Mood::Redirects(format!("{}/other.json", site.base())),
        Mood::Garbage,
        Mood::Says(200, json!({"client_id": "https://other.test/client.json", "redirect_uris": [CALLBACK]})),
        Mood::Says(200, json!({"client_id": client, "redirect_uris": [CALLBACK], "client_secret": "x"})),
        Mood::Writes(200, vec![("Content-Type", "text/html".to_owned())], document.to_string()),
        Mood::Writes(
            200,
            vec![("Content-Type", "application/json".to_owned())],
            format!("{}{}", " ".repeat(64 * 1024), document),
        ),
    ] {
        site.once("GET /client.json", mood.clone());
        let answer = person.browser.get(&app.address(&[])).await;
        assert_eq!((answer.status, answer.header("location")), (400, None), "{mood:?}");
    }
    assert!(site.calls().iter().all(|call| call.path == "/client.json"), "no redirect is followed");
    for inside in ["http://169.254.169.254/client", "http://10.0.0.1/client", "https://[::ffff:a00:1]/client"] {
        let app = App { base: base.clone(), client: inside.to_owned(), callback: CALLBACK.to_owned() };
        let answer = person.browser.get(&app.address(&[])).await;
        assert_eq!((answer.status, answer.header("location")), (400, None), "{inside}");
    }
    let page = person.browser.get(&app.address(&[])).await.expect_status(200).text();
    assert!(page.contains("Connect Desk?") && page.contains("details come from <strong>127.0.0.1</strong>"), "{page}");
    let before = site.calls().len();
    let tokens = app.tokens(&mut person, &organization, "write").await;
    app.userinfo(text(&tokens["access_token"])).await.expect_status(200);
    assert_eq!(site.calls().len(), before, "it is read again only after a while");
    let other = json!({"client_id": client, "client_name": "Desk", "redirect_uris": ["https://claude.ai/other"]});
    site.with(|site| site.0 = other);
    world.database.run("update oauth_clients set fresh_until = now() - interval '1 second'").await;
    assert_eq!(person.browser.get(&app.address(&[])).await.status, 400, "an address that the app gave up");
    world.finish().await;
}
