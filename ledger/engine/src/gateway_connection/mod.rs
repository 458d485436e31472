//! What was last received on each gateway's connection. The connections themselves are
//! `integrations::gateway_connection`.

pub mod last_webhook;
