//! Sign-in of affiliates to the portal by magic link.

pub mod magic_link_login;
