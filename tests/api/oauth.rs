//! Goal: an app gets what a person allowed it, and nothing more: from finding the server to giving up its tokens; a code or
//! token that two parties have is worth nothing; a demotion counts at once; and whatever is odd is refused by name.
//! Method: raw HTTP, as apps and browsers send it. The app's document is on a server of the test's own.
//! Routes: `/.well-known/oauth-protected-resource`, `/.well-known/oauth-protected-resource/mcp`,
//! `/.well-known/oauth-authorization-server`, `/oauth/register`, `/oauth/authorize`, `/oauth/token`, `/oauth/revoke`,
//! `/oauth/userinfo`

use serde_json::{Value, json};
use world::{
    World,
    client::{browser::parameter, dashboard::Marketer},
    fakes::{Answer, Call, FakeServer, Mood, Vendor},
    http::{Request, Response},
    organization_fixture::{delete, owner, pass_days},
    team_fixture,
};

/// From RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CALLBACK: &str = "https://claude.ai/api/mcp/auth_callback";

fn encoded(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// A parameter of the address that the browser is sent to, as it was before it was encoded.
fn returned(response: &Response, name: &str) -> Option<String> {
    let value = parameter(response, name)?;
    url::form_urlencoded::parse(format!("v={value}").as_bytes()).next().map(|(_, value)| value.into_owned())
}

/// An app with a client id, and the ledger that it talks to.
struct App {
    base: String,
    client: String,
    callback: String,
}

impl App {
    async fn registered(world: &World, name: &str) -> Self {
        let base = world.ledger.base();
        let body = json!({"client_name": name, "redirect_uris": [CALLBACK, "http://127.0.0.1/cb"]}).to_string();
        let made = Request::post("/oauth/register", body).send(&base).await.unwrap().expect_status(201).json();
        let client = made["client_id"].as_str().unwrap().to_owned();
        Self { base, client, callback: CALLBACK.to_owned() }
    }

    fn resource(&self) -> String {
        format!("{}/mcp", self.base)
    }

    /// What it asks for, with changes; an empty value leaves a parameter out.
    fn request(&self, changes: &[(&str, &str)]) -> Vec<(String, String)> {
        let resource = self.resource();
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", &self.client),
            ("redirect_uri", &self.callback),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("state", "a state & more"),
            ("scope", "rekomi:read rekomi:write"),
            ("resource", &resource),
        ];
        pairs.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        pairs.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn address(&self, changes: &[(&str, &str)]) -> String {
        let request = self.request(changes);
        let pairs: Vec<_> = request.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        format!("/oauth/authorize?{}", encoded(&pairs))
    }

    /// What the page answers to a person who decides.
    async fn decided(&self, person: &mut Marketer, decision: &[(&str, &str)]) -> Response {
        let request = self.request(&[]);
        let mut fields: Vec<_> = request.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.extend(decision);
        person.submit("/oauth/authorize", &fields).await
    }

    /// The code that a person gives it in an organization.
    async fn code(&self, person: &mut Marketer, organization: &str, access: &str) -> String {
        let decision = [("organization", organization), ("access", access), ("decision", "allow")];
        let answer = self.decided(person, &decision).await.expect_status(303);
        returned(&answer, "code").unwrap_or_else(|| panic!("{:?}", answer.header("location")))
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let request = Request::post(path, encoded(fields));
        let headers = vec![("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
        Request { headers, ..request }.send(&self.base).await.unwrap()
    }

    /// Exchanges a code, with changes.
    async fn exchange(&self, code: &str, changes: &[(&str, &str)]) -> Response {
        let resource = self.resource();
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("client_id", &self.client),
            ("redirect_uri", &self.callback),
            ("code", code),
            ("code_verifier", VERIFIER),
            ("resource", &resource),
        ];
        fields.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        fields.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
        self.post("/oauth/token", &fields).await
    }

    async fn refresh(&self, token: &str) -> Response {
        let fields = [("grant_type", "refresh_token"), ("client_id", &self.client), ("refresh_token", token)];
        self.post("/oauth/token", &fields).await
    }

    /// Whom a token acts for.
    async fn userinfo(&self, token: &str) -> Response {
        let request = Request::get("/oauth/userinfo").header("Authorization", &format!("Bearer {token}"));
        request.send(&self.base).await.unwrap()
    }

    /// A request to `/mcp`.
    async fn mcp(&self, token: &str, method: &str, params: Value) -> Response {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let request = Request::post("/mcp", body).header("Authorization", &format!("Bearer {token}"));
        request.header("MCP-Protocol-Version", "2025-11-25").send(&self.base).await.unwrap()
    }

    /// The names of the tools that it is offered.
    async fn tools(&self, token: &str) -> Vec<String> {
        let listed = self.mcp(token, "tools/list", json!({})).await.expect_status(200).json();
        let tools = listed["result"]["tools"].as_array().unwrap().iter();
        tools.map(|tool| text(&tool["name"]).to_owned()).collect()
    }

    async fn tokens(&self, person: &mut Marketer, organization: &str, access: &str) -> Value {
        let code = self.code(person, organization, access).await;
        self.exchange(&code, &[]).await.expect_status(200).json()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[tokio::test]
async fn from_discovery_to_disconnecting() {
    let world = World::start().await;
    let (base, organization) = (world.ledger.base(), world.acme.organization.to_string());
    let mut documents = Vec::new();
    for path in ["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"] {
        let found = Request::get(path).header("Origin", "https://app.test").send(&base).await.unwrap();
        assert_eq!(found.header("access-control-allow-origin"), Some("*"));
        documents.push(found.expect_status(200).json());
    }
    assert_eq!(documents[0], documents[1]);
    assert_eq!(documents[0]["resource"], json!(format!("{base}/mcp")));
    assert_eq!(documents[0]["authorization_servers"], json!([base]));
    let server = Request::get("/.well-known/oauth-authorization-server").send(&base).await.unwrap().json();
    assert_eq!((&server["issuer"], &server["code_challenge_methods_supported"]), (&json!(base), &json!(["S256"])));
    let preflight = Request::new("OPTIONS", "/oauth/token").header("Origin", "https://app.test").send(&base).await;
    assert_eq!(preflight.unwrap().status, 204);

    let app = App::registered(&world, "Claude").await;
    let mut person = Marketer::new(&base);
    let address = app.address(&[]);
    let to_login = person.browser.get(&address).await.expect_status(303);
    assert_eq!(returned(&to_login, "next").as_deref(), Some(address.as_str()));
    let login = &world.demo["owner"];
    let fields = [("email", text(&login["email"])), ("password", text(&login["password"])), ("next", &address)];
    let back = person.submit("/login", &fields).await.expect_status(303);
    assert_eq!(back.header("location"), Some(address.as_str()));
    let page = person.browser.get(&address).await.expect_status(200);
    let policy = page.header("content-security-policy").unwrap().to_owned();
    assert!(policy.contains("form-action 'self' https:;") && policy.contains("frame-ancestors 'none'"), "{policy}");
    let page = page.text();
    for shown in ["Connect Claude?", "claude.ai", "Read and change", "chose its name itself", &organization] {
        assert!(page.contains(shown), "{shown}: {page}");
    }

    let refused = app.decided(&mut person, &[("organization", &organization), ("decision", "deny")]).await;
    assert_eq!(returned(&refused, "error").as_deref(), Some("access_denied"));
    let code = app.code(&mut person, &organization, "write").await;
    let issued = app.exchange(&code, &[]).await.expect_status(200);
    assert_eq!(issued.header("cache-control"), Some("no-store"));
    let first = issued.json();
    assert_eq!((&first["token_type"], &first["expires_in"]), (&json!("Bearer"), &json!(3_600)));
    assert_eq!(first["scope"], "rekomi:read rekomi:write");
    let who = app.userinfo(text(&first["access_token"])).await.expect_status(200).json();
    assert_eq!((&who["organization"], &who["role"]), (&json!(organization), &json!("owner")));
    assert_eq!(who["email"], login["email"]);
    let mailed = team_fixture::emails(&world, text(&login["email"])).await.pop().unwrap();
    assert!(text(&mailed["text"]).contains("Claude"), "{mailed}");

    // At `/mcp`, it is its person, and the audit log names both.
    let creates = |tools: &[String]| tools.iter().any(|tool| tool == "create_affiliate");
    assert!(creates(&app.tools(text(&first["access_token"])).await));
    let person_of_app = json!({"name": "Ida Quist", "email": "ida@creators.test"});
    let call = json!({"name": "create_affiliate", "arguments": person_of_app});
    let made = app.mcp(text(&first["access_token"]), "tools/call", call.clone()).await.expect_status(200).json();
    assert_eq!(made["result"]["structuredContent"]["status"], "Pending", "{made}");
    let lines = world.api().all("/audit-log?action=affiliate.created").await;
    let line = lines.iter().find(|line| line["target"] == made["result"]["structuredContent"]["id"]).unwrap();
    assert!(text(&line["actor"]).starts_with("user:usr_") && line["via"] == "Claude", "{line}");

    let second = app.refresh(text(&first["refresh_token"])).await.expect_status(200).json();
    app.userinfo(text(&second["access_token"])).await.expect_status(200);
    let reused = app.refresh(text(&first["refresh_token"])).await;
    assert_eq!(reused.refusal(), (400, "invalid_grant".to_owned()));
    assert_eq!(app.refresh(text(&second["refresh_token"])).await.refusal(), (400, "invalid_grant".to_owned()));
    let ended = app.userinfo(text(&second["access_token"])).await;
    assert!(ended.header("www-authenticate").unwrap().contains("/.well-known/oauth-protected-resource/mcp"));
    assert_eq!(ended.refusal(), (401, "invalid_token".to_owned()), "all of the family");

    let third = app.tokens(&mut person, &organization, "read").await;
    assert_eq!(third["scope"], "rekomi:read", "less than what was asked for");
    assert!(!creates(&app.tools(text(&third["access_token"])).await), "a grant to read shows no change");
    let unlisted = app.mcp(text(&third["access_token"]), "tools/call", call).await.expect_status(200).json();
    assert_eq!(unlisted["error"]["code"], -32_602, "{unlisted}");
    app.post("/oauth/revoke", &[("token", "rk_oat_none")]).await.expect_status(200);
    let other = [("token", text(&third["refresh_token"])), ("client_id", "another")];
    app.post("/oauth/revoke", &other).await.expect_status(200);
    app.userinfo(text(&third["access_token"])).await.expect_status(200);
    app.post("/oauth/revoke", &[("token", text(&third["refresh_token"]))]).await.expect_status(200);
    assert_eq!(app.userinfo(text(&third["access_token"])).await.status, 401);
    let gone = app.mcp(text(&third["access_token"]), "tools/list", json!({})).await.expect_status(401);
    assert!(gone.header("www-authenticate").unwrap().contains("resource_metadata="), "an app learns where to sign in");
    let rows = "select action from audit_log where action like 'app.%' order by id";
    let actions = world.database.texts(rows).await.concat();
    assert_eq!(actions, ["app.connected", "app.disconnected", "app.connected", "app.disconnected"]);
    let kept = "select count(*) from oauth_tokens where encode(token_hash, 'escape') like '%rk_o%'";
    assert_eq!(world.database.count(kept).await, 0);
    world.finish().await;
}

#[tokio::test]
async fn an_app_is_never_more_than_its_person() {
    let world = World::start().await;
    let organization = world.acme.organization.to_string();
    let app = App::registered(&world, "Helper").await;
    let mut owner = owner(&world).await;
    let mut ann = team_fixture::joined(&world, &mut owner, "ann@acme.test", "manager").await;
    let tokens = app.tokens(&mut ann, &organization, "write").await;
    let access = text(&tokens["access_token"]);
    assert_eq!(app.userinfo(access).await.json()["role"], "manager");
    let foreign = world.globex.organization.to_string();
    let decision = [("organization", foreign.as_str()), ("access", "write"), ("decision", "allow")];
    let refused = app.decided(&mut ann, &decision).await.expect_status(404);
    assert!(refused.header("location").is_none());

    let user = team_fixture::user(&world, "ann@acme.test").await;
    world.api().patch(&format!("/team/{user}"), &json!({"role": "viewer"})).await.expect_status(200);
    assert_eq!(app.userinfo(access).await.json()["role"], "viewer", "a demotion counts at the next call");
    world.database.run("update tenants set second_factor_required = true").await;
    assert_eq!(app.userinfo(access).await.status, 401, "without a second factor, where one is required");
    assert_eq!(app.refresh(text(&tokens["refresh_token"])).await.refusal().1, "invalid_grant");
    world.database.run("update tenants set second_factor_required = false").await;
    app.userinfo(access).await.expect_status(200);
    assert!(delete(&world.api(), &format!("/team/{user}")).await.status < 300);
    assert_eq!(app.userinfo(access).await.status, 401);
    let mut ann = Marketer::new(&world.ledger.base());
    let invitation = [("email", "ann@acme.test"), ("role", "admin")];
    team_fixture::form(&world, &mut owner, "invite", &invitation).await.expect_status(303);
    let link = team_fixture::link(&world, "ann@acme.test").await;
    ann.sign_in(&json!({"email": "ann@acme.test", "password": team_fixture::PASSWORD})).await.expect_status(303);
    ann.submit(&link, &[]).await.expect_status(303);
    assert_eq!(app.userinfo(access).await.status, 401, "who comes back begins anew");

    let tokens = app.tokens(&mut ann, &organization, "write").await;
    pass_days(&world, 1).await;
    assert_eq!(app.userinfo(text(&tokens["access_token"])).await.status, 401, "an access token lives for an hour");
    let renewed = app.refresh(text(&tokens["refresh_token"])).await.expect_status(200).json();
    app.userinfo(text(&renewed["access_token"])).await.expect_status(200);
    pass_days(&world, 31).await;
    assert_eq!(app.refresh(text(&renewed["refresh_token"])).await.refusal(), (400, "invalid_grant".to_owned()));
    world.ledger.run_jobs().await;
    let left = "select (select count(*) from oauth_tokens) + (select count(*) from oauth_codes)";
    assert_eq!(world.database.count(left).await, 0);
    pass_days(&world, 91).await;
    world.ledger.run_jobs().await;
    let forgotten = app.refresh(text(&renewed["refresh_token"])).await;
    assert_eq!(forgotten.refusal(), (401, "invalid_client".to_owned()), "so the app registers again");
    world.finish().await;
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
    assert!(page.contains("Connect Desk?") && page.contains("described by <strong>127.0.0.1</strong>"), "{page}");
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
