//! API keys from their owners' point of view: creation, renaming, rotation with an overlap, expiry and revocation.
//! [`crate::access::api_key`] authenticates requests with a key.

pub mod api;
pub mod change;
pub mod dashboard;
pub mod expire;
pub mod form;
pub mod maker;
pub mod notice;
pub mod people;

pub mod plaintext;
pub mod store;
pub mod view;
