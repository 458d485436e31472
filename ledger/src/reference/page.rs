//! The page itself: rendered when the process starts, and sent as it is.

use askama::Template;
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
};

use super::read::{self, Section, Type};
use crate::{
    api::{document::Document, fixed::Fixed},
    error::Error,
    page,
};

#[derive(Debug, Template)]
#[template(path = "reference.html")]
struct Page {
    base: String,
    sections: Vec<Section>,
    types: Vec<Type>,
}

/// What `/docs/api` answers.
#[derive(Debug, Clone)]
pub struct Reference(std::result::Result<Fixed, String>);

impl Reference {
    /// `base` is this installation's own address, for the examples.
    pub fn new(document: &Document, base: &str) -> Self {
        let page = Page {
            base: base.to_owned(),
            sections: read::sections(&document.value, base),
            types: read::types(&document.value),
        };
        let rendered = page.render().map_err(|error| error.to_string());
        Self(rendered.map(|text| Fixed::new("text/html; charset=utf-8", text.into())))
    }

    pub fn serve(&self, asked: &HeaderMap) -> Response {
        match &self.0 {
            Ok(fixed) => {
                let mut response = fixed.serve(asked);
                page::fence(response.headers_mut());
                response
            }
            Err(error) => page::PageError::from(Error::internal(error)).into_response(),
        }
    }
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
