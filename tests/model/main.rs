//! A model of the book: what a set of facts is worth, in a page of plain arithmetic, against the real ledger, which is told
//! the same facts in any order, split, and repeated.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on stops where it is")]

mod any_story;
mod book;
mod claims;
mod clicks;
mod ideal;
mod story;
