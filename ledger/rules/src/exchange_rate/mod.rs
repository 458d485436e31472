//! Exchange rates, which convert amounts for display and never for the book. Pure.
//!
//! [`rate`] is the arithmetic, [`ecb`] parses the European Central Bank's file, [`admit`] holds rates that jump, and
//! [`total`] adds amounts of several currencies up.

pub mod admit;
pub mod ecb;
pub mod rate;
pub mod total;
