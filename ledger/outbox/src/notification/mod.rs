//! Marks of what emails will tell affiliates.

pub mod news_store;
