//! The addresses of resources.

use serde_json::{Value, json};

const SCHEME: &str = "rekomi://";
pub const MARKDOWN: &str = "text/markdown";
pub const JSON: &str = "application/json";

/// What an address leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// A program or an affiliate, by its id.
    Record(&'a str),
    /// The explanation of a commission, by the commission's id.
    Receipt(&'a str),
    /// A page of the guide, by its name.
    Page(&'a str),
}

impl<'a> Target<'a> {
    pub fn of(address: &'a str) -> Option<Self> {
        let (kind, name) = address.strip_prefix(SCHEME)?.split_once('/')?;
        match kind {
            "programs" if name.starts_with("prog_") => Some(Self::Record(name)),
            "affiliates" if name.starts_with("aff_") => Some(Self::Record(name)),
            "receipts" if name.starts_with("com_") => Some(Self::Receipt(name)),
            "docs" => Some(Self::Page(name)),
            _ => None,
        }
    }
}

pub fn of_program(id: &str) -> String {
    format!("{SCHEME}programs/{id}")
}

pub fn of_page(name: &str) -> String {
    format!("{SCHEME}docs/{name}")
}

/// The forms that addresses have, as clients see them.
pub fn templates() -> Vec<Value> {
    let template = |form: &str, name: &str, title: &str, description: &str, kind: &str| {
        json!({
            "uriTemplate": format!("{SCHEME}{form}"),
            "name": name,
            "title": title,
            "description": description,
            "mimeType": kind,
        })
    };
    vec![
        template("programs/{id}", "program", "A program", "A program's settings, by its id (prog_…).", JSON),
        template("affiliates/{id}", "affiliate", "An affiliate", "An affiliate with notes, by their id (aff_…).", JSON),
        template(
            "receipts/{commissionId}",
            "receipt",
            "Why a commission is what it is",
            "The explanation of a commission (com_…): the sale, the credit, the plan, the calculation, decisions and \
             transfers.",
            MARKDOWN,
        ),
        template("docs/{page}", "guide", "A page of the guide", "How Rekomi works, such as payouts.", MARKDOWN),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_one_thing() {
        assert_eq!(Target::of("rekomi://programs/prog_1"), Some(Target::Record("prog_1")));
        assert_eq!(Target::of("rekomi://affiliates/aff_1"), Some(Target::Record("aff_1")));
        assert_eq!(Target::of("rekomi://receipts/com_1"), Some(Target::Receipt("com_1")));
        assert_eq!(Target::of(&of_page("payouts")), Some(Target::Page("payouts")));
        assert_eq!(Target::of(&of_program("prog_1")), Some(Target::Record("prog_1")));
        for nothing in [
            "",
            "rekomi://",
            "rekomi://programs",
            "rekomi://programs/aff_1",
            "rekomi://affiliates/prog_1",
            "rekomi://keys/key_1",
            "https://programs/prog_1",
        ] {
            assert_eq!(Target::of(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn every_template_has_one_name_in_braces() {
        for template in templates() {
            let form = template["uriTemplate"].as_str().unwrap();
            assert!(form.starts_with(SCHEME) && form.matches('{').count() == 1 && form.ends_with('}'), "{form}");
        }
    }
}
