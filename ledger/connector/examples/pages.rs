//! Prints the vendors' pages as one JSON object, text by file name. `cargo xtask crm-docs` writes them into
//! `docs/integrations/crm/`, so that xtask, the first thing a newcomer builds, needs none of this crate.

use connector::{page, providers};
use serde_json::{Map, Value};

fn main() {
    let vendors = || providers::ALL.iter().map(|one| one.descriptor());
    let mut files: Map<String, Value> =
        vendors().map(|vendor| (format!("{}.md", vendor.slug), page::page(vendor).into())).collect();
    files.insert("README.md".to_owned(), page::index(vendors()).into());
    println!("{}", Value::Object(files));
}
