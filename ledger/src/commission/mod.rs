//! Commissions: what a credited conversion earns.
//!
//! [`plan`] is the rate card, [`compute`] the arithmetic, [`settle`] the difference between what a buyer's history is
//! worth and what was booked for it so far.

pub mod compute;
pub mod plan;
pub mod settle;
pub mod store;
