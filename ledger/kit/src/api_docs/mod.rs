//! The API reference for people, `/docs/api`: rendered from the same description that programs read.

mod example;
mod markdown;
pub mod page;
pub mod read;
mod served;
pub mod shape;

pub use served::Served;
