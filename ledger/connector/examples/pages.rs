//! Prints the vendors' pages as one JSON object that maps file names to text. `cargo xtask crm-docs` writes them into
//! `docs/integrations/crm/`. The detour keeps xtask, the first thing a newcomer builds, from depending on this crate.

use connector::{Connector, page, providers};
use serde_json::{Map, Value};

fn main() {
    let vendors = || providers::ALL.iter().map(|one| one.descriptor());
    let page = |one: &&dyn Connector| page::page(one.descriptor()) + one.guide();
    let mut files: Map<String, Value> =
        providers::ALL.iter().map(|one| (format!("{}.md", one.descriptor().slug), page(one).into())).collect();
    files.insert("README.md".to_owned(), page::index(vendors()).into());
    println!("{}", Value::Object(files));
}
