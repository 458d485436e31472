//! Gateways: what each one's webhooks mean. One file a gateway, pure; signatures were checked at the edge.

pub mod stripe;
