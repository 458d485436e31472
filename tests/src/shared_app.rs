//! One world with an edge for all tests of a program that only add visitors and buyers of their own: starting one takes
//! seconds. It ends with the process.

use serde_json::Value;
use tokio::sync::OnceCell;

use crate::{Plan, World, client::s2s::Backend, stripe::Stripe, wait};

pub async fn shared_app() -> &'static World {
    static SHARED_APP: OnceCell<World> = OnceCell::const_new();
    SHARED_APP.get_or_init(|| Box::pin(Plan::default().edge().start())).await
}

/// The first brand's backend.
pub fn backend(world: &World) -> Backend {
    Backend { base: world.edge_base(), api_key: world.acme.api_key.clone(), secret: world.acme.signing_secret.clone() }
}

/// The first brand's Stripe account.
pub fn stripe_account(world: &World) -> Stripe {
    let target = format!("/hooks/stripe/{}", world.acme.stripe.unwrap());
    Stripe { base: world.edge_base(), target, secret: world.acme.stripe_secret.clone() }
}

/// The conversion of that external id with its commissions, which must be there within 10 s.
pub async fn booked(world: &World, external_id: &str) -> (Value, Vec<Value>) {
    let api = world.api();
    wait::until(&format!("{external_id} to be booked"), 10, async || api.booked(external_id).await).await
}

/// A name that no other test uses.
pub fn name(of: &str) -> String {
    format!("{of}{:x}", rand::random::<u32>())
}
