//! Imports from other platforms: affiliates keep their links, and customers stay assigned to the affiliate who referred
//! them; past sales keep their commissions.
//!
//! A file becomes rows ([`file`], [`create`]). Columns are recognized by their names, but the user can change the
//! mapping ([`field`]) and the date format ([`date`]). One function decides what to do with a row ([`decide`]), both
//! for the check, which changes nothing, and for the run ([`job`], [`apply`]), which continues where it was stopped.
//! Rows that already exist change nothing, so the same file can be imported again. A customer's assignment is a separate
//! event that applies from then on. A past sale is an event too, with the commission that the file states
//! ([`sale_row`], [`sale_decide`], [`sale_apply`]); what was paid for it elsewhere is never owed here. A past lead is a
//! sale without amounts ([`lead_row`]). Past bonuses and payments are amounts without a sale ([`entry_row`],
//! [`entry_decide`], [`entry_apply`]).

pub mod amount;
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
pub mod entry_apply;
pub mod entry_decide;
pub mod entry_row;
mod entry_store;
pub mod field;
pub mod file;
pub mod job;
pub mod known_store;
pub mod lead_row;
pub mod report;
pub mod row;
pub mod row_store;
pub mod sale_apply;
pub mod sale_decide;
mod sale_page;
pub mod sale_row;
pub mod store;
mod suggest;
mod suggest_page;
pub mod view;

/// The maximum size of a file.
pub const FILE_BYTES_MAX: usize = 20 * 1024 * 1024;
/// The maximum number of rows in a file.
pub const ROWS_MAX: usize = 50_000;
