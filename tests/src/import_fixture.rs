//! Imports by API: a file, a run to its end, and its counts.

use serde_json::{Value, json};

use crate::{World, client::api::Api, wait};

pub fn file(world: &World, kind: &str, csv: &str) -> Value {
    json!({"kind": kind, "source": "Rewardful", "programId": world.acme.program.to_string(),
           "destination": "https://acme.test/pricing", "csv": csv})
}

pub async fn import(api: &Api, body: &Value) -> Value {
    let made = api.post("/imports", body).await.expect_status(201).json();
    let id = made["id"].as_str().unwrap().to_owned();
    api.post(&format!("/imports/{id}/start"), &json!({})).await.expect_status(202);
    done(api, &id, 60).await
}

pub async fn done(api: &Api, id: &str, seconds: u64) -> Value {
    wait::until("the import's end", seconds, async || {
        let import = api.get(&format!("/imports/{id}")).await.json();
        (import["state"] == "Done").then_some(import)
    })
    .await
}

pub fn counts(import: &Value) -> [i64; 4] {
    ["new", "updated", "unchanged", "refused"].map(|name| import[name].as_i64().unwrap())
}
