//! The script on a brand's pages, in a real browser: a module for each of its sides. Each has programs and affiliates
//! of its own in the shared world; `tests/pages/site` plays the visitors.

mod consent;
mod own_domain;
mod parameters;
mod single_page;
mod storage;
mod two_programs;
