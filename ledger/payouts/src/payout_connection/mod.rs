//! The brand's own Stripe account, from whose balance affiliates are paid: Rekomi only makes calls with its key, and never
//! holds money.
//!
//! [`key`] reads what is pasted, [`probe`] finds out what it may, [`connect`] writes it down, [`endpoint`] lets Stripe tell
//! us things, [`hook`] hears them. [`check`] tests what is stored, [`pause`] stops it where Stripe refuses the key. [`funds`]
//! is the balance, [`shortfall`](mod@short) what it lacks. [`api`] is the API, [`dashboard`] the dashboard.

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
