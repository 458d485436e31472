//! What affiliates can see and keep of their payouts: receipts, as pages and files, and what they were paid in a year.
//! The brand gets the same through the API and its dashboard.
//!
//! [`store`] and [`yearly_store`] load the data; `payout_core::document` builds the documents. `portal` shows them to
//! the affiliate who owns them, [`api`] and [`dashboard`] to the brand, and [`email`] notifies affiliates of their
//! payouts.

pub mod api;
pub mod dashboard;
pub mod email;
pub mod file;
pub mod list_store;
pub mod store;
pub mod view;
pub mod words;
pub mod yearly_store;
