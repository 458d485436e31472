//! Handling common to all requests: request id, log line and time limit.

pub mod request;
