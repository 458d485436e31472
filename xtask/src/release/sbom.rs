//! The list of everything that is in a release (CycloneDX 1.6, JSON), from what cargo says about the crates that are linked
//! into our programs.

use crate::deny::graph::{Graph, Package};
use crate::repo;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

/// What is shipped.
const PROGRAMS: [&str; 2] = ["ledger", "edge"];

pub(super) fn document(graph: &Graph, version: &str, created: &str) -> Result<Value> {
    let lock = fs::read_to_string(repo::at("Cargo.lock")).context("can't read Cargo.lock")?;
    let sums = checksums(&lock);
    let components: Vec<Value> =
        graph.shipped(&PROGRAMS).into_iter().map(|package| component(package, &sums)).collect();
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": created,
            "component": {
                "type": "application", "bom-ref": "rekomi", "name": "rekomi", "version": version,
                "licenses": [{"expression": "Apache-2.0"}],
            },
        },
        "components": components,
    }))
}

fn component(package: &Package, sums: &BTreeMap<(String, String), String>) -> Value {
    let (name, version) = (&package.name, package.version.to_string());
    let url = format!("pkg:cargo/{name}@{version}");
    let mut component = json!({"type": "library", "bom-ref": url, "name": name, "version": version, "purl": url});
    if let Some(license) = &package.license {
        // Old manifests separate licenses by slashes.
        component["licenses"] = json!([{"expression": license.replace('/', " OR ").replace("  ", " ")}]);
    }
    if let Some(sum) = sums.get(&(name.clone(), version)) {
        component["hashes"] = json!([{"alg": "SHA-256", "content": sum}]);
    }
    if let Some(repository) = &package.repository {
        component["externalReferences"] = json!([{"type": "vcs", "url": repository}]);
    }
    component
}

/// The checksum of each crate by name and version.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let field = |package: &str, name: &str| {
        let line = package.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \""))?;
        Some(line.trim_end_matches('"').to_owned())
    };
    let packages = lock.split("[[package]]").skip(1);
    packages
        .filter_map(|package| {
            Some(((field(package, "name")?, field(package, "version")?), field(package, "checksum")?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_named_with_its_sum() {
        let lock = "[[package]]\nname = \"one\"\nversion = \"1.0.0\"\nsource = \"x\"\nchecksum = \"abc\"\n\n\
                    [[package]]\nname = \"ours\"\nversion = \"0.1.0\"\n";
        let sums = checksums(lock);
        assert_eq!(sums.len(), 1);
        let package = Package {
            name: "one".to_owned(),
            version: semver::Version::new(1, 0, 0),
            license: Some("MIT/Apache-2.0".to_owned()),
            ..Package::default()
        };
        let component = component(&package, &sums);
        assert_eq!(component["purl"], "pkg:cargo/one@1.0.0");
        assert_eq!(component["hashes"][0]["content"], "abc");
        assert_eq!(component["licenses"][0]["expression"], "MIT OR Apache-2.0");
    }
}
