//! Tests the pages of the API reference, which are generated from all operations.

use std::sync::LazyLock;

use super::described::DOCUMENT;
use kit::api_docs::{
    page::{self, Pages},
    read,
};

/// What a page may weigh before it is compressed.
const BYTES_MAX: usize = 150_000;
const BASE: &str = "https://ledger.test";

static PAGES: LazyLock<Pages> = LazyLock::new(|| page::render(&DOCUMENT, BASE).unwrap());

fn all(pages: &Pages) -> impl Iterator<Item = (&str, &str)> {
    let nouns = pages.nouns.iter().map(|(noun, text)| (noun.as_str(), text.as_str()));
    nouns.chain([("start", pages.start.as_str()), ("changelog", pages.changelog.as_str())])
}

#[test]
fn every_operation_has_a_place_with_examples() {
    let pages = &*PAGES;
    let sections = read::sections(&DOCUMENT.value, BASE);
    assert_eq!(sections.len(), pages.nouns.len());
    for section in &sections {
        let (_, text) = pages.nouns.iter().find(|(noun, _)| *noun == section.slug).unwrap();
        let address = format!("/docs/api/ref/{}", section.slug);
        assert!(pages.start.contains(&format!("href=\"{address}\"")), "{address}");
        for operation in &section.operations {
            let id = &operation.id;
            assert!(text.contains(&format!("id=\"{id}\"")) && text.contains(&format!("href=\"#{id}\"")), "{id}");
            // An address from the time when the start page was the only one still leads there.
            assert!(pages.start.contains(&format!("id=\"{id}\"><a href=\"{address}#{id}\"")), "{id}");
            let keys: Vec<&str> = operation.examples.iter().map(|example| example.key).collect();
            assert_eq!(keys, ["curl", "typescript", "python", "php", "ruby"]);
            for example in &operation.examples {
                let is_public = !operation.errors.iter().any(|error| error.status == "401");
                assert!(is_public || example.text.contains("REKOMI_API_KEY"), "{id}: {}", example.text);
                let url = example.text.split(BASE).nth(1).and_then(|rest| rest.split(['"', '\'']).next()).unwrap();
                assert!(!url.contains('{'), "{id}: {url}");
            }
            assert!(operation.errors.iter().any(|error| error.codes.contains(&"internal_error".to_owned())));
        }
    }
}

#[test]
fn every_type_is_described_where_it_is_used() {
    let pages = &*PAGES;
    for (page, text) in all(pages) {
        for link in text.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert_eq!(text.matches(&format!("id=\"{link}\"")).count(), 1, "{page}: #{link}");
        }
    }
    for link in pages.start.split("href=\"/docs/api/ref/").skip(1).filter_map(|rest| rest.split('"').next()) {
        let Some((noun, anchor)) = link.split_once('#') else { continue };
        let (_, text) = pages.nouns.iter().find(|(name, _)| name == noun).unwrap();
        assert!(text.contains(&format!("id=\"{anchor}\"")), "{link}");
    }
}

#[test]
fn no_page_is_large_or_has_code_of_its_own() {
    let pages = &*PAGES;
    let large: Vec<_> = all(pages).map(|(page, text)| (page, text.len())).filter(|(_, len)| *len > BYTES_MAX).collect();
    assert!(large.is_empty(), "give some of their operations a tag of their own: {large:?}");
    for (page, text) in all(pages) {
        let scripts = text.matches("<script").count();
        assert_eq!(
            scripts,
            text.matches("<script defer src=\"/assets/").count(),
            "{page}: scripts are files of our own"
        );
        assert!(!text.contains("style=\""), "{page}");
    }
}
