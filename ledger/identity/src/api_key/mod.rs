//! API keys as their owners see them: made, renamed, rotated with an overlap, ended and revoked. How a key opens a
//! request is [`crate::access::api_key`]'s business.

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
