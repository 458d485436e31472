//! Around every request of the API: limits and tags, and writes that are answered once however often they are sent.

pub mod response_headers;
pub mod write;
