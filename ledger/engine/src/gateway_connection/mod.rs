//! The last webhook received on each gateway connection. The connections themselves are in
//! `integrations::gateway_connection`.

pub mod last_webhook;
