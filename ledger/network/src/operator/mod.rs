//! `/network/operator/reports`: the people who run the installation decide about reports and flags, suspend creators, and
//! pause a brand's listings. They are the same who approve listings; to everyone else the page doesn't exist.

pub mod act;
pub mod page;
mod store;
