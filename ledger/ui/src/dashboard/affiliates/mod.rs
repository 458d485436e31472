//! `/dashboard/affiliates`: affiliates, applications, and each affiliate's profile.

pub mod actions;
pub mod all_actions;
pub mod answers;
pub mod application;
pub mod application_store;
pub mod applications;
pub mod bulk_actions;
pub mod charts;
pub mod commands;
pub mod csv;
pub mod detail;
pub mod detail_store;
pub mod figures_store;
pub mod filters;
pub mod list;
pub mod new;
pub mod profile;
pub mod ranked;
pub mod recruiting;
pub mod site;
pub mod statement;
pub mod store;
pub mod timeline;
pub mod timeline_store;
pub mod website;

/// Path of the list.
pub const PLACE: &str = "/dashboard/affiliates";
