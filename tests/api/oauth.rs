//! Goal: an app gets what a person allowed it, and nothing more: from finding the server to giving up its tokens; a code or
//! token that two parties have is worth nothing; a demotion counts at once; and whatever is odd is refused by name.
//! Method: raw HTTP, as apps and browsers send it. The app's document is on a server of the test's own.
//! Routes: `/.well-known/oauth-protected-resource`, `/.well-known/oauth-protected-resource/mcp`,
//! `/.well-known/oauth-authorization-server`, `/oauth/register`, `/oauth/authorize`, `/oauth/token`, `/oauth/revoke`,
//! `/oauth/userinfo`

use serde_json::{Value, json};
use world::{
    World,
    client::dashboard::Marketer,
    http::Request,
    oauth_fixture::{App, returned},
    organization_fixture::{delete, owner, pass_days},
    team_fixture,
};

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[tokio::test]
async fn from_discovery_to_disconnecting() {
    let world = World::shared().await;
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
    for shown in ["Connect Claude?", "claude.ai", "Read and change", "chose this name itself", &organization] {
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
