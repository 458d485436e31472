//! Recruiting: invites people individually or in bulk, and tracks who has signed in.

pub mod api;
pub mod dashboard;
mod invitation;
pub mod invites;
pub mod lines;
pub mod preview;
