//! The rules that decide about money, and nothing else: facts, credit, and earnings.
//!
//! Everything here is pure: no database, no HTTP, no clock. The same facts give the same result, so each rule is tested
//! with thousands of made-up histories in seconds. It uses `shared` and the currencies of `payout_core`, and no other
//! crate of the ledger.
//!
//! In the order of the data flow: a gateway's message becomes facts, facts determine who is credited, and credit
//! becomes commissions and entries of the book.
#![forbid(unsafe_code)]

pub mod attribution;
pub mod book;
pub mod commission;
pub mod conversion;
pub mod coupon;
pub mod customer;
pub mod exchange_rate;
pub mod fact;
pub mod figures;
pub mod format;
pub mod gateway;
pub mod network;
pub mod reward;
