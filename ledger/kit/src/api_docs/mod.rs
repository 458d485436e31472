//! The API reference for people, `/docs/api` and a page for each noun: rendered from the same description that programs
//! read.

mod changelog;
mod example;
pub mod languages;
mod literal;
mod markdown;
pub mod page;
pub mod read;
mod served;
pub mod shape;
mod types;

pub use served::Served;
