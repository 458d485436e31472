//! Payouts: what affiliates are paid, and each payment's way there.
//!
//! [`job`] takes the brand's Stripe connections on which payouts are due, and a [`turn`] works a few of them off at once. A
//! [`course`] is one payout's: [`reserve`] sets the money aside, a call to Stripe sends it, and by what came of it
//! ([`outcome`]) it is paid ([`settle`]), given up ([`void`]), or waits. Everything that moves money goes through
//! [`shift`], under the book's lock. [`returned`] and [`bank`] mirror what becomes of a payment later, which [`hint`]s of
//! Stripe make us look at.
//!
//! What is paid outside is written down at once ([`record`]), or set aside and marked by hand or import. People act on one
//! payout by [`act`]: the API in [`act_handler`], and the dashboard's pages.

pub mod act;
pub mod act_handler;
mod act_store;
pub mod ask;
mod attempt_store;
pub mod bank;
mod course;
pub mod handler;
pub mod hint;
mod hint_store;
mod item_store;
pub mod job;
mod lease_store;
pub mod letter;
mod letter_store;
mod outcome;
mod pace;
pub mod paid;
pub mod record;
mod reserve;
mod reserve_store;
mod return_store;
pub mod returned;
pub mod row_store;
mod settle;
pub mod shift;
pub mod stalled;
pub mod store;
mod turn;
pub mod view;
mod void;
