//! The brand's own Stripe account, from whose balance affiliates are paid: Rekomi only makes calls with its key, and
//! never holds money.
//!
//! [`key`] reads the entered key, [`probe`] finds out what it may do, [`connect`] stores it, [`endpoint`] registers
//! webhooks at Stripe, [`hook`] receives them. [`check`] tests what is stored, [`pause`] stops it if Stripe refuses the
//! key. [`funds`] is the balance, [`shortfall`](mod@short) what is missing from it. [`api`] is the API, [`dashboard`]
//! the dashboard.

pub mod api;
mod audit_fields;
pub mod check;
pub mod client;
pub mod connect;
pub mod dashboard;
pub mod encryption;
pub mod endpoint;
pub mod fault;
pub mod funds;
pub mod handover_store;
pub mod hook;
pub mod key;
pub mod pause;
pub mod probe;
pub mod shortfall;
pub mod store;
pub mod view;
