//! The reference for people, `/docs/api`: written from the same description that programs read.

mod example;
pub mod page;
pub mod read;
mod served;
pub mod shape;
mod words;

pub use served::Served;
