//! Conversions: SQL, and `POST /api/v1/conversions`. `rules::conversion` defines what a conversion is.

pub mod report_conversion;
pub mod store;
