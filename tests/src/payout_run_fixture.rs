//! Payout runs by API: affiliates who are owed money, a run from proposal to export, and its result files.

use serde_json::{Value, json};

use crate::{
    World,
    brand::Partner,
    client::api::Api,
    http::{Request, Response},
    wait,
};

pub async fn bonus(world: &World, affiliate: &str, cents: i64, currency: &str) {
    let gift = json!({
        "programId": world.acme.program.to_string(), "amountCents": cents, "currency": currency, "reason": "for the launch",
    });
    let kind = if cents > 0 { "bonuses" } else { "adjustments" };
    world.api().post(&format!("/affiliates/{affiliate}/{kind}"), &gift).await.expect_status(201);
}

/// Creates an affiliate who is paid outside Stripe, with details as the portal would store them.
pub async fn partner(world: &World, name: &str, rail: &str) -> Partner {
    let partner = world.acme.join(&world.database, name).await;
    let details = if rail == "Manual" {
        json!({"rail": rail, "holder": name, "account": "DE02 1203 0000 0000 2020 51"})
    } else {
        json!({"rail": rail, "email": format!("{name}@paid.test")})
    };
    let path = format!("/api/v1/affiliates/{}/payout-method", partner.affiliate);
    let request = Request { method: "PUT".to_owned(), ..Request::post(&path, details.to_string()) };
    world.api().send(request).await.expect_status(200);
    partner
}

pub async fn propose(api: &Api, currency: &str) -> Response {
    api.post("/payout-runs", &json!({"currency": currency})).await
}

pub async fn act(api: &Api, run: &str, what: &str) -> Response {
    api.send(Request::new("POST", &format!("/api/v1/payout-runs/{run}/{what}"))).await
}

pub async fn run(api: &Api, id: &str) -> Value {
    api.get(&format!("/payout-runs/{id}")).await.expect_status(200).json()
}

pub fn id(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

/// Waits until all money of the run is reserved.
pub async fn reserved(api: &Api, id: &str) -> Value {
    wait::until("the run's money is set aside", 20, async || {
        let run = run(api, id).await;
        (run["state"] == "Running" && run["counts"]["scheduled"] == 0).then_some(run)
    })
    .await
}

/// Exports a run in that currency for the rail and returns its id and the payouts in the file.
pub async fn exported(api: &Api, currency: &str, rail: &str) -> (String, Vec<String>) {
    let made = id(&propose(api, currency).await.expect_status(201).json());
    act(api, &made, "approve").await.expect_status(200);
    reserved(api, &made).await;
    api.get(&format!("/payout-runs/{made}/export?rail={rail}")).await.expect_status(200);
    let payouts = api.all(&format!("/payouts?runId={made}")).await;
    let sending = payouts.iter().filter(|one| one["status"] == "Sending").map(id).collect();
    (made, sending)
}

pub async fn import(api: &Api, run: &str, csv: &str) -> Response {
    let path = format!("/api/v1/payout-runs/{run}/import");
    let request = Request { body: csv.into(), ..Request::new("POST", &path) };
    api.send(request.header("Content-Type", "text/csv")).await
}

pub fn outcomes(answer: &Value) -> Vec<(i64, String, Option<String>)> {
    let rows = answer["rows"].as_array().unwrap().iter();
    rows.map(|row| {
        let text = |name: &str| row[name].as_str().map(str::to_owned);
        (row["line"].as_i64().unwrap(), text("outcome").unwrap(), text("error"))
    })
    .collect()
}
