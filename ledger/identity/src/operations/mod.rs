//! Around every request: its id, its log line, its time limit.

pub mod request;
