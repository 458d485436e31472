//! Tests the API's reference page, which is generated from all operations.

use kit::{
    api::document::Document,
    api_docs::{page, read},
};

#[test]
fn every_operation_has_a_place_with_an_example() {
    let document = Document::new(super::operations().get_openapi());
    let sections = read::sections(&document.value, "https://ledger.test");
    let text = page::render(&document, "https://ledger.test").unwrap();
    for operation in sections.iter().flat_map(|section| &section.operations) {
        assert!(text.contains(&format!("id=\"{}\"", operation.id)), "{}", operation.id);
        assert!(text.contains(&format!("href=\"#{}\"", operation.id)), "{}", operation.id);
        assert!(
            operation.curl.contains("$REKOMI_API_KEY") && !operation.curl.contains('{') || operation.body.is_some()
        );
        assert!(operation.errors.iter().any(|error| error.codes.contains(&"internal_error".to_owned())));
    }
    // Every link to a type has a target.
    for link in text.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(text.contains(&format!("id=\"{link}\"")), "#{link}");
    }
    let scripts = text.matches("<script").count();
    assert_eq!(scripts, text.matches("<script defer src=\"/assets/").count(), "scripts are files of our own");
    assert!(!text.contains("style="));
}
