//! Conversions: SQL. `rules::conversion` defines what a conversion is, [`crate::intake::report_conversion`] is
//! `POST /api/v1/conversions`.

pub mod claim_day;
pub mod pool_member;
pub mod pool_member_store;
pub mod store;
