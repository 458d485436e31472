//! AI assistants: an MCP server at `/mcp`, whose tools are operations of the API.
//!
//! An assistant asks for the list of [`tool`]s and calls them by JSON-RPC ([`mcp`]). It can also read [`resource`]s, and a
//! person can start it with a [`prompt`]. A call becomes a request to the same router that serves the API, in this process
//! and with the assistant's identity. So roles, the audit log, idempotency and the isolation of organizations are those of
//! the API, and a tool can't do what no operation does. What reaches people or has to do with money needs a
//! [`confirmation`], which a person gives or declines in a dialog or on a page. The [`copilot`] calls the same tools for a
//! person on the dashboard, with a model that the organization connected. The crate owns the protocol, the list of
//! tools, confirmations and the daily limits. It may use `identity` and the layers below; it doesn't know the crates whose
//! operations it calls: the binary hands it the finished router with the description of its operations.
#![forbid(unsafe_code)]

pub mod confirmation;
pub mod copilot;
pub mod mcp;
pub mod prompt;
pub mod resource;
pub mod router;
pub mod server;
pub mod tool;

/// Makes Cargo rebuild the crate if the column types in this file change.
const _: &str = include_str!("../sqlx.toml");
