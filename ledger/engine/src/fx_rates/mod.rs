//! Converts amounts to a brand's home currency. For display only: converted amounts are never booked.
//!
//! [`rate`] does the arithmetic, [`api`] lets brands set their currency and rates, [`store`] has the SQL.

pub mod api;
pub mod rate;
pub mod store;
