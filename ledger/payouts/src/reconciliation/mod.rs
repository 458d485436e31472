//! Reconciles our payouts with Stripe's transfers, once a day and on request.
//!
//! [`job`] takes the connections that are due, [`list_transfers`] lists Stripe's transfers, and [`compare`] finds the
//! differences. [`write`] stores the differences until they are resolved, notifies owners and admins of new ones, and
//! makes sure that no one is paid again if money may have been sent that the book doesn't know of. [`bank`] asks
//! whether banks took the money. Nothing here books anything: what came back at Stripe is booked by `payout`, which a
//! notification makes check again.

pub mod api;
mod bank;
mod bank_store;
pub mod before_run;
pub mod compare;
pub mod dashboard;
pub mod email;
pub mod job;
mod list_transfers;
mod secure;
pub mod store;
pub mod view;
mod write;
mod write_store;
