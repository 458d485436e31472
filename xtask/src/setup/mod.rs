//! Fetches what a fresh machine lacks. Every part looks first whether it is there already, which costs milliseconds.

pub(crate) mod browser;
pub(crate) mod node;
pub(crate) mod tools;
pub(crate) mod wasm;

use anyhow::Result;

/// Everything that building and running the edge needs.
#[derive(Debug)]
pub(crate) struct Kit {
    pub(crate) node: node::Node,
    pub(crate) wasm: wasm::Env,
}

pub(crate) fn all() -> Result<Kit> {
    let node = node::ensure()?;
    let wasm = wasm::ensure()?;
    tools::ensure(&node)?;
    Ok(Kit { node, wasm })
}
