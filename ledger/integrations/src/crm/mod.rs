//! Connections to CRMs: a brand's account at a vendor, the interactive calls to it (a test, a list of choices), and its
//! settings for syncs.
//!
//! The crate [`connector`] knows the vendors' requests and answers; [`wire`] sends them, [`mask`] keeps secrets out of
//! everything that is shown, and [`walk`] runs a task while someone waits. [`refresh_token`] keeps the newest refresh
//! token of vendors that replace it. [`pace`] keeps all calls within the vendors'
//! limits. [`outbox::sync`] does the background work, affiliate by affiliate.

pub mod actions;
pub mod api;
mod audit_fields;
pub mod change;
pub mod check;
pub mod connect;
pub mod credentials;
pub mod dashboard;
pub mod detail;
mod distance;
pub mod encryption;
mod fault;
mod form;
pub mod hosts;
pub mod hosts_store;
pub mod lint;
pub mod live;
pub mod mask;
pub mod override_store;
pub mod overrides;
pub mod overrides_api;
pub mod pace;
pub mod pace_store;
pub mod pause;
pub mod pick;
pub mod refresh_token;
pub mod refresh_token_store;
pub mod settings;
pub mod store;
pub mod sync_code;
pub mod tags;
pub mod view;
mod view_model;
pub mod waiting_store;
pub mod walk;
pub mod wire;
