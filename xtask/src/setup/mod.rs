//! Fetches what a fresh machine lacks. Every part first checks whether it is already there, which takes milliseconds.

pub(crate) mod browser;
pub(crate) mod node;
pub(crate) mod wasm;

use anyhow::Result;

/// Everything that is needed to build and run the edge.
#[derive(Debug)]
pub(crate) struct Kit {
    pub(crate) node: node::Node,
    pub(crate) wasm: wasm::Env,
}

pub(crate) fn all() -> Result<Kit> {
    let node = node::ensure()?;
    let wasm = wasm::ensure()?;
    Ok(Kit { node, wasm })
}
