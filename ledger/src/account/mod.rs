//! What people do about their own accounts, and how affiliates come in.
//!
//! [`magic`] makes the links that let an affiliate into the portal; it is what approving one posts.

pub mod magic;
pub mod magic_store;
