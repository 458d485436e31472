//! Finds names of erased people in incoming data, and replaces them before anything is saved.

pub mod arrival;
pub mod pattern;
pub mod personal;
pub mod pseudonym;
pub mod redact;
pub mod requests;
pub mod retained_affiliate_data;
pub mod retained_data;
pub mod store;
pub mod xml;
