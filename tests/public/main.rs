//! The other pages of the ledger: sign-up, sign-in and account settings, invitations, program pages, unsubscribing, and the
//! status page.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on stops where it is")]

mod account;
mod invites;
mod notifications;
mod program_page;
mod status;
