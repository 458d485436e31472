//! What amounts are worth in the currency that a brand thinks in. For display only: nothing here is ever booked.
//!
//! [`rate`] is the arithmetic, [`api`] where brands tell their currency and rates, [`store`] the SQL.

pub mod api;
pub mod rate;
pub mod store;
