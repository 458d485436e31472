//! Conversions: SQL, and `POST /api/v1/conversions`. What one is stands in `rules::conversion`.

pub mod report_conversion;
pub mod store;
