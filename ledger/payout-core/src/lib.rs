//! Paying affiliates: the logic that needs neither clock nor I/O.
//!
//! [`stripe`] builds the requests to the brand's own Stripe account and interprets the answers. [`step`] decides the
//! next step of a payout, so that it is paid exactly once, whatever gets lost on the way. [`share`] computes how much
//! of each commission a payout takes and returns. [`select`] decides who is paid in a run ([`minimum`]: the least
//! amount), [`schedule`] when the next run is, and [`portion`] how much of an amount can be sent. [`rail`] writes and
//! reads the files of payment services that have no API here. [`tax`] implements the tax forms, and [`document`] prints
//! receipts and statements. The ledger's `payout` module sends, waits and stores.
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
