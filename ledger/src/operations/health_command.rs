//! `rekomi health`: asks the ledger on this machine whether it's ready, for orchestrators that run a command instead of
//! making a request. It needs no shell and no other setting than `REKOMI_LISTEN`.

use std::time::Duration;

use anyhow::{Context, bail};
use kit::{
    config::{listen, own_url},
    error::request_failure,
};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(4);

/// # Errors
/// If nothing answers, or if the ledger isn't ready, with its reason.
#[expect(clippy::print_stdout, reason = "a command's result")]
pub async fn run() -> anyhow::Result<()> {
    drop(rustls::crypto::ring::default_provider().install_default());
    let url = format!("{}/readyz", own_url(listen()?));
    // It's on this machine, whatever proxy outgoing requests take.
    let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().context("the HTTP client")?;
    let response = match http.get(&url).send().await {
        Ok(response) => response,
        Err(error) => bail!("the ledger isn't running at {url}: {}", request_failure(error)),
    };
    let status = response.status();
    if status.is_success() {
        println!("ready");
        return Ok(());
    }
    let body: Value = response.json().await.unwrap_or_default();
    bail!("not ready: {}", body["message"].as_str().map_or_else(|| status.to_string(), str::to_owned))
}
