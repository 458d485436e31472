//! `/dashboard/analysis`: what becomes payable, what became of the customers of each month, and who sells best.

pub mod cohorts;
pub mod cohorts_job;
mod cohorts_store;
pub mod forecast;
mod forecast_store;
pub mod leaders;
mod leaders_store;
mod tabs;

pub use tabs::{COHORTS, FORECAST, LEADERBOARD};
