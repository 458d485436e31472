//! Journeys: what people and their programs do, from the first click to the booked cent, through real workerd and real
//! Postgres.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on stops where it is")]

mod attribution;
mod config;
mod dashboard;
mod hosts;
mod pixel;
mod s2s_sale;
mod script;
mod stripe;
mod thousand_clicks;

use shared::timestamp::Timestamp;
use tokio::sync::OnceCell;
use world::{Plan, World, client::s2s::Backend, stripe::Stripe, wait};

/// One world with an edge for all journeys that only add buyers of their own; starting one takes seconds. It ends with
/// the process.
async fn town() -> &'static World {
    static TOWN: OnceCell<World> = OnceCell::const_new();
    TOWN.get_or_init(|| Box::pin(Plan::default().edge().start())).await
}

fn backend(world: &World) -> Backend {
    Backend { base: world.edge_base(), api_key: world.acme.api_key.clone(), secret: world.acme.signing_secret.clone() }
}

fn stripe_account(world: &World) -> Stripe {
    let target = format!("/hooks/stripe/{}", world.acme.stripe.unwrap());
    Stripe { base: world.edge_base(), target, secret: world.acme.stripe_secret.clone() }
}

/// The conversion of that external id with its commissions, which must be there within 10 s.
async fn booked(world: &World, external_id: &str) -> (serde_json::Value, Vec<serde_json::Value>) {
    let api = world.api();
    wait::until(&format!("{external_id} to be booked"), 10, async || api.booked(external_id).await).await
}

/// A name that no other test uses.
fn name(of: &str) -> String {
    let moment: Timestamp = wait::now();
    format!("{of}{}", moment.millis() % 1_000_000_000)
}
