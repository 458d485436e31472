//! `/dashboard/analysis`: what becomes payable.

pub mod forecast;
mod forecast_store;
mod tabs;
