//! Who is asking, and what they may do.
//!
//! Programs present an API key ([`api_key`]), people sign in ([`login`], [`session`]). Either way a handler receives
//! the answer as an argument and gets to the database only through the organization in it.

pub mod api_key;
pub mod password;
pub mod secret;
pub mod store;
