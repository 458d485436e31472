//! Payouts: what affiliates are paid, and the steps of each payment.
//!
//! [`job`] takes the brand's Stripe connections with due payouts, and a [`worker`] processes a few payouts of a
//! connection at the same time. An [`executor`] handles one payout: [`reserve`] reserves the money, a call to Stripe
//! sends it, and depending on the outcome ([`apply_outcome`]) the payout is paid ([`settle`]), cancelled ([`cancel`]),
//! or waits. Everything that moves money goes through [`postings`], under the book's lock. [`returned`] and [`bank`]
//! record what happens to a payment later; Stripe's notifications ([`stripe_notifications`]) make us check.
//!
//! Payments made outside are recorded immediately ([`external_payment`]; those made on another platform before the move:
//! [`past`]), or reserved and then marked manually or by import. If they shouldn't be made any more, [`stopped`] says
//! so. People act on one payout through [`actions`]: the API in [`actions_api`], and the dashboard's pages.

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
pub mod past;
pub mod past_extra;
mod past_store;
pub mod postings;
mod reserve;
mod reserve_store;
mod return_store;
pub mod returned;
pub mod row_store;
mod settle;
pub mod stopped;
pub mod stopped_store;
pub mod store;
pub mod stripe_lookup;
mod stripe_notification_store;
pub mod stripe_notifications;
pub mod view;
mod worker;
