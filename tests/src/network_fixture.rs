//! Programs that are listed in the network and search for creators, and creators whom their brands see.

use serde_json::{Value, json};
use shared::id::CreatorId;

use crate::{
    Plan, World,
    brand::Brand,
    client::{api::Api, dashboard::Marketer},
    creator_fixture,
    http::{Request, Response},
};

/// A world where no one approves listings, and in which acme's program searches for creators.
pub async fn world() -> World {
    let world = Plan::default().ledger_setting("REKOMI_NETWORK_OPERATORS", "").start().await;
    list(&world.api(), &world.acme.program.to_string()).await;
    world
}

pub async fn put(api: &Api, path: &str, body: &Value) -> Response {
    let request = Request::post(&format!("/api/v1{path}"), body.to_string());
    api.send(Request { method: "PUT".to_owned(), ..request }).await
}

/// Lists a program whose page is published.
pub async fn list(api: &Api, program: &str) {
    let path = format!("/programs/{program}/network-listing");
    let listing = json!({"title": "Partners", "summary": "Tools for small shops.", "topics": ["Developers"],
                         "searchesCreators": true});
    put(api, &path, &listing).await.expect_status(200);
    let listed = api.post(&format!("{path}/submit"), &json!({})).await.expect_status(200).json();
    assert_eq!(listed["status"], "Listed", "{listed}");
}

/// The operator approves the brand's listing as their page shows it.
pub async fn approve(brand: &Brand, operator: &mut Marketer) -> Response {
    let path = format!("/network/operator/{}/{}/approve", brand.organization, brand.program);
    let page = operator.browser.get("/network/operator").await.expect_status(200).text();
    let form = page.split(&format!("action=\"{path}\"")).nth(1).unwrap_or_default();
    let version = form.split("name=\"version\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    operator.submit(&path, &[("version", version.unwrap_or_default())]).await
}

/// A new program with a published page and this handle, listed.
pub async fn program(api: &Api, handle: &str) -> String {
    let body = json!({"name": handle, "slug": handle, "destination": "https://acme.test/",
                      "components": [{"type": "percentage", "ratePercent": "20"}]});
    let made = api.post("/programs", &body).await.expect_status(201).json();
    let program = made["id"].as_str().unwrap().to_owned();
    api.post(&format!("/programs/{program}/page/publish"), &json!({})).await.expect_status(200);
    list(api, &program).await;
    program
}

/// A listed creator, in their browser, and their id.
pub async fn creator(world: &World, name: &str) -> (Marketer, String) {
    let email = format!("{}@creators.test", name.split(' ').next().unwrap_or_default().to_lowercase());
    let browser = creator_fixture::listed(world, &email, name).await;
    (browser, id_of(world, &email).await)
}

pub async fn id_of(world: &World, email: &str) -> String {
    let found = world.database.texts(&format!("select id::text from creators where email = '{email}'")).await.concat();
    CreatorId::new(found[0].parse().unwrap()).to_string()
}

/// Listed creators without a browser, as many as a test needs; returns their ids.
pub async fn many(world: &World, count: usize) -> Vec<String> {
    world
        .database
        .run(&format!(
            "with made as (
                 insert into creators (id, email, address_hash, created_at, last_seen_at)
                 select gen_random_uuid(), 'many' || n || '@creators.test', sha256(('many' || n || '@creators.test')::bytea), now(), now()
                 from generate_series(1, {count}) n returning id, email)
             insert into creator_profiles (creator_id, name, topics, listed_at, created_at, updated_at)
             select id, split_part(email, '@', 1), '{{Developers}}', now(), now(), now() from made"
        ))
        .await;
    let made = world.database.texts("select id::text from creators where email like 'many%' order by email").await;
    made.concat().iter().map(|id| CreatorId::new(id.parse().unwrap()).to_string()).collect()
}

/// Invites a creator to acme's program.
pub async fn invite(world: &World, creator: &str) -> Response {
    let body = json!({"programId": world.acme.program.to_string(), "creatorId": creator,
                      "message": "We like your reviews. Would you like to try our tools?"});
    world.api().post("/network/contacts", &body).await
}
