//! How affiliates come: public program pages, applications, invitations, and imports from other platforms.
//!
//! It owns program pages, applications and imports. It may use `payouts` and what lies below.
#![forbid(unsafe_code)]

// Templates name the functions they call by this crate's name, whichever crate the page is of.
extern crate self as recruiting;

pub mod affiliate;
pub mod import;
pub mod program_page;
pub mod recruit;
pub mod router;

/// The types of columns. Cargo watches the file for this line alone.
const _: &str = include_str!("../sqlx.toml");
