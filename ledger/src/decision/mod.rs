//! What people decide about money: who is credited, what is denied, what is released early, what a flag was worth.
//!
//! A decision is a fact like an event: kept for ever with its author and reason, and applied by settling the journeys
//! that it is about. [`apply`] does both in one transaction.

pub mod apply;
