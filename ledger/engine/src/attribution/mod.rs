//! Attribution and the database: turns names in reports into touches, and loads what programs specify. The rules are in
//! `rules::attribution`.

pub mod resolve;
mod slugs_store;
pub mod store;
