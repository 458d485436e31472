//! Endpoints that a CRM's automations call: invite someone, set a segment, raise a rate, release commissions early.
//!
//! A CRM's webhook action sends one request with the person's data, mostly ignores the answer, repeats the request when
//! it is unsure, and may stop for every contact after a 4xx. So each operation identifies the person by email, is
//! idempotent, and returns 4xx only for errors in the setup: anything that concerns only this person is a 200 whose
//! `result` explains it. [`call`] parses the request in each format that CRMs send.

pub mod call;
pub mod invite;
pub mod rate_bump;
pub mod release;
pub mod response;
pub mod segment;
pub mod store;
