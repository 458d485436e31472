//! Authentication and authorization.
//!
//! Programs present an API key ([`api_key`]), AI assistants a token ([`agent`]). People sign in ([`login`], [`session`])
//! and act as a [`member`] of an organization, within the limits of their [`role`](kit::access::role). Either way a
//! handler receives the result as an argument and reaches the database only through the organization in it. Its [`actor`]
//! is what decisions and the audit log name. [`source`](kit::access::source) determines where a request comes from,
//! [`rate_limit`](kit::access::rate_limit) how many requests a caller may send, and [`limit`](kit::limit) how
//! often they may try.

pub mod account_event;
pub mod actor;
pub mod admit;
pub mod agent;
pub mod api_key;
pub mod browser;
pub mod caller;
pub mod cookie;
pub mod finish_login;
pub mod key_kind;
pub mod login;
pub mod login_code;
pub mod member;
pub mod password;
pub mod reauthenticate;
pub mod recovery_code;
pub mod same_origin;
pub mod second_factor;
pub mod second_factor_store;
pub mod session;
pub mod signup;
pub mod step_up;
pub mod store;
pub mod totp;
