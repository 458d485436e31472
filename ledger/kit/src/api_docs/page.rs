//! Renders the page of the API reference.

use askama::Template;

use super::read::{self, Section, Type};
use crate::api::document::Document;

#[derive(Debug, Template)]
#[template(path = "reference.html")]
struct Page {
    base: String,
    sections: Vec<Section>,
    types: Vec<Type>,
}

/// `base` is this installation's own address, for the examples.
pub fn render(document: &Document, base: &str) -> askama::Result<String> {
    let (sections, types) = (read::sections(&document.value, base), read::types(&document.value));
    Page { base: base.to_owned(), sections, types }.render()
}
