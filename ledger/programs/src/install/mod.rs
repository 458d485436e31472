//! Checks whether a brand's page contains the tracking script: fetches it, inspects it, and explains the result.

pub mod check;
pub mod dashboard;
pub mod fetch;
pub mod inspect;
pub mod snippets;
pub mod store;
pub mod tags;
