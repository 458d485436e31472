//! Imports from other platforms: affiliates keep their links, and customers stay assigned to the affiliate who referred
//! them.
//!
//! A file becomes rows ([`file`], [`create`]). Columns are recognized by their names, but the user can change the
//! mapping ([`field`]) and the date format ([`date`]). One function decides what to do with a row ([`decide`]), both
//! for the check, which changes nothing, and for the run ([`job`], [`apply`]), which continues where it was stopped.
//! Rows that already exist change nothing, so the same file can be imported again. An import creates no sales or
//! payouts: a customer's assignment is a separate event that applies from then on.

pub mod api;
pub mod apply;
pub mod check;
pub mod create;
pub mod csv;
pub mod dashboard;
pub mod date;
pub mod decide;
pub mod detail;
pub mod email;
pub mod field;
pub mod file;
pub mod job;
pub mod known_store;
pub mod row;
pub mod row_store;
pub mod store;
pub mod view;

/// The maximum size of a file.
pub const FILE_BYTES_MAX: usize = 20 * 1024 * 1024;
/// The maximum number of rows in a file.
pub const ROWS_MAX: usize = 50_000;
