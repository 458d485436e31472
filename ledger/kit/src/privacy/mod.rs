//! A lock that blocks an erasure.

pub mod hold_store;
