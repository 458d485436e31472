//! What affiliates can see and keep of their payouts: receipts, as pages and files, and what they were paid in a year. The
//! brand reads the same by API and in its dashboard.
//!
//! [`store`] and [`yearly_store`] read; the documents themselves are `payment::document`'s. [`portal`] shows them to the
//! affiliate whose they are, [`handler`] and [`page`] to the brand, and [`letter`] tells affiliates of their payouts.

pub mod file;
pub mod handler;
pub mod letter;
mod list_store;
pub mod page;
pub mod portal;
pub mod portal_csv;
pub mod portal_yearly;
pub mod store;
pub mod view;
pub mod words;
pub mod yearly_store;
