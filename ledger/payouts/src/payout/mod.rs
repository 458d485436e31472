//! Payouts: what affiliates are paid, and each payment's way there.
//!
//! [`job`] takes the brand's Stripe connections on which payouts are due, and a [`worker`] works a few of them off at once. A
//! [`executor`] is one payout's: [`reserve`] sets the money aside, a call to Stripe sends it, and by what came of it
//! ([`apply_outcome`]) it is paid ([`settle`]), given up ([`cancel`]), or waits. Everything that moves money goes through
//! [`postings`], under the book's lock. [`returned`] and [`bank`] mirror what becomes of a payment later, which [`stripe_notifications`]s of
//! Stripe make us look at.
//!
//! What is paid outside is written down at once ([`external_payment`]), or set aside and marked by hand or import. People act on one
//! payout by [`actions`]: the API in [`actions_api`], and the dashboard's pages.

pub mod actions;
pub mod actions_api;
mod actions_store;
pub mod api;
mod apply_outcome;
mod attempt_store;
pub mod bank;
pub mod blocked;
mod cancel;
pub mod email;
mod email_store;
mod executor;
pub mod external_payment;
mod item_store;
pub mod job;
mod lease_store;
mod pace;
pub mod paid;
pub mod postings;
mod reserve;
mod reserve_store;
mod return_store;
pub mod returned;
pub mod row_store;
mod settle;
pub mod store;
pub mod stripe_lookup;
mod stripe_notification_store;
pub mod stripe_notifications;
pub mod view;
mod worker;
