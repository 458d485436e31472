//! Destinations: vendor accounts that receive events. They are a second kind of webhook endpoint, sent to by the same
//! job with the same retries; this module builds the vendors' requests and connects accounts.

pub mod api;
pub mod connect;
pub mod customerio;
pub mod recipient;
pub mod view;
