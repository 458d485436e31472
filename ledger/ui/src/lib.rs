//! Pages that join nouns: the dashboard's overview and lists, the affiliate portal, claims of missing sales, the status page.
//!
//! A page of one noun stands with that noun, further down. It may use every crate of the ledger but the binary.
#![forbid(unsafe_code)]

// Templates name the functions they call by this crate's name, whichever crate the page is of.
extern crate self as ui;

pub mod account;
pub mod api;
pub mod dashboard;
pub mod missing_sale_claim;
pub mod notification;
pub mod portal;
pub mod router;
pub mod status;

/// The types of columns. Cargo watches the file for this line alone.
const _: &str = include_str!("../sqlx.toml");
