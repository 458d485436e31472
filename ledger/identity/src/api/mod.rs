//! Handling common to all API requests: rate limits, ETags, and writes that take effect only once however often they
//! are sent.

pub mod response_headers;
pub mod write;
