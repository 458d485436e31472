//! An affiliate's link into the portal.

pub mod enter;
