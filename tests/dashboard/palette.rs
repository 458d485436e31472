//! Goal: the command palette offers pages that exist and what the person may do, finds what the search page finds, and
//! ranks names as people expect.
//! Method: the data that its script gets is read and each of its addresses opened; the ranking runs in Node
//! (`tests/pages/rank.mjs`). `tests/pages/first_steps.mjs` uses the palette in a browser.

use std::process::Command;

use serde_json::Value;
use world::{
    World, brand::But, client::dashboard::Marketer, http::Request, organization_fixture::owner, settings,
    team_fixture::joined,
};

async fn groups(person: &mut Marketer, path: &str) -> Vec<Value> {
    person.browser.get(path).await.expect_status(200).json()["groups"].as_array().unwrap().clone()
}

fn items<'a>(groups: &'a [Value], title: &str) -> Vec<(&'a str, &'a str)> {
    let group = groups.iter().find(|group| group["title"] == title);
    let items = group.into_iter().flat_map(|group| group["items"].as_array().unwrap());
    items.map(|item| (item["name"].as_str().unwrap(), item["href"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn what_the_palette_offers_is_there() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let organization = world.acme.organization.to_string();
    let path = format!("/dashboard/palette.json?organization={organization}");
    let offered = groups(&mut owner, &path).await;
    let all: Vec<(&str, &str)> =
        ["Go to", "Actions", "Docs"].into_iter().flat_map(|title| items(&offered, title)).collect();
    assert!(all.len() > 45, "{all:?}");
    for (name, href) in &all {
        assert!(href.contains(&format!("organization={organization}")), "{name}: {href}");
        let status = owner.browser.get(href).await.status;
        assert!(status == 200, "{name}: {href} answers {status}");
    }
    let first = owner.browser.get(&path).await;
    let tag = first.header("etag").unwrap().to_owned();
    assert_eq!(first.header("cache-control"), Some("private, no-cache"));
    let again = owner.browser.send(Request::get(&path).header("If-None-Match", &tag)).await;
    assert_eq!(again.status, 304, "it is fetched once");

    let mut viewer = joined(&world, &mut owner, "viewer@team.test", "viewer").await;
    let few = groups(&mut viewer, &path).await;
    let actions = items(&few, "Actions");
    assert!(actions.iter().all(|(name, _)| name.starts_with("Export")) && !actions.is_empty(), "{actions:?}");
    let stranger = Request::get(&path).send(&world.ledger.base()).await.unwrap();
    assert_eq!(stranger.refusal(), (401, "signed_out".to_owned()));
    let other = format!("/dashboard/palette.json?organization={}", world.globex.organization);
    assert_eq!(owner.browser.get(&other).await.status, 404);
    world.finish().await;
}

#[tokio::test]
async fn it_finds_what_the_search_page_finds() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let affiliate = world.acme.partner.affiliate.to_string();
    let address = world.own("lauren@creators").to_uppercase().replace('@', "%40");
    for typed in ["lauren", affiliate.as_str(), address.as_str()] {
        let found = groups(&mut owner, &format!("/dashboard/search.json?q={typed}")).await;
        let people = items(&found, "Affiliates");
        assert!(people.len() == 1 && people[0].0 == "Lauren Vale", "{typed}: {found:?}");
        assert!(people[0].1.starts_with(&format!("/dashboard/affiliates/{affiliate}?organization=")), "{people:?}");
    }
    // A customer by the address that they wrote, though their provider ignores its dots and its tag.
    let sale = world.acme.sale("palette", 1_000).but(|report| {
        report.customer_id = Some("ann-of-the-palette".to_owned());
        report.customer_email = Some("Ann.Bee+shop@gmail.com".to_owned());
    });
    world.intake().accept(&[sale]).await;
    for typed in ["Ann.Bee%2Bshop%40gmail.com", "annbee%40gmail.com", "ann-of"] {
        let found = groups(&mut owner, &format!("/dashboard/search.json?q={typed}")).await;
        assert_eq!(items(&found, "Customers").len(), 1, "{typed}: {found:?}");
    }
    let (far, long) = (world.globex.partner.affiliate.to_string(), "x".repeat(300));
    for typed in ["", "x", long.as_str(), far.as_str()] {
        assert!(groups(&mut owner, &format!("/dashboard/search.json?q={typed}")).await.is_empty(), "{typed}");
    }
    let stranger = Request::get("/dashboard/search.json?q=lauren").send(&world.ledger.base()).await.unwrap();
    assert_eq!(stranger.status, 401);
    world.finish().await;
}

#[tokio::test]
async fn a_field_offers_affiliates_while_someone_types() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let affiliate = world.acme.partner.affiliate.to_string();
    let address = world.own("lauren@creators").to_uppercase().replace('@', "%40");
    for typed in ["lauren", affiliate.as_str(), address.as_str(), ""] {
        let path = format!("/dashboard/pick.json?organization={}&q={typed}", world.acme.organization);
        let items = owner.browser.get(&path).await.expect_status(200).json()["items"].clone();
        let found = items.as_array().unwrap().iter().find(|item| item["id"] == affiliate.as_str());
        let found = found.unwrap_or_else(|| panic!("{typed}: {items}"));
        assert_eq!((&found["name"], &found["initials"]), (&Value::from("Lauren Vale"), &Value::from("LV")), "{typed}");
    }
    let (far, long) = (world.globex.partner.affiliate.to_string(), "x".repeat(300));
    for typed in [long.as_str(), far.as_str(), "no-such-name"] {
        let found = owner.browser.get(&format!("/dashboard/pick.json?q={typed}")).await.expect_status(200).json();
        assert_eq!(found["items"], Value::Array(Vec::new()), "{typed}");
    }
    let stranger = Request::get("/dashboard/pick.json?q=lauren").send(&world.ledger.base()).await.unwrap();
    assert_eq!(stranger.status, 401);
    world.finish().await;
}

#[test]
fn names_are_ranked_as_people_expect() {
    let script = settings::root().join("tests/pages/rank.mjs");
    let ran = Command::new(settings::node()).arg(script).output().unwrap();
    assert!(ran.status.success(), "{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
}
