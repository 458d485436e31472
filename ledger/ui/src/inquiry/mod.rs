//! Sales that affiliates miss: one asks, the brand sees what is known about it and decides, and the affiliate is told.
//!
//! [`ask`] and [`portal`] are the affiliate's pages, [`page`], [`page_one`] and [`decide`] the brand's; [`trail_store`] finds
//! what could be meant.

pub mod ask;
pub mod csv;
pub mod decide;
pub mod letter;
pub mod page;
pub mod page_one;
pub mod portal;
pub mod store;
pub mod trail;
pub mod trail_store;
