//! The page itself.

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
///
/// # Errors
/// Of the template.
pub(super) fn render(document: &Document, base: &str) -> askama::Result<String> {
    let (sections, types) = (read::sections(&document.value, base), read::types(&document.value));
    Page { base: base.to_owned(), sections, types }.render()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_a_place_with_an_example() {
        let document = Document::new(crate::router::operations().get_openapi());
        let sections = read::sections(&document.value, "https://ledger.test");
        let page = Page { base: "https://ledger.test".to_owned(), types: read::types(&document.value), sections };
        let text = page.render().unwrap();
        for operation in page.sections.iter().flat_map(|section| &section.operations) {
            assert!(text.contains(&format!("id=\"{}\"", operation.id)), "{}", operation.id);
            assert!(text.contains(&format!("href=\"#{}\"", operation.id)), "{}", operation.id);
            assert!(
                operation.curl.contains("$REKOMI_API_KEY") && !operation.curl.contains('{') || operation.body.is_some()
            );
            assert!(operation.errors.iter().any(|error| error.codes.contains(&"internal_error".to_owned())));
        }
        // A link to a type leads somewhere.
        for link in text.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(text.contains(&format!("id=\"{link}\"")), "#{link}");
        }
        let scripts = text.matches("<script").count();
        assert_eq!(scripts, text.matches("<script defer src=\"/assets/").count(), "scripts are files of our own");
        assert!(!text.contains("style="));
    }
}
