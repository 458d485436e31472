//! People's accounts, and how affiliates sign in.
//!
//! [`signup`] creates a person with their organization, [`verify`] confirms an email address and signs them in where they
//! signed up (`own_browser`), [`reset`] sets a new password after the old one was forgotten. [`page`] shows a person
//! their account; [`change`] changes the password and the email, [`two_factor`] the second factor, and [`sessions`] ends
//! other sessions. One-time links are [`token`]s that [`address`] reads, and [`expired_link`] explains why a link no longer
//! works; [`email`] contains the emails.
//!
//! Affiliates have no passwords: [`magic`] creates their sign-in links, each with a [`tenant_token`]; the `ui` crate
//! signs them in.

pub mod address;
pub mod alike;
pub mod change;
pub mod email;
pub mod expired_link;
pub mod magic;
pub mod magic_store;
mod own_browser;
pub mod page;
pub mod password_rule;
pub mod qr;
pub mod reset;
pub mod return_to;
pub mod sessions;
pub mod signup;
pub mod store;
pub mod tenant_token;
pub mod theme;
pub mod token;
pub mod two_factor;
pub mod verify;
