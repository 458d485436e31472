//! Recruiting affiliates: public program pages, applications, invitations, and imports from other platforms.
//!
//! The crate owns program pages, affiliates' pages of links, applications and imports. It may use `payouts` and the
//! layers below.
#![forbid(unsafe_code)]

// Templates call functions by this crate's name, whichever crate renders the page.
extern crate self as recruiting;

pub mod bio_page;
pub mod import;
mod program_choice;
pub mod program_page;
pub mod recruit;
pub mod router;

/// Makes Cargo rebuild the crate if the column types in this file change.
const _: &str = include_str!("../sqlx.toml");
