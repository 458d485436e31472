//! Connections to payment gateways: how a brand lets Stripe, Paddle, Braintree, Shopify, Dodo Payments or
//! Creem report its sales.
//!
//! A connection is created in three steps: [`connect`] inserts a row, [`providers`] calls the gateway and registers our
//! webhook URL, then the row is completed and published to the edge. If this is interrupted, [`cleanup`] removes what
//! remains. [`catalogue`] has the static facts about each gateway, [`credentials`] validates what the brand entered,
//! [`check`] tests the stored credentials, and [`job`] does so every day. [`api`] is the API, [`dashboard`] the dashboard.
//! [`rules::gateway`] interprets the events.

pub mod api;
mod audit_fields;
pub mod catalogue;
pub mod change;
pub mod check;
pub mod cleanup;
pub mod connect;
pub mod credentials;
pub mod dashboard;
pub mod email;
pub mod encryption;
pub mod form;
pub mod job;
mod job_store;
pub mod providers;
pub mod store;
pub mod view;
