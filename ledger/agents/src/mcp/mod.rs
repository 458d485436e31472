//! The Model Context Protocol over HTTP: one JSON-RPC request per POST, one JSON answer, and nothing kept between them.
//!
//! Two generations of clients are served at the same address. Those of 2026-07-28 describe themselves in every request;
//! older ones begin with `initialize` ([`era`]). The protocol is small enough to be written out here, so no library decides
//! which headers are compared or with which status a refusal is sent.

pub mod endpoint;
pub mod era;
pub mod failure;
pub mod health;
pub mod message;
pub mod method;
