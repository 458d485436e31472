//! Quarantine: events that couldn't be applied, and second versions of known ones, kept until a person decides.

pub mod cause;
pub mod store;
