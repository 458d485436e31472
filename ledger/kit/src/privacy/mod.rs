//! A lock that keeps an erasure out.

pub mod hold_store;
