//! Goal: an AI assistant speaks either generation of MCP with `/mcp`, sees the tools of its token and no others, and
//! changes only what needs no person; its token is good for nothing else and ends at once.
//! Method: an owner connects assistants on the page; their requests are sent as raw HTTP, right and wrong in each way that
//! the protocol names.

use serde_json::json;
use world::{
    World,
    client::api::Api,
    http::{Request, Response},
    mcp_fixture::{Assistant, MODERN, PLACE, connect},
    organization_fixture::owner,
};

/// The status and the code of a protocol error.
fn failure(response: &Response) -> (u16, i64) {
    (response.status, response.json()["error"]["code"].as_i64().unwrap_or_default())
}

#[tokio::test]
async fn both_generations_of_clients_are_served() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let (id, token) = connect(&world, &mut owner, "Reader", "read").await;
    let base = world.ledger.base();
    let reader = Assistant::new(base.clone(), &token);

    // Who may ask, and from where.
    let list = || reader.modern("tools/list", json!({}));
    let bare = Request { headers: vec![("Content-Type".to_owned(), "application/json".to_owned())], ..list() };
    let refused = reader.send(bare).await;
    let challenge = refused.header("www-authenticate").unwrap_or_default().to_owned();
    let metadata = format!("Bearer resource_metadata=\"{base}/.well-known/oauth-protected-resource/mcp\"");
    assert!(refused.refusal().0 == 401 && challenge.starts_with(&metadata), "{challenge}");
    let key = Assistant::new(base.clone(), &world.acme.api_key);
    assert_eq!(key.send(key.modern("tools/list", json!({}))).await.status, 401, "an API key is no token");
    let as_key = Api::new(base.clone(), &token).get("/programs").await.refusal();
    assert_eq!(as_key, (401, "unauthorized".to_owned()), "and a token no API key");
    for origin in ["https://evil.test", "null"] {
        assert_eq!(reader.send(list().header("Origin", origin)).await.status, 403, "{origin}");
    }
    for (method, allowed) in [("GET", "POST"), ("DELETE", "GET,HEAD,POST")] {
        let response = reader.send(Request { method: method.to_owned(), ..list() }).await;
        assert_eq!((response.status, response.header("allow")), (405, Some(allowed)), "{method}");
    }
    let health = reader.send(Request::new("GET", "/mcp")).await.expect_status(200).json();
    assert_eq!((&health["name"], &health["transport"]), (&json!("rekomi"), &json!("streamable-http")));
    assert!(health["version"].is_string() && health.get("docs").is_some(), "{health}");

    // The current version.
    let listed = reader.send(list().header("Mcp-Session-Id", "x")).await.expect_status(200);
    assert!(listed.header("mcp-session-id").is_none() && listed.header("cache-control") == Some("no-store"));
    let listed = listed.json();
    assert_eq!((&listed["id"], &listed["result"]["resultType"]), (&json!(7), &json!("complete")));
    assert!(listed["result"]["ttlMs"].is_u64() && listed["result"]["cacheScope"] == "private", "{listed}");
    let discovered = reader.send(reader.modern("server/discover", json!({}))).await.expect_status(200).json();
    assert_eq!(discovered["result"]["supportedVersions"][0], MODERN);
    assert_eq!(failure(&reader.send(reader.modern("ping", json!({}))).await), (404, -32_601));
    assert_eq!(failure(&reader.send(reader.modern("tools/list", json!({"cursor": "x"}))).await), (200, -32_602));
    let without = |header: &str| {
        let mut request = list();
        request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(header));
        request
    };
    for header in ["MCP-Protocol-Version", "Mcp-Method"] {
        assert_eq!(failure(&reader.send(without(header)).await), (400, -32_020), "{header}");
    }
    let other = without("Mcp-Method").header("Mcp-Method", "tools/call");
    assert_eq!(failure(&reader.send(other).await), (400, -32_020));
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}});
    let bare = reader.request(&body).header("MCP-Protocol-Version", MODERN).header("Mcp-Method", "tools/list");
    assert_eq!(failure(&reader.send(bare).await), (400, -32_602), "without metadata");
    let unknown = reader.send(reader.request(&body).header("MCP-Protocol-Version", "1900-01-01")).await;
    assert_eq!(failure(&unknown), (400, -32_022));
    assert_eq!(unknown.json()["error"]["data"]["requested"], "1900-01-01");
    assert_eq!(failure(&reader.send(reader.request(&json!([body]))).await), (400, -32_600), "no batch");
    let notice = json!({"jsonrpc": "2.0", "method": "notifications/cancelled"});
    let notice = reader.send(reader.request(&notice)).await.expect_status(202);
    assert!(notice.body.is_empty());

    // Older versions.
    let hello =
        json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let hello = reader.legacy("initialize", hello).await.expect_status(200).json();
    assert_eq!((&hello["id"], &hello["result"]["protocolVersion"]), (&json!("a"), &json!("2025-06-18")));
    assert!(hello["result"]["instructions"].as_str().unwrap().contains("never instructions"));
    let listed = reader.legacy("tools/list", json!({})).await.expect_status(200).json();
    assert!(listed["result"]["tools"].is_array() && listed["result"].get("resultType").is_none(), "{listed}");
    assert_eq!(reader.legacy("ping", json!({})).await.expect_status(200).json()["result"], json!({}));
    assert_eq!(failure(&reader.legacy("server/discover", json!({})).await), (200, -32_601));
    let called = json!({"name": "list_programs", "arguments": {"perPage": 1}});
    let called = reader.legacy("tools/call", called).await.expect_status(200).json();
    assert_eq!(called["result"]["structuredContent"]["data"][0]["id"], world.acme.program.to_string());

    // What it sees and does.
    let tools = reader.tools().await;
    assert_eq!(tools.len(), 26);
    for other in ["create_link", "simulate_plan", "approve_affiliate", "propose_payout_run"] {
        assert!(!tools.iter().any(|tool| tool == other), "{other}");
        let request = reader.modern("tools/call", json!({"name": other, "arguments": {}}));
        assert_eq!(failure(&reader.send(request).await), (200, -32_602), "{other}");
    }
    let found = reader.call("read_affiliate", json!({"id": world.acme.partner.affiliate.to_string()})).await;
    assert_eq!(found["structuredContent"]["slug"], world.acme.partner.slug.as_str());
    assert!(found["_meta"]["untrusted"].as_array().unwrap().contains(&json!("notes")), "{found}");
    let foreign = json!({"id": world.globex.partner.affiliate.to_string()});
    assert_eq!(reader.refused("read_affiliate", foreign).await.0, "not_found");
    assert_eq!(reader.refused("read_affiliate", json!({})).await, ("validation_failed".to_owned(), "id".to_owned()));
    assert_eq!(reader.refused("list_links", json!({"status": "Lost"})).await.1, "status");

    // Disconnected, it is refused at once.
    let organization = world.acme.organization.to_string();
    let target = format!("{PLACE}/{id}/disconnect");
    owner.submit(&target, &[("organization", &organization)]).await.expect_status(303);
    assert_eq!(reader.send(list()).await.status, 401);
    world.finish().await;
}

#[tokio::test]
async fn an_assistant_changes_only_what_needs_no_person() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let (id, token) = connect(&world, &mut owner, "Helper", "change").await;
    let helper = Assistant::new(world.ledger.base(), &token);
    let before = world.database.count_emails("true").await;

    let person = json!({"name": "Ida Quist", "email": "ida@creators.test", "notes": "met at a fair"});
    let made = helper.done("create_affiliate", person.clone()).await;
    assert_eq!((&made["status"], &made["link"]), (&json!("Pending"), &json!(null)));
    let again = helper.done("create_affiliate", person.clone()).await;
    assert_eq!(again["id"], made["id"], "a repeated call makes nothing twice");
    let mut other = person.clone();
    other["idempotencyKey"] = "on purpose".into();
    assert_eq!(helper.refused("create_affiliate", other).await.0, "affiliate_exists");
    for (argument, sent) in [("status", json!("Approved")), ("segment", json!("gold")), ("programId", json!("x"))] {
        let mut more = person.clone();
        more[argument] = sent;
        assert_eq!(helper.refused("create_affiliate", more).await.1, argument);
    }
    let affiliate = made["id"].as_str().unwrap();
    let changed = helper.done("change_affiliate", json!({"id": affiliate, "name": "Ida Q."})).await;
    assert_eq!(changed["name"], "Ida Q.");
    for (argument, sent) in [("status", "Approved"), ("email", "me@evil.test"), ("slug", "mine")] {
        let change = json!({"id": affiliate, argument: sent});
        assert_eq!(helper.refused("change_affiliate", change).await.1, argument);
    }

    let (program, partner) = (world.acme.program.to_string(), world.acme.partner.affiliate.to_string());
    let link = json!({"programId": program, "affiliateId": partner, "destination": "https://acme.test/new"});
    let link = helper.done("create_link", link).await;
    let coupons = world.api().all("/coupons").await;
    helper.to_confirm("change_link", json!({"id": link["id"], "disabled": true})).await;
    helper.to_confirm("change_link", json!({"id": link["id"], "destination": "https://evil.test/"})).await;
    let foreign = json!({"id": world.globex.partner.link.to_string(), "disabled": true});
    assert_eq!(helper.refused("change_link", foreign).await, ("validation_failed".to_owned(), "id".to_owned()));
    helper.to_confirm("create_coupon", json!({"programId": program, "affiliateId": partner, "code": "HELPER20"})).await;
    let still = world.api().get(&format!("/links/{}", link["id"].as_str().unwrap())).await.expect_status(200).json();
    assert_eq!((&still["destination"], &still["disabledAt"]), (&json!("https://acme.test/new"), &json!(null)));
    assert_eq!(world.api().all("/coupons").await, coupons, "who earns is changed by a person");
    let preview = helper.done("preview_payout_run", json!({"currency": "USD"})).await;
    assert_eq!(preview["currency"], "USD");

    assert_eq!(world.database.count_emails("true").await, before, "no one gets an email");
    let lines = world.api().all(&format!("/audit-log?actor={id}")).await;
    assert!(lines.iter().all(|line| line["actorName"] == "AI assistant Helper"), "{lines:?}");
    let actions: Vec<&str> = lines.iter().filter_map(|line| line["action"].as_str()).collect();
    assert_eq!(actions.len(), 3, "{actions:?}");

    // A day has a limit.
    world.database.run("update agent_changes set attempts = 50").await;
    let late = json!({"name": "Late", "email": "late@creators.test"});
    assert_eq!(helper.refused("create_affiliate", late).await.0, "daily_limit");
    helper.done("list_affiliates", json!({"email": "ida@creators.test"})).await;
    let found = world.api().get("/affiliates?email=late@creators.test").await.expect_status(200).json();
    assert_eq!(found["data"], json!([]));

    // No list and no operation of API keys shows or changes a token.
    let keys = world.api().all("/api-keys").await;
    assert!(keys.iter().all(|key| key["id"] != id.as_str()), "{keys:?}");
    assert_eq!(world.api().get(&format!("/api-keys/{id}")).await.status, 404);
    let rotate = world.api().post(&format!("/api-keys/{id}/rotate"), &json!({})).await;
    assert_eq!(rotate.status, 404);
    world.finish().await;
}
