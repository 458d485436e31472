//! The reference for people, `/docs/api`: written from the same description that programs read.

mod example;
mod page;
mod read;
mod served;
mod shape;
mod words;

pub use served::Served;
