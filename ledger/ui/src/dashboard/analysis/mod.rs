//! `/dashboard/analysis`: what becomes payable, and what became of the customers of each month.

pub mod cohorts;
pub mod cohorts_job;
mod cohorts_store;
pub mod forecast;
mod forecast_store;
mod tabs;
