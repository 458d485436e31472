//! Changes for the audit log, one of them with a hostile text.

use serde_json::{Value, json};

use crate::{World, http::Request};

/// Creates three keys by API and renames the second one to a formula that a spreadsheet would run.
pub async fn three_keys(world: &World) -> Vec<Value> {
    let mut made = Vec::new();
    for name in ["one", "two", "three"] {
        made.push(world.api().post("/api-keys", &json!({ "name": name })).await.expect_status(201).json());
    }
    let path = format!("/api/v1/api-keys/{}", made[1]["id"].as_str().unwrap());
    let renamed = Request::new("PATCH", &path)
        .header("Content-Type", "application/json")
        .header("Rekomi-Request-Id", "req_of_the_rename");
    let body = json!({"name": "=HYPERLINK(\"evil\") <b>"}).to_string().into_bytes();
    world.api().send(Request { body, ..renamed }).await.expect_status(200);
    made
}
