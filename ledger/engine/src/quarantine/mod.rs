//! Quarantine: events that could not be applied, and second versions of known ones, kept until a person decides.

pub mod store;
