//! Are our payouts and Stripe's transfers the same? A comparison a day, or when somebody asks for it.
//!
//! [`job`] takes the connections whose time has come, [`list_transfers`] lists Stripe's transfers, and [`compare`] says what differs.
//! [`write`] keeps the differences until they are gone, tells owners of new ones, and sees to it that nobody is paid again
//! where money may have gone out that the book doesn't know of. [`bank`] asks whether banks took the money. Nothing here
//! books anything: what came back at Stripe is mirrored by `payout`, which a hint makes look again.

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
