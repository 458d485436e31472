//! Recruiting in the dashboard: invites people individually or in bulk, and tracks who has signed in.

pub mod dashboard;
pub mod invites;
pub mod lines;
pub mod preview;
