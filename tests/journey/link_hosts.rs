//! Goal: a brand adds the host of its links by API or page, links live on it, and nobody takes it away from it.
//! Method: the API with good and bad hosts, the second organization that wants the same one, the settings page's form; the
//! edge answers a link on the new host.

use serde_json::{Value, json};
use world::{
    Plan, World,
    client::{browser::Browser, dashboard::Marketer},
    http::Request,
    wait,
};

#[tokio::test]
async fn by_api() {
    let world = Plan::default().edge().start().await;
    let api = world.api();
    let wanted = json!({"host": "Go.Brand.localhost", "defaultDestination": "https://brand.test/"});
    let made = api.post("/link-hosts", &wanted).await.expect_status(201).json();
    assert_eq!((made["host"].as_str(), made["links"].as_i64()), (Some("go.brand.localhost"), Some(0)));
    for api in [world.api(), world.other_api()] {
        let again = api.post("/link-hosts", &wanted).await;
        assert_eq!(again.field_refusal(), (409, "host_taken".to_owned(), "host".to_owned()));
    }
    for (body, field) in [
        (json!({"host": "https://go.brand.com"}), "host"),
        (json!({"host": "go.brand.com", "defaultDestination": "javascript:1"}), "defaultDestination"),
        (json!({"host": "go.brand.com", "destination": "https://a.test"}), "destination"),
    ] {
        assert_eq!(api.post("/link-hosts", &body).await.field_refusal().2, field, "{body}");
    }
    // A link lives on it, and the edge answers.
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
    api.send(Request::new("DELETE", "/api/v1/link-hosts/old.brand.localhost")).await.expect_status(204);
    assert_eq!(api.get("/link-hosts/old.brand.localhost").await.status, 404);
    let log = "select action from audit_log where action like 'link_host.%' order by id";
    let log: Vec<String> = world.database.texts(log).await.concat();
    assert_eq!(log, ["link_host.added", "link_host.changed", "link_host.added", "link_host.removed"]);
    world.finish().await;
}

#[tokio::test]
async fn by_page() {
    let world = World::start().await;
    let organization = world.acme.organization.to_string();
    let place = "/dashboard/settings/link-hosts";
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
    let bad = [("organization", organization.as_str()), ("host", "no host"), ("defaultDestination", "")];
    let page = marketer.submit(place, &bad).await.expect_status(400).text();
    assert!(page.contains("host must be a name of yours") && page.contains(r#"value="no host""#), "{page}");
    let good = [("organization", organization.as_str()), ("host", "go.page.test"), ("defaultDestination", "")];
    marketer.submit(place, &good).await.expect_status(303);
    let page = marketer.browser.get(place).await.expect_status(200).text();
    assert!(page.contains("<code>go.page.test</code>"), "{page}");
    let remove = [("organization", organization.as_str()), ("host", "go.page.test")];
    marketer.submit(&format!("{place}/remove"), &remove).await.expect_status(303);
    assert!(!marketer.browser.get(place).await.text().contains("go.page.test"));
    world.finish().await;
}
