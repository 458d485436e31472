//! Keeps the edge's config in sync with the database.
//!
//! A redirect can't wait for the ledger, so the edge answers from records in its own key-value store. The transaction
//! that changes a record also writes it ([`publish`]) to an outbox ([`store`]), which is [`push`]ed afterwards. The
//! edge requests records that it is missing ([`read`]). [`records`] builds the content of a record.

pub mod publish;
mod publish_key;
pub mod push;
pub mod read;
pub mod records;
pub mod store;

use shared::config::GpcMode;

/// Parses the mode as the database and the API spell it.
pub fn gpc_mode(text: &str) -> Option<GpcMode> {
    match text {
        "ignore" => Some(GpcMode::Ignore),
        "no_cookie" => Some(GpcMode::NoCookie),
        "no_tracking" => Some(GpcMode::NoTracking),
        _ => None,
    }
}
