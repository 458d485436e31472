//! Missing-sale claims: an affiliate reports a sale, the brand sees what is known about it and decides, and the
//! affiliate is notified.
//!
//! [`submit`] and [`portal`] are the affiliate's pages; [`dashboard`], [`detail`] and [`decide`] are the brand's, and
//! [`api`] is for its software; [`trail_store`] finds the sales that match a claim.

pub mod api;
pub mod csv;
pub mod dashboard;
pub mod decide;
pub mod detail;
pub mod email;
pub mod portal;
pub mod store;
pub mod submit;
pub mod trail;
pub mod trail_store;
pub mod view;
