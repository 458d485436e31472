//! What brands give their affiliates to promote with: pictures, papers, words and addresses.
//!
//! [`dashboard`] is where the brand puts them, [`portal`] where its affiliates find them. Files lie sealed with the others
//! ([`kit::file`]) and are served to those who are in only; [`kind`] says by their content what may be kept.

pub mod change;
pub mod dashboard;
pub mod kind;
pub mod portal;
pub mod serve;
pub mod store;
pub mod view;
