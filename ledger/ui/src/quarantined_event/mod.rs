//! Events that couldn't be applied: tries them again or dismisses them, for the dashboard and the API.

pub mod api;
pub mod bulk_api;
pub mod decide;
pub mod view;
