//! Destinations: vendors' accounts that take events as their own. They are endpoints of another kind, sent to by the same
//! job with the same retries; here is what a vendor's requests look like, and how an account is connected.

pub mod api;
pub mod connect;
pub mod customerio;
pub mod recipient;
pub mod view;
