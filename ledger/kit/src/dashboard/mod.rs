//! What pages of the dashboard share: refusals, amounts, and who is looking.

pub mod amount;
pub mod refused;
pub mod watched;
