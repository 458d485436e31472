//! Shared parts of the dashboard's pages: amounts, and open dashboards.

pub mod amount;
pub mod watched;
