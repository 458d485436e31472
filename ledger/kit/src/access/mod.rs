//! The basics of access control: roles, scopes, limits, source addresses, sealed secrets.

pub mod buckets;
pub mod rate_limit;
pub mod role;
pub mod scope;
pub mod secret;
pub mod source;
pub mod throttle;
pub mod touches;
