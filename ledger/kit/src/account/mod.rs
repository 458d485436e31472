//! Forms of pages.

pub mod form;
