//! Paying affiliates, as far as it needs neither clock nor I/O.
//!
//! [`stripe`] says what the brand's own Stripe account is asked, and what its answers mean. [`step`] decides what is done
//! about a payout next, so that it is paid once whatever gets lost on the way. [`share`] says how much of which commission
//! a payout takes and gives back. [`select`] says who is paid in a run and who isn't ([`minimum`]: what is too little),
//! [`schedule`] when the next one is, [`portion`] how much of an amount can be sent, and
//! [`rail`] writes and reads the files of payment services that we don't call. [`tax`] knows the tax forms, [`document`]
//! prints receipts and statements. The ledger's `payout` sends, waits and remembers.
#![forbid(unsafe_code)]

pub mod document;
pub mod minimum;
pub mod portion;
pub mod rail;
pub mod schedule;
pub mod select;
pub mod share;
pub mod step;
pub mod stripe;
pub mod tax;
pub mod withhold;
