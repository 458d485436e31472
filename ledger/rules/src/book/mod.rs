//! Entries of the book: the accounts that a change of a commission moves money between.

pub mod entry;
