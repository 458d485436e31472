//! Goal: a brand adds the host of its links by API and proves by DNS that it owns it. Links work on it, and no other
//! organization can take it away or block it by claiming it first.
//! Method: valid and invalid hosts, a second organization that requests the same one, a name server that answers what
//! the test says, and links through the edge on the new host.
//! Routes: `/link-hosts/{host}/check`

use serde_json::{Value, json};
use world::{
    Plan, World,
    client::{api::Api, browser::Browser},
    dns::NameServer,
    http::{Request, Response},
    link_host_fixture::{check, make_first, world_with_name_server},
    organization_fixture::{key, owner, pass_days},
    wait,
};

#[tokio::test]
async fn by_api() {
    let world = Plan::default().edge().start().await;
    let api = world.api();
    let expected = json!({"host": "Go.Brand.localhost", "defaultDestination": "https://brand.test/"});
    let made = api.post("/link-hosts", &expected).await.expect_status(201).json();
    assert_eq!((made["host"].as_str(), made["links"].as_i64()), (Some("go.brand.localhost"), Some(0)));
    for api in [world.api(), world.other_api()] {
        let again = api.post("/link-hosts", &expected).await;
        assert_eq!(again.field_refusal(), (409, "host_taken".to_owned(), "host".to_owned()));
    }
    for (body, field) in [
        (json!({"host": "https://go.brand.com"}), "host"),
        (json!({"host": "go.brand.com", "defaultDestination": "javascript:1"}), "defaultDestination"),
        (json!({"host": "go.brand.com", "destination": "https://a.test"}), "destination"),
    ] {
        assert_eq!(api.post("/link-hosts", &body).await.field_refusal().2, field, "{body}");
    }
    // A link is created on it, and the edge answers.
    let link = json!({"programId": world.acme.program.to_string(), "affiliateId": world.acme.partner.affiliate.to_string(),
                      "host": "go.brand.localhost", "destination": "https://brand.test/pricing"});
    let link = api.post("/links", &link).await.expect_status(201).json();
    let slug = link["slug"].as_str().unwrap().to_owned();
    let edge = world.edge_base();
    wait::until("the edge to know the link", 20, async || {
        let mut visitor = Browser::new(&edge).at_host("go.brand.localhost");
        let answer = visitor.get(&format!("/{slug}")).await;
        let unknown = visitor.get("/nobody").await;
        let leads = |answer: &world::http::Response, start: &str| {
            answer.status == 302 && answer.header("location").is_some_and(|location| location.starts_with(start))
        };
        (leads(&answer, "https://brand.test/pricing") && leads(&unknown, "https://brand.test/")).then_some(())
    })
    .await;
    let path = "/api/v1/link-hosts/go.brand.localhost";
    let delete = || Request::new("DELETE", path);
    assert_eq!(api.send(delete()).await.refusal(), (409, "host_in_use".to_owned()));
    assert_eq!(world.other_api().send(delete()).await.status, 404);
    let change = Request { method: "PATCH".to_owned(), ..Request::post(path, r#"{"defaultDestination":null}"#) };
    assert_eq!(api.send(change).await.expect_status(200).json()["defaultDestination"], Value::Null);
    api.post("/link-hosts", &json!({"host": "old.brand.localhost"})).await.expect_status(201);
    let removal = || Request::new("DELETE", "/api/v1/link-hosts/old.brand.localhost").header("Idempotency-Key", "old");
    api.send(removal()).await.expect_status(204);
    assert_eq!(api.send(removal()).await.expect_status(204).header("Idempotency-Replayed"), Some("true"));
    assert_eq!(api.get("/link-hosts/old.brand.localhost").await.status, 404);
    let log = "select action from audit_log where action like 'link_host.%' order by id";
    let log: Vec<String> = world.database.texts(log).await.concat();
    assert_eq!(log, ["link_host.added", "link_host.changed", "link_host.added", "link_host.removed"]);
    world.finish().await;
}

fn text_of(claimed: &Value) -> (String, String) {
    let record = &claimed["records"][0];
    assert_eq!(record["type"], "TXT");
    (record["name"].as_str().unwrap().to_owned(), record["value"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_host_is_proved_before_it_answers_links() {
    let (world, dns) = world_with_name_server(Plan::default().edge()).await;
    let api = world.api();
    let expected = json!({"host": "go.brand.example", "defaultDestination": "https://brand.example/"});
    let claimed = api.post("/link-hosts", &expected).await.expect_status(201).json();
    let (name, value) = text_of(&claimed);
    assert_eq!((claimed["verified"].as_bool(), name.as_str()), (Some(false), "_rekomi.go.brand.example"));
    assert_eq!(value, format!("rekomi-organization={}", world.acme.organization));
    let link = json!({"programId": world.acme.program.to_string(), "affiliateId": world.acme.partner.affiliate.to_string(),
                      "host": "go.brand.example", "destination": "https://brand.example/pricing"});
    assert_eq!(api.post("/links", &link).await.field_refusal().2, "host", "no link lives on it yet");
    let edge = world.edge_base();
    assert_eq!(Browser::new(&edge).at_host("go.brand.example").get("/").await.status, 404);

    for (text, problem) in [(None, "not_found"), (Some("rekomi-organization=org_x"), "other_value")] {
        if let Some(text) = text {
            dns.set_text(&name, text);
        }
        let checked = check(&api, "go.brand.example").await.expect_status(200).json();
        assert_eq!((checked["verified"].as_bool(), checked["problem"].as_str()), (Some(false), Some(problem)));
        assert!(checked["checkedAt"].is_string());
    }
    dns.set_text(&name, &value);
    let checked = check(&api, "go.brand.example").await.expect_status(200).json();
    assert_eq!((checked["verified"].as_bool(), checked["problem"].as_str()), (Some(true), None));
    assert_eq!(checked["records"], json!([]));
    let link = api.post("/links", &link).await.expect_status(201).json();
    wait::until("the edge to know the link", 20, async || {
        let mut visitor = Browser::new(&edge).at_host("go.brand.example");
        let answer = visitor.get(&format!("/{}", link["slug"].as_str().unwrap())).await;
        let location = answer.header("location").unwrap_or_default();
        (answer.status == 302 && location.starts_with("https://brand.example/pricing")).then_some(())
    })
    .await;
    let log = "select action from audit_log where action like 'link_host.%' order by id";
    assert_eq!(world.database.texts(log).await.concat(), ["link_host.added", "link_host.verified"]);
    world.finish().await;
}

#[tokio::test]
async fn a_proof_beats_a_claim() {
    let (world, dns) = world_with_name_server(Plan::default()).await;
    let (squatter, owner) = (world.api(), world.other_api());
    let expected = json!({"host": "go.brand.example"});
    squatter.post("/link-hosts", &expected).await.expect_status(201);
    let claimed = owner.post("/link-hosts", &expected).await.expect_status(201).json();
    let (name, value) = text_of(&claimed);
    dns.set_text(&name, &value);
    let refused = check(&squatter, "go.brand.example").await.expect_status(200).json();
    assert_eq!((refused["verified"].as_bool(), refused["problem"].as_str()), (Some(false), Some("other_value")));
    assert_eq!(check(&owner, "go.brand.example").await.expect_status(200).json()["verified"], true);
    let at_the_edge = "select count(*) from edge_config where key = 'host:go.brand.example' and record is not null";
    assert_eq!(world.database.count(at_the_edge).await, 1);
    // Whatever the other organization does, the host keeps its owner.
    dns.set_text(&name, &format!("rekomi-organization={}", world.acme.organization));
    assert_eq!(check(&squatter, "go.brand.example").await.refusal(), (409, "host_taken".to_owned()));
    let path = "/api/v1/link-hosts/go.brand.example";
    let change = Request { method: "PATCH".to_owned(), ..Request::post(path, r#"{"defaultDestination":null}"#) };
    squatter.send(change).await.expect_status(200);
    squatter.send(Request::new("DELETE", path)).await.expect_status(204);
    assert_eq!(world.database.count(at_the_edge).await, 1);
    assert_eq!(world.database.count("select count(*) from edge_config where key = 'host:go.brand.example'").await, 1);
    world.finish().await;
}

/// Puts the record of a claimed host into its DNS, and checks it.
async fn prove(api: &Api, dns: &NameServer, host: &str) -> Response {
    let claimed = api.get(&format!("/link-hosts/{host}")).await.expect_status(200).json();
    let (name, value) = text_of(&claimed);
    dns.set_text(&name, &value);
    check(api, host).await
}

/// Creates a link with the slug `moved` for an approved affiliate.
async fn link_on(api: &Api, host: &str) -> Response {
    let affiliates = api.all("/affiliates?status=Approved").await;
    let programs = api.all("/programs").await;
    let link = json!({"programId": programs[0]["id"], "affiliateId": affiliates[0]["id"], "host": host, "slug": "moved",
                      "destination": "https://brand.example/pricing"});
    api.post("/links", &link).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_was_removed_is_the_next_one_s_who_proves_it() {
    let (world, dns) = world_with_name_server(Plan::default().edge()).await;
    let live = world.acme.organization.to_string();
    let there = owner(&world).await.submit("/dashboard/test-mode", &[("organization", live.as_str())]).await;
    let twin = there.header("location").unwrap().split_once("organization=").unwrap().1.to_owned();
    let test = key(&world, &twin, "rk_test_moving", "owner").await;
    let (host, expected) = ("go.brand.example", json!({"host": "go.brand.example"}));
    let version = async || {
        let version = "select version::text from edge_config where key = 'host:go.brand.example'";
        world.database.texts(version).await.concat().concat().parse::<i64>().unwrap()
    };
    // First someone verifies it in test mode by mistake, then in the wrong organization.
    let mut before = 0;
    for api in [test, world.api()] {
        api.post("/link-hosts", &expected).await.expect_status(201);
        assert_eq!(prove(&api, &dns, host).await.expect_status(200).json()["verified"], true);
        api.delete(&format!("/link-hosts/{host}")).await.expect_status(204);
        let removed = version().await;
        assert!(removed > before, "the edge takes no older version");
        before = removed;
    }
    let last = world.other_api();
    last.post("/link-hosts", &expected).await.expect_status(201);
    assert_eq!(prove(&last, &dns, host).await.expect_status(200).json()["verified"], true);
    assert!(version().await > before);
    link_on(&last, host).await.expect_status(201);
    let edge = world.edge_base();
    wait::until("the edge to know the link", 20, async || {
        let answer = Browser::new(&edge).at_host(host).get("/moved").await;
        let location = answer.header("location").unwrap_or_default();
        (answer.status == 302 && location.starts_with("https://brand.example/pricing")).then_some(())
    })
    .await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_of_a_deleted_organization_is_free_once_that_one_is_erased() {
    let (world, dns) = world_with_name_server(Plan::default()).await;
    let (host, expected) = ("go.brand.example", json!({"host": "go.brand.example"}));
    world.api().post("/link-hosts", &expected).await.expect_status(201);
    assert_eq!(prove(&world.api(), &dns, host).await.expect_status(200).json()["verified"], true);
    link_on(&world.api(), host).await.expect_status(201);
    let organization = world.acme.organization.to_string();
    let password = world.demo["owner"]["password"].as_str().unwrap();
    let fields = [("organization", organization.as_str()), ("confirm", "Acme SaaS"), ("password", password)];
    owner(&world).await.submit("/dashboard/settings/delete", &fields).await.expect_status(303);

    let next = world.other_api();
    next.post("/link-hosts", &expected).await.expect_status(201);
    assert_eq!(prove(&next, &dns, host).await.refusal(), (409, "host_taken".to_owned()), "it may come back");
    pass_days(&world, 8).await;
    world.ledger.run_jobs().await;
    assert_eq!(check(&next, host).await.expect_status(200).json()["verified"], true);
    link_on(&next, host).await.expect_status(201);
    let known = "select count(*) from edge_config where key like '%:go.brand.example%' and record is not null";
    assert_eq!(world.database.count(known).await, 2, "the host and the link");
    world.finish().await;
}

#[tokio::test]
async fn an_alias_of_the_organization_proves_a_host_and_the_edge_s_own_name_does_not() {
    let plan = Plan::default().ledger_setting("REKOMI_EDGE_URL", "https://edge.rekomi.example");
    let (world, dns) = world_with_name_server(plan).await;
    let api = world.api();
    let claimed = api.post("/link-hosts", &json!({"host": "go.brand.example"})).await.expect_status(201).json();
    let alias = &claimed["records"][1];
    let target = format!("{}.edge.rekomi.example", world.acme.organization);
    assert_eq!((alias["type"].as_str(), alias["value"].as_str()), (Some("CNAME"), Some(target.as_str())));
    dns.set_alias("_rekomi.go.brand.example", "edge.rekomi.example");
    assert_eq!(check(&api, "go.brand.example").await.json()["problem"], "other_value");
    dns.set_alias("_rekomi.go.brand.example", &target);
    assert_eq!(check(&api, "go.brand.example").await.expect_status(200).json()["verified"], true);
    world.finish().await;
}

#[tokio::test]
async fn a_name_server_that_says_nothing_proves_nothing() {
    let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let world = Plan::default().ledger_setting("REKOMI_DNS_STAND_IN", &address).start().await;
    world.api().post("/link-hosts", &json!({"host": "go.brand.example"})).await.expect_status(201);
    let checked = check(&world.api(), "go.brand.example").await.expect_status(200).json();
    assert_eq!((checked["verified"].as_bool(), checked["problem"].as_str()), (Some(false), Some("unavailable")));
    world.finish().await;
}

#[tokio::test]
async fn the_ledger_s_own_host_is_refused() {
    let mut world = World::start().await;
    let own = world.ledger.base().trim_start_matches("http://").to_owned();
    let refused = world.api().post("/link-hosts", &json!({"host": own})).await;
    assert_eq!(refused.field_refusal(), (400, "host_reserved".to_owned(), "host".to_owned()));
    world.ledger.set("REKOMI_PUBLIC_URL", "https://app.rekomi.example");
    world.ledger.kill();
    world.ledger.start().await;
    let refused = world.api().post("/link-hosts", &json!({"host": "App.Rekomi.example"})).await;
    assert_eq!(refused.field_refusal(), (400, "host_reserved".to_owned(), "host".to_owned()));
    world.finish().await;
}

#[tokio::test]
async fn production_asks_for_a_proof_of_every_name() {
    let mut world = World::start().await;
    world.ledger.set("REKOMI_ENV", "production");
    world.ledger.kill();
    world.ledger.start().await;
    let claimed = world.api().post("/link-hosts", &json!({"host": "go.brand.test"})).await.expect_status(201).json();
    assert_eq!(claimed["verified"], false);
    world.finish().await;
}

/// Where strangers can't create organizations, the operator's own may use the edge's host at once.
#[tokio::test(flavor = "multi_thread")]
async fn the_edges_own_host_needs_no_proof_unless_anyone_can_sign_up() {
    let mut world = World::start().await;
    make_first(&world, &world.acme.organization.to_string()).await;
    world.ledger.set("REKOMI_ENV", "production");
    world.ledger.set("REKOMI_EDGE_URL", "https://go.edge.example");
    for (signup, verified) in [("open", false), ("closed", true)] {
        world.ledger.set("REKOMI_SIGNUP", signup);
        world.ledger.kill();
        world.ledger.start().await;
        let api = world.api();
        if !verified {
            let claimed = api.post("/link-hosts", &json!({"host": "go.edge.example"})).await.expect_status(201).json();
            assert_eq!(claimed["verified"], verified, "{claimed}");
        }
        let checked = Request::new("POST", "/api/v1/link-hosts/go.edge.example/check");
        assert_eq!(api.send(checked).await.expect_status(200).json()["verified"], verified, "{signup}");
        let other = api.post("/link-hosts", &json!({"host": format!("{signup}.edge.example")})).await;
        assert_eq!(other.expect_status(201).json()["verified"], false, "{signup}: another host");
    }
    world.finish().await;
}

/// Others prove that it is theirs, whenever they claimed it. The job finds out that the edge doesn't answer there yet.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_first_organization_has_the_edges_own_host_without_a_proof() {
    let plan = Plan::default().ledger_setting("REKOMI_EDGE_URL", "https://go.edge.example");
    let (mut world, dns) = world_with_name_server(plan).await;
    let live = world.acme.organization.to_string();
    make_first(&world, &live).await;
    let form = [("organization", live.as_str())];
    let there = owner(&world).await.submit("/dashboard/test-mode", &form).await.expect_status(303);
    let twin = there.header("location").unwrap().split_once("organization=").unwrap().1.to_owned();
    let (host, expected) = ("go.edge.example", json!({"host": "go.edge.example"}));
    let (second, test) = (world.other_api(), key(&world, &twin, "rk_test_claiming", "owner").await);
    // While anyone can sign up, it is claimed like any other host.
    let claimed = second.post("/link-hosts", &expected).await.expect_status(201).json();
    assert_eq!(claimed["verified"], false);
    let (name, value) = text_of(&claimed);

    world.ledger.set("REKOMI_SIGNUP", "closed");
    world.ledger.kill();
    world.ledger.start().await;
    let claimed = test.post("/link-hosts", &expected).await.expect_status(201).json();
    assert_eq!(claimed["verified"], false, "a test mode isn't the first organization");
    world.ledger.run_jobs().await;
    for (whose, api) in [("the second", &second), ("a test mode", &test)] {
        let looked = api.get(&format!("/link-hosts/{host}")).await.expect_status(200).json();
        assert_eq!(
            (looked["verified"].as_bool(), looked["problem"].as_str()),
            (Some(false), Some("not_found")),
            "{whose}"
        );
        let checked = check(api, host).await.expect_status(200).json();
        assert_eq!(
            (checked["verified"].as_bool(), checked["problem"].as_str()),
            (Some(false), Some("not_found")),
            "{whose}"
        );
    }
    let claimed = world.api().post("/link-hosts", &expected).await.expect_status(201).json();
    assert_eq!(claimed["verified"], true);
    world.ledger.run_jobs().await;
    let route = format!("select route_state from link_hosts where host = '{host}' and verified_at is not null");
    assert_eq!(world.database.texts(&route).await, [["missing"]]);
    // A proof comes too late now.
    dns.set_text(&name, &value);
    assert_eq!(check(&second, host).await.refusal(), (409, "host_taken".to_owned()));
    world.finish().await;
}
