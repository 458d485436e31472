//! Around every request of the API: limits and tags, and writes that are answered once however often they are sent.

pub mod answer;
pub mod write;
