//! Are our payouts and Stripe's transfers the same? A comparison a day, or when somebody asks for it.
//!
//! [`job`] takes the connections whose time has come, [`ask`] lists Stripe's transfers, and [`compare`] says what differs.
//! [`write`] keeps the differences until they are gone, tells owners of new ones, and sees to it that nobody is paid again
//! where money may have gone out that the book doesn't know of. [`bank`] asks whether banks took the money. Nothing here
//! books anything: what came back at Stripe is mirrored by `payout`, which a hint makes look again.

mod ask;
mod bank;
mod bank_store;
pub mod before_run;
pub mod compare;
pub mod handler;
pub mod job;
pub mod letter;
pub mod page;
mod secure;
pub mod store;
pub mod view;
mod write;
mod write_store;
