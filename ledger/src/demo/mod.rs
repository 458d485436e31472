//! `rekomi demo`: creates two organizations to try everything with, in `dev` and `test` only.
//!
//! Every credential and id is derived from the installation's key, so a second run finds what the first one created and
//! prints the same. Standard output gets one JSON object; everything else goes to the log.

mod creators;
mod credentials;
mod listing;
mod load;
mod page;
mod sales;

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use self::credentials::{Brand, Credentials, GatewayAccount};
use crate::clients;
use integrations::gateway_connection::catalogue;
use kit::{
    clock::Clock,
    config::{Config, Environment},
    db::{Db, Share},
    state::AppState,
};
use outbox::edge_config;

/// How long the serving process has to push the records to the edge.
const PUSH_PATIENCE: Duration = Duration::from_secs(10);

/// # Errors
/// Outside development, or if the database reports an error.
pub async fn run(config: Config, sales: u32) -> anyhow::Result<()> {
    ensure!(config.environment.is_development(), "demo data requires REKOMI_ENV=dev or test");
    let credentials = Credentials::derive(&config.keys.demo, edge_port(&config)?, "");
    let db = Db::connect(config.database_url.expose(), Share::command(2)).await?;
    let now = Clock::default().now();
    load::all(&db, &config, &credentials, now).await?;
    // Tests begin with an empty network.
    if config.network.enabled && config.environment == Environment::Dev {
        let state = AppState::new(config.clone(), db.clone(), clients::http_client()?, clients::outbound(&config)?);
        listing::publish(&state, &credentials.acme).await?;
        creators::publish(&state).await?;
    }
    if sales > 0 {
        let state = AppState::new(config.clone(), db.clone(), clients::http_client()?, clients::outbound(&config)?);
        sales::report(&state, &credentials.acme, sales, now).await?;
    }
    wait_until_pushed(&db, &credentials).await?;
    println!("{}", serde_json::to_string_pretty(&describe(&config, &credentials))?);
    db.close().await;
    Ok(())
}

/// Creates two more organizations, for the tests that share a serving process. `suffix` is part of the names that no two
/// organizations may share.
///
/// # Errors
/// If the suffix isn't one to sixteen lowercase letters and digits, or if the database reports an error.
pub async fn more(state: &AppState, suffix: &str) -> anyhow::Result<Value> {
    let is_plain = suffix.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    ensure!(is_plain && (1..=16).contains(&suffix.len()), "a suffix is 1 to 16 lowercase letters and digits");
    let credentials = Credentials::derive(&state.config.keys.demo, edge_port(&state.config)?, suffix);
    load::all(&state.db, &state.config, &credentials, state.clock.now()).await?;
    state.db.tenants_changed();
    Ok(describe(&state.config, &credentials))
}

fn edge_port(config: &Config) -> anyhow::Result<u16> {
    let edge = url::Url::parse(&config.edge_url).context("REKOMI_EDGE_URL")?;
    edge.port_or_known_default().context("REKOMI_EDGE_URL has no port")
}

/// The data that a script needs, to be completed by the caller that started the processes.
fn describe(config: &Config, credentials: &Credentials) -> Value {
    let acme = &credentials.acme;
    let organization = |brand: &Brand| json!({"id": brand.organization, "slug": brand.slug});
    json!({
        "organization": organization(acme),
        "owner": {"email": credentials.owner_email, "password": credentials.owner_password.expose()},
        "apiKey": acme.bearer.expose(),
        "signingSecret": acme.signing_secret.expose(),
        "publicKey": acme.public_key,
        "program": {"id": acme.program, "slug": acme.program_slug},
        "affiliate": {"id": acme.affiliate, "slug": acme.affiliate_slug, "email": acme.affiliate_email},
        "link": format!("{}/{}", config.edge_url, acme.affiliate_slug),
        "gateways": gateways(config, credentials),
        "mailbox": format!("{}/dev/mailbox", config.public_url),
        "other": {
            "organization": organization(&credentials.globex),
            "apiKey": credentials.globex.bearer.expose(),
        },
    })
}

/// Each gateway's webhook URL and signing secret.
fn gateways(config: &Config, credentials: &Credentials) -> Value {
    let url = |account: &GatewayAccount| catalogue::webhook_url(&config.edge_url, account.gateway, account.id);
    let (stripe, paddle, braintree) = (&credentials.stripe, &credentials.paddle, &credentials.braintree);
    let (public, private) = braintree.secret.expose().split_once('|').unwrap_or_default();
    json!({
        "stripe": {"url": url(stripe), "secret": stripe.secret.expose()},
        "paddle": {"url": url(paddle), "secret": paddle.secret.expose()},
        "braintree": {"url": url(braintree), "publicKey": public, "privateKey": private},
    })
}

/// Waits until the serving process has pushed the records; this process doesn't push.
async fn wait_until_pushed(db: &Db, credentials: &Credentials) -> anyhow::Result<()> {
    let both = vec![credentials.acme.organization, credentials.globex.organization];
    let pushed = async {
        loop {
            let mut tx = db.tenants(both.clone()).await?;
            let backlog = edge_config::store::backlog(&mut tx).await?;
            tx.commit().await?;
            if backlog == 0 {
                return Ok::<_, sqlx::Error>(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    match tokio::time::timeout(PUSH_PATIENCE, pushed).await {
        Ok(done) => done?,
        Err(_) => tracing::warn!(
            event = "demo.edge_incomplete",
            "the edge hasn't received all of the demo's records yet. Are `rekomi serve` and the edge running? \
             The edge also requests missing records."
        ),
    }
    Ok(())
}
