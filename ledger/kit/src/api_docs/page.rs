//! Renders the pages of the API reference: the start with the list of all operations, a page for each noun, and the
//! changelog.

use askama::Template;

use super::{
    changelog::{self, Day},
    read::{self, Failure, Place, Section},
    types::Type,
};
use crate::api::document::Document;

#[derive(Debug, Template)]
#[template(path = "reference_start.html")]
struct Start<'a> {
    title: &'a str,
    current: &'a str,
    base: &'a str,
    sections: &'a [Section],
    errors: Vec<Failure>,
    types: Vec<Type>,
    places: Vec<Place>,
}

#[derive(Debug, Template)]
#[template(path = "reference_noun.html")]
struct Noun<'a> {
    title: &'a str,
    current: &'a str,
    sections: &'a [Section],
    section: &'a Section,
    types: Vec<Type>,
}

#[derive(Debug, Template)]
#[template(path = "reference_changelog.html")]
struct Changes<'a> {
    title: &'a str,
    current: &'a str,
    sections: &'a [Section],
    days: Vec<Day>,
}

/// All pages.
#[derive(Debug)]
pub struct Pages {
    pub start: String,
    pub changelog: String,
    /// The name of each noun in the URL, and its page.
    pub nouns: Vec<(String, String)>,
}

/// `base` is this installation's own address, for the examples.
pub fn render(document: &Document, base: &str) -> askama::Result<Pages> {
    let document = &document.value;
    let all = read::sections(document, base);
    let sections = all.as_slice();
    let start = Start {
        title: "API reference",
        current: "",
        base,
        sections,
        errors: read::common_errors(document),
        types: read::types_of_errors(document),
        places: read::places(sections, document),
    };
    let changelog = Changes { title: "API changelog", current: "changelog", sections, days: changelog::days() };
    let noun = |section: &Section| -> askama::Result<(String, String)> {
        let page = Noun {
            title: &section.name,
            current: &section.slug,
            sections,
            section,
            types: read::types_of(section, document),
        };
        Ok((section.slug.clone(), page.render()?))
    };
    Ok(Pages {
        start: start.render()?,
        changelog: changelog.render()?,
        nouns: sections.iter().map(noun).collect::<askama::Result<_>>()?,
    })
}
