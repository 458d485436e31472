//! Affiliates: their status over time, and their segments.

pub mod accept_invite;
pub mod application;
pub mod approve;
pub mod change;
pub mod create;
pub mod email;
mod email_changed;
pub mod first_link_store;
pub mod first_login;
mod first_login_store;
pub mod invite;
pub mod invite_store;
pub mod public_name;
pub mod read;
pub mod segment;
pub mod status_change;
pub mod store;
pub mod undo;
mod undo_store;
pub mod unsolicited_email;
