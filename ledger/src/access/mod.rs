//! Who is asking, and what they may do.
//!
//! Programs present an API key ([`api_key`]), people sign in ([`login`], [`session`]). Either way a handler receives
//! the answer as an argument and gets to the database only through the organization in it.

pub mod api_key;
pub mod cookie;
pub mod login;
pub mod password;
pub mod same_origin;
pub mod secret;
pub mod session;
pub mod store;
pub mod throttle;
pub mod touches;
