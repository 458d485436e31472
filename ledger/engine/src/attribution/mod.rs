//! Attribution and the database: names in reports become touches, and what programs say is loaded. The rules are
//! `rules::attribution`.

pub mod resolve;
pub mod store;
