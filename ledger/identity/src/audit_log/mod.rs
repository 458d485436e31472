//! The audit log as people and programs read it: [`api`], the page ([`dashboard`]) and the file ([`export`]).
//! [`crate::audit`] writes and reads its entries.

pub mod api;
pub mod dashboard;
pub mod export;
pub mod view;
