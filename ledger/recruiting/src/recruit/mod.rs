//! Recruiting: inviting people one by one or many at once, who of them has come, and moving in from elsewhere.

pub mod dashboard;
pub mod invites;
pub mod lines;
pub mod preview;
pub mod program_choice;
