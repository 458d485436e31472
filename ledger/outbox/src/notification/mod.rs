//! Marks of what to email affiliates about.

pub mod news_store;
