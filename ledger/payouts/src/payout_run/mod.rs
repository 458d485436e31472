//! Payout runs: a run pays everyone who is owed money in one currency.
//!
//! A run is proposed ([`propose`]): [`preview`] reads who is owed what, the pure `payout_core::select` decides who is
//! included and who is excluded and why, and both are stored. On the dashboard a person reviews that first ([`pay`],
//! [`review`]). It is approved or cancelled ([`decide`]); from then on each payout is handled separately in `payout`.
//! Payouts that don't go through Stripe are exported as a file ([`export`]), and the results are imported ([`import`]).
//! The job proposes scheduled runs (`payout_settings`) and ends runs whose payouts have all ended.

pub mod api;
pub mod candidate_store;
pub mod csv;
pub mod dashboard;
pub mod dashboard_files;
pub mod decide;
pub mod detail;
pub mod email;
pub mod export;
pub mod file_store;
pub mod files;
pub mod import;
mod import_book;
mod import_rows;
mod import_store;
pub mod job;
pub mod job_store;
pub mod pay;
mod pay_view;
pub mod preview;
pub mod propose;
pub mod read_store;
pub mod review;
pub mod store;
mod tax_question;
pub mod view;
pub mod view_model;
