//! Names of erased people in what comes in: found, and replaced before anything is kept.

pub mod arrival;
pub mod asked;
pub mod kept;
pub mod pattern;
pub mod personal;
pub mod pseudonym;
pub mod redact;
pub mod store;
pub mod xml;
