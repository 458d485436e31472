//! The AI assistants that an organization connected: each has a token that only `/mcp` accepts, and that allows it to
//! read, or to read and change. Owners connect and disconnect them.

pub mod bearer;
pub mod change;
pub mod dashboard;
pub mod form;
pub mod token;
