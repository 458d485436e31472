//! Prints the vendors' pages as one JSON object that maps file names to text. `cargo xtask crm-docs` writes them into
//! `docs/integrations/crm/`. The detour keeps xtask, the first thing a newcomer builds, from depending on this crate.

use connector::{page, providers};
use serde_json::{Map, Value};

fn main() {
    let vendors = || providers::ALL.iter().map(|one| one.descriptor());
    let mut files: Map<String, Value> =
        vendors().map(|vendor| (format!("{}.md", vendor.slug), page::page(vendor).into())).collect();
    files.insert("README.md".to_owned(), page::index(vendors()).into());
    println!("{}", Value::Object(files));
}
