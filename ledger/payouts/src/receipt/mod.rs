//! What affiliates can see and keep of their payouts: receipts, as pages and files, and what they were paid in a year. The
//! brand reads the same by API and in its dashboard.
//!
//! [`store`] and [`yearly_store`] read; the documents themselves are `payout_core::document`'s. [`portal`] shows them to the
//! affiliate whose they are, [`api`] and [`dashboard`] to the brand, and [`email`] tells affiliates of their payouts.

pub mod api;
pub mod dashboard;
pub mod email;
pub mod file;
mod list_store;
pub mod portal;
pub mod portal_csv;
pub mod portal_yearly;
pub mod store;
pub mod view;
pub mod words;
pub mod yearly_store;
