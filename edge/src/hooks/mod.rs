//! Gateway webhooks.
