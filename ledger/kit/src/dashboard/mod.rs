//! Shared parts of the dashboard's pages: amounts, counters, and open dashboards.

pub mod amount;
pub mod counters;
pub mod watched;
