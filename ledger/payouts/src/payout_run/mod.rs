//! Payout runs: in one currency, everybody to whom something is payable is paid at once.
//!
//! A run is proposed ([`propose`]): [`gather`] reads who is owed what, the pure `payment::select` decides who is in it and
//! who isn't and why, and both are written down. It is approved or cancelled ([`decide`]); from then on each payout goes its
//! own way in `payout`. What isn't paid by Stripe leaves as a file ([`export`]) and comes back as one ([`import`]). The job
//! proposes runs that are scheduled ([`settings`]) and ends those in which nothing is under way any more.

pub mod candidate_store;
pub mod csv;
pub mod decide;
pub mod export;
pub mod file_store;
pub mod files;
pub mod gather;
pub mod handler;
pub mod import;
mod import_book;
mod import_rows;
mod import_store;
pub mod job;
pub mod job_store;
pub mod letter;
pub mod page;
pub mod page_files;
pub mod page_one;
pub mod page_view;
pub mod propose;
pub mod read_store;
pub mod settings;
pub mod settings_handler;
pub mod settings_page;
pub mod settings_store;
pub mod store;
pub mod view;
