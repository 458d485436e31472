//! Pages for people: rendered on the server, readable without a script, and protected by their headers.

pub mod components;
