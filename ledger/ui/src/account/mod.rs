//! An affiliate's link into the portal.

pub mod magic_link_login;
