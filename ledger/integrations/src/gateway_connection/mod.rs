//! Connections to payment gateways: how a brand lets Stripe, Paddle or Braintree tell of its sales.
//!
//! A connection is made in three steps: a row that says so ([`connect`]), the gateway asked and given our webhook address
//! ([`vendor`]), the row settled and published to the edge. What breaks off between them is cleared up by [`cleanup`].
//! [`catalogue`] is what there is to know of each gateway, [`credentials`] reads what was pasted, [`check`] tests what is
//! stored. [`handler`] is the API, [`page`] the dashboard. What an event means is told in [`rules::gateway`].

pub mod catalogue;
pub mod change;
pub mod check;
pub mod cleanup;
pub mod connect;
pub mod credentials;
pub mod form;
pub mod handler;
pub mod page;
pub mod sealing;
pub mod store;
mod told;
pub mod vendor;
pub mod view;
