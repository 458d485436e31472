//! Entries of the book: which accounts a change of a commission moves.

pub mod entry;
