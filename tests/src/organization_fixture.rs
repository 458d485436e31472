//! The demo organization's owner, keys of any role, and small requests that tests of organizations and teams share.

use serde_json::{Value, json};

use crate::{
    World,
    client::{api::Api, dashboard::Marketer},
    http::{Request, Response},
};

/// The demo's owner, signed in.
pub async fn owner(world: &World) -> Marketer {
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
    marketer
}

pub async fn patch(api: &Api, path: &str, body: &Value) -> Response {
    let mut request = Request::post(&format!("/api/v1{path}"), body.to_string());
    request.method = "PATCH".to_owned();
    api.send(request).await
}

pub async fn delete(api: &Api, path: &str) -> Response {
    api.send(Request::new("DELETE", &format!("/api/v1{path}"))).await
}

pub async fn pass_days(world: &World, days: i64) {
    let body = json!({"advanceDays": days}).to_string();
    Request::post("/dev/clock", body).send(&world.ledger.base()).await.unwrap().expect_status(200);
}

/// Runs the operator's command for the demo organization; whether it succeeded.
pub async fn set_plan(world: &World, arguments: &[&str]) -> bool {
    let mut command = world.ledger.command("set-plan");
    command.arg(world.acme.organization.to_string()).args(arguments);
    tokio::task::spawn_blocking(move || command.output().unwrap().status.success()).await.unwrap()
}

/// A key of an organization, written into the database.
pub async fn key(world: &World, organization: &str, bearer: &str, role: &str) -> Api {
    let uuid = organization.parse::<shared::id::OrganizationId>().unwrap().uuid();
    // As long as a real one.
    let bearer = world.own(bearer);
    let (mode, rest) = bearer.split_at("rk_live_".len());
    let bearer = format!("{mode}{rest:0>43}");
    world
        .database
        .run(&format!(
            "insert into api_keys (organization_id, id, name, bearer_hash, bearer_hint, scope, role, sealed_secret, created_at)
             values ('{uuid}', gen_random_uuid(), 'test', sha256('{bearer}'), 'rk_', 'read_write', '{role}', '', now())"
        ))
        .await;
    Api::new(world.ledger.base(), &bearer)
}
