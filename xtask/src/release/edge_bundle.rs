//! The edge, built: `wrangler deploy` takes it as it is, with Node and without Rust, and so does a workerd of one's own.

use super::files_below;
use super::tar::Entry;
use crate::repo;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fs;

const README: &str = "# Rekomi's edge\n\nA Cloudflare Worker, built and ready to be deployed:\n\n1. Put the IDs of two KV \
    namespaces, `LEDGER_URL` and the route of your link host into `wrangler.toml`.\n2. Run `npm install` once, then `npx \
    wrangler deploy`.\n3. Run `npx wrangler secret put REKOMI_EDGE_KEYS`, with the value that the ledger has.\n\nThe ledger's \
    documentation has the details: `docs/self-hosting/install.md`.\n";

pub(super) fn entries(version: &str) -> Result<Vec<Entry>> {
    let top = format!("rekomi-edge-{version}");
    let read = |path: &str| fs::read(repo::at(path)).with_context(|| format!("can't read {path}"));
    let file = |name: &str, content: Vec<u8>| Entry::file(format!("{top}/{name}"), 0o644, content);
    let settings = String::from_utf8(read("wrangler.toml")?).context("wrangler.toml isn't text")?;
    let mut entries = vec![
        file("wrangler.toml", without_build(&settings).into_bytes()),
        file("package.json", package(&read("package.json")?, version)?),
        file("README.md", README.into()),
        file(".dev.vars.example", b"# The value that the ledger has.\nREKOMI_EDGE_KEYS=\n".to_vec()),
        file("LICENSE", read("LICENSE")?),
        file("THIRD_PARTY_NOTICES.md", read("THIRD_PARTY_NOTICES.md")?),
        file("edge/entry.mjs", read("edge/entry.mjs")?),
    ];
    for folder in ["edge/build", "edge/self_hosted"] {
        files_below(&repo::at(folder), &format!("{top}/{folder}"), &mut entries)?;
    }
    Ok(entries)
}

/// The same settings without the table that builds the Worker from its sources.
pub(crate) fn without_build(settings: &str) -> String {
    let mut is_build = false;
    let kept = settings.lines().filter(|line| {
        if line.starts_with('[') {
            is_build = *line == "[build]";
        }
        !is_build
    });
    let text: String = kept.map(|line| format!("{line}\n")).collect();
    text.replace(" `cargo xtask dev` uses a copy of this file without the [build] table.", "")
}

/// Pins the wrangler that we test with.
fn package(root: &[u8], version: &str) -> Result<Vec<u8>> {
    let root: Value = serde_json::from_slice(root).context("package.json isn't JSON")?;
    let wrangler = root["devDependencies"]["wrangler"].as_str().context("package.json pins no wrangler")?;
    let package = json!({
        "name": "rekomi-edge",
        "version": version,
        "private": true,
        "scripts": {"deploy": "wrangler deploy"},
        "devDependencies": {"wrangler": wrangler},
        "cloudflare": {"bindings": {"REKOMI_EDGE_KEYS": {
            "description": "The value of REKOMI_EDGE_KEYS of your ledger, such as 1:<64 hex>",
        }}},
    });
    Ok(serde_json::to_vec_pretty(&package)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_built_from_sources() {
        let original = fs::read_to_string(repo::at("wrangler.toml")).unwrap();
        let settings = without_build(&original);
        assert!(original.contains("cargo xtask build-edge") && !settings.contains("cargo"), "{settings}");
        let parsed: Value = basic_toml::from_str(&settings).unwrap();
        assert_eq!(parsed["main"], "edge/entry.mjs");
        assert_eq!(parsed["queues"]["consumers"].as_array().map(Vec::len), Some(2));
        assert!(parsed["build"].is_null());
    }

    #[test]
    fn wrangler_is_the_one_that_we_test_with() {
        let root = fs::read(repo::at("package.json")).unwrap();
        let package: Value = serde_json::from_slice(&package(&root, "1.2.3").unwrap()).unwrap();
        let pinned: Value = serde_json::from_slice(&root).unwrap();
        assert_eq!(package["devDependencies"]["wrangler"], pinned["devDependencies"]["wrangler"]);
        assert_eq!(package["version"], "1.2.3");
    }
}
