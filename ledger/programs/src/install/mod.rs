//! Whether a brand's page holds the tracking script: fetched as a visitor's browser would, looked through, and said in words.

pub mod check;
pub mod dashboard;
pub mod inspect;
pub mod snippets;
pub mod store;
pub mod tags;
