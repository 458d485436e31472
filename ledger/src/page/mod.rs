//! Pages for people: rendered on the server, readable without a script, and fenced in by their headers.

pub mod components;
