//! The reference for people, `/docs/api`: written from the same description that programs read, once at start.

mod example;
mod page;
mod read;
mod shape;
mod words;

pub use page::Reference;
