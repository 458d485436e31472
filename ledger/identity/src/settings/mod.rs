//! The pages of an organization's settings: its profile ([`dashboard`]) and its [`branding`]. [`crate::organization`] makes
//! the changes.

pub mod branding;
pub mod dashboard;
