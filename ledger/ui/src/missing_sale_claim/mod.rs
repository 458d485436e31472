//! Sales that affiliates miss: one asks, the brand sees what is known about it and decides, and the affiliate is told.
//!
//! [`submit`] and [`portal`] are the affiliate's pages, [`dashboard`], [`detail`] and [`decide`] the brand's; [`trail_store`] finds
//! what could be meant.

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
