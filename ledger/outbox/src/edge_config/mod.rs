//! What the edge must know, kept in step with the database.
//!
//! A redirect can't wait for the ledger, so the edge answers from records in its own key-value store. Each record is
//! written to an outbox ([`store`]) in the transaction that changes what it says ([`publish`]), and [`push`]ed
//! afterwards. What the edge still misses it asks for ([`read`]). [`records`] says what a record holds.

pub mod publish;
mod publish_key;
pub mod push;
pub mod read;
pub mod records;
pub mod store;

use shared::config::GpcMode;

/// As the database and the API spell it.
pub fn gpc_mode(text: &str) -> Option<GpcMode> {
    match text {
        "ignore" => Some(GpcMode::Ignore),
        "no_cookie" => Some(GpcMode::NoCookie),
        "no_tracking" => Some(GpcMode::NoTracking),
        _ => None,
    }
}
