//! Destinations: vendor accounts that receive events. They are a second kind of webhook endpoint, sent to by the same
//! job with the same retries ([`crate::webhook::customerio`] builds the requests); this module connects accounts.

pub mod api;
pub mod connect;
pub mod dashboard;
pub mod view;
