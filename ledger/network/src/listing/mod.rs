//! Programs that brands list in the network, and the public pages of the network.
//!
//! A brand writes a listing ([`input`], [`dashboard`], [`api`]); what it offers comes from the program itself ([`offer`])
//! and is kept in the listing's row, so that the public pages ([`search`], [`page`], [`sitemap`]) read one table. The
//! operator approves what is submitted ([`operator`]). [`job`] keeps offers and figures up to date.

mod answer;
pub mod api;
pub mod api_view;
mod change;
pub mod dashboard;
mod dashboard_view;
pub mod email;
mod figures_store;
mod filter;
pub mod input;
pub mod job;
pub mod offer;
pub mod operator;
mod operator_store;
pub mod page;
mod public_store;
mod query;
pub mod sample;
pub mod search;
pub mod sitemap;
pub mod store;

use kit::{
    error::{Error, Result},
    state::AppState,
};

/// # Errors
/// 404 if this installation has no network.
pub(crate) fn open(state: &AppState) -> Result<()> {
    if state.config.network.enabled { Ok(()) } else { Err(Error::not_found()) }
}

/// Whether someone approves listings before they are shown.
pub(crate) fn needs_approval(state: &AppState) -> bool {
    !state.config.network.operators.is_empty()
}
