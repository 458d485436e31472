//! Converts amounts to a brand's home currency. For display only: converted amounts are never booked.
//!
//! `rules::exchange_rate` does the arithmetic. [`api`] lets brands set their currency and rates, [`fetch`] fetches the
//! European Central Bank's, and [`convert`] finds the rates of a day among both. [`store`] and [`reference_store`] have
//! the SQL.

pub mod api;
pub mod convert;
pub mod fetch;
pub mod reference_store;
pub mod store;
