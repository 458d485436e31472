//! Shared parts of the dashboard's pages: refused forms, amounts, and open dashboards.

pub mod amount;
pub mod refused;
pub mod watched;
