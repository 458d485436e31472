//! Parses XML, as far as Braintree uses it: elements with text; the only attribute that matters is `nil`, and its
//! elements are empty anyway. A document type is refused, so that no custom entity can be declared.

use quick_xml::{
    escape::resolve_predefined_entity,
    events::{BytesRef, Event},
    reader::Reader,
};

use crate::{fact::Unreadable, gateway::malformed};

/// Braintree's deepest element is on the fifth level.
const DEPTH_MAX: usize = 24;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The trimmed text of a child; `None` if the child is missing or empty.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim()).filter(|text| !text.is_empty())
    }

    /// The elements of `<name type="array">`.
    pub(super) fn list(&self, name: &str) -> &[Self] {
        self.child(name).map(|child| child.children.as_slice()).unwrap_or_default()
    }
}

pub(super) fn parse(body: &str) -> Result<Element, Unreadable> {
    let broken = |error: quick_xml::Error| malformed(format!("XML: {error}"));
    let mut reader = Reader::from_str(body);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Element> = Vec::new();
    loop {
        match reader.read_event().map_err(broken)? {
            Event::Start(tag) if open.len() < DEPTH_MAX => {
                let name = tag.local_name().into_inner().to_owned();
                open.push(Element { name, ..Element::default() });
            }
            Event::Start(_) => return Err(malformed("XML: nested too deeply")),
            Event::End(_) => {
                let Some(closed) = open.pop() else { return Err(malformed("XML: unexpected closing tag")) };
                match open.last_mut() {
                    Some(parent) => parent.children.push(closed),
                    None => return Ok(closed),
                }
            }
            Event::Text(text) => push(&mut open, &text.xml10_content()),
            Event::CData(text) => push(&mut open, &text.xml10_content()),
            Event::GeneralRef(entity) => push(&mut open, &resolved(&entity)?),
            Event::DocType(_) => return Err(malformed("XML: a document type isn't allowed")),
            Event::Eof => return Err(malformed("XML: unexpected end")),
            // Declaration, comments, instructions; empty elements are expanded.
            _ => {}
        }
    }
}

fn push(open: &mut [Element], text: &str) {
    open.iter_mut().last().into_iter().for_each(|element| element.text.push_str(text));
}

fn resolved(entity: &BytesRef<'_>) -> Result<String, Unreadable> {
    let unknown = || malformed("XML: unknown entity");
    match entity.resolve_char_ref().map_err(|_| unknown())? {
        Some(character) => Ok(character.to_string()),
        None => resolve_predefined_entity(&entity.xml10_content()).map(str::to_owned).ok_or_else(unknown),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn elements_text_and_entities() {
        let body = "<?xml version=\"1.0\"?><!-- no -->\n<a>\n <b type=\"integer\"> 2 </b><c nil=\"true\"/><d>T&#252;r &amp; <![CDATA[<x>]]></d>\
                    <e type=\"array\"><f>1</f><f>2</f></e></a>";
        let read = parse(body).unwrap();
        assert_eq!(
            (read.name.as_str(), read.text_of("b"), read.text_of("c"), read.text_of("z")),
            ("a", Some("2"), None, None)
        );
        assert_eq!(read.text_of("d"), Some("Tür & <x>"));
        assert_eq!(read.list("e").iter().map(|f| f.text.as_str()).collect::<Vec<_>>(), ["1", "2"]);
        assert!(read.list("z").is_empty());
    }

    #[test]
    fn what_is_no_document() {
        let deep = "<a>".repeat(100_000);
        let bomb = "<!DOCTYPE a [<!ENTITY x \"xxxx\">]><a>&x;</a>";
        for body in [
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a><b></a></b>",
            "<a>&unknown;</a>",
            "<a>&#xffffffff;</a>",
            "</a>",
            bomb,
            &deep,
        ] {
            assert_eq!(parse(body).map_err(|error| error.code), Err("malformed_event"), "{:.20}", body);
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(<[a-c/!?&;#x0-9\\[\\]> -]{0,3}|[a-c]>|\\PC){0,30}") {
            let _ = parse(&text);
        }
    }
}
