//! `/dashboard/affiliates`: who promotes, who asks to, and everything about one of them.

pub mod act;
pub mod answers;
pub mod asked;
pub mod csv;
pub mod deed;
pub mod figures_store;
pub mod many;
pub mod new;
pub mod one;
pub mod one_store;
pub mod page;
pub mod profile;
pub mod ranked;
pub mod statement;
pub mod store;
pub mod timeline;
pub mod timeline_store;

/// Where the list is.
pub const PLACE: &str = "/dashboard/affiliates";
