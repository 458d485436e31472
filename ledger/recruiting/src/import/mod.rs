//! Moving in from another platform: affiliates keep their links, customers stay bound to whoever brought them.
//!
//! A file becomes rows ([`file`], [`create`]); columns are recognised by their names and may be told otherwise ([`field`]),
//! and so may the order of dates ([`date`]).
//! What is to be done with a row is decided in one place ([`decide`]), by the check, which changes nothing, and by the run
//! ([`job`], [`apply`]), which goes on where it was stopped. What is there already changes nothing, so the same file may
//! come again. Nothing is sold or paid by an import: a customer's binding is an event of its own, and counts from then on.

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

/// A file is no larger.
pub const FILE_BYTES_MAX: usize = 20 * 1024 * 1024;
/// Nor has it more rows.
pub const ROWS_MAX: usize = 50_000;
