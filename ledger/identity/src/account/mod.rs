//! What people do about their own accounts, and how affiliates come in.
//!
//! [`signup`] makes a person with their organization, [`verify`] confirms an address, [`reset`] helps who forgot the
//! password. [`page`] shows a person their account; [`change`] changes password and address, [`two_factor`] the second
//! factor, [`sessions`] ends what is open elsewhere. One-time links are [`token`]s that [`address`] reads, and [`expired_link`] says
//! what became of those that open nothing any more; what is mailed stands in [`email`].
//!
//! Affiliates have no passwords: [`magic`] makes the links that let them in, each with a [`tenant_token`], and [`enter`] takes
//! them into the portal.

pub mod address;
pub mod alike;
pub mod change;
pub mod email;
pub mod expired_link;
pub mod magic;
pub mod magic_store;
pub mod page;
pub mod password_rule;
pub mod qr;
pub mod reset;
pub mod return_to;
pub mod sessions;
pub mod signup;
pub mod store;
pub mod tenant_token;
pub mod token;
pub mod two_factor;
pub mod verify;
