//! Payout runs: in one currency, everybody to whom something is payable is paid at once.
//!
//! A run is proposed ([`propose`]): [`preview`] reads who is owed what, the pure `payout_core::select` decides who is in it and
//! who isn't and why, and both are written down. It is approved or cancelled ([`decide`]); from then on each payout goes its
//! own way in `payout`. What isn't paid by Stripe leaves as a file ([`export`]) and comes back as one ([`import`]). The job
//! proposes runs that are scheduled ([`settings`]) and ends those in which nothing is under way any more.

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
pub mod preview;
pub mod propose;
pub mod read_store;
pub mod settings;
pub mod settings_api;
pub mod settings_dashboard;
pub mod settings_store;
pub mod store;
pub mod view;
pub mod view_model;
