//! What amounts are worth in the currency that a brand thinks in. For display only: nothing here is ever booked.
//!
//! [`rate`] is the arithmetic, [`handler`] where brands tell their currency and rates, [`store`] the SQL.

pub mod handler;
pub mod rate;
pub mod store;
