//! Names of erased people in what comes in: found, and replaced before anything is kept.

pub mod arrival;
pub mod pattern;
pub mod personal;
pub mod pseudonym;
pub mod redact;
pub mod requests;
pub mod retained_data;
pub mod store;
pub mod xml;
