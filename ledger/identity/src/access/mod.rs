//! Who is asking, and what they may do.
//!
//! Programs present an API key ([`api_key`]), people sign in ([`login`], [`session`]) and act as a [`member`] of an
//! organization, as far as their [`role`] goes. Either way a handler receives the answer as an argument and gets to the
//! database only through the organization in it; the [`actor`] in it is what decisions and the audit log name. Where a
//! request comes from is [`source`]'s to say; how many may come, [`rate_limit`]'s, and how often they may
//! try, [`limit`]'s.

pub mod account_event;
pub mod actor;
pub mod admit;
pub mod api_key;
pub mod browser;
pub mod caller;
pub mod cookie;
pub mod finish_login;
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
