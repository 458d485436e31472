//! The dashboard's frame, which shows who is signed in and in which organization.

pub mod frame;
mod menu;
