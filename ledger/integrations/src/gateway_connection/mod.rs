//! Connections to payment gateways: how a brand lets Stripe, Paddle or Braintree tell of its sales.
//!
//! A connection is made in three steps: a row that says so ([`connect`]), the gateway asked and given our webhook address
//! ([`providers`]), the row settled and published to the edge. What breaks off between them is cleared up by [`cleanup`].
//! [`catalogue`] is what there is to know of each gateway, [`credentials`] reads what was pasted, [`check`] tests what is
//! stored. [`api`] is the API, [`dashboard`] the dashboard. What an event means is told in [`rules::gateway`].

pub mod api;
mod audit_fields;
pub mod catalogue;
pub mod change;
pub mod check;
pub mod cleanup;
pub mod connect;
pub mod credentials;
pub mod dashboard;
pub mod encryption;
pub mod form;
pub mod providers;
pub mod store;
pub mod view;
