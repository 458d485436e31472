//! Redacts a gateway's XML: elements are rewritten like JSON fields, everything else stays unchanged. No side effects.

use quick_xml::{
    escape::escape,
    events::{BytesText, Event},
    reader::Reader,
    writer::Writer,
};

/// Rewrites the text of an element, given the names of its parent and of the element itself.
type Rewrite<'w> = dyn FnMut(&str, &str, &str) -> String + 'w;

/// Redacts the body; `None` if it isn't XML.
pub fn redact(body: &str, rewrite: &mut Rewrite<'_>) -> Option<String> {
    let mut reader = Reader::from_str(body);
    let mut writer = Writer::new(Vec::with_capacity(body.len()));
    let mut open: Vec<String> = Vec::new();
    // The text of an element may arrive in pieces, with entities between them.
    let mut text = String::new();
    loop {
        let event = reader.read_event().ok()?;
        match &event {
            Event::Text(piece) => {
                text.push_str(&piece.xml10_content());
                continue;
            }
            Event::CData(piece) => {
                text.push_str(&piece.xml10_content());
                continue;
            }
            Event::GeneralRef(entity) => {
                match entity.resolve_char_ref().ok()? {
                    Some(character) => text.push(character),
                    None => text.push_str(quick_xml::escape::resolve_predefined_entity(&entity.xml10_content())?),
                }
                continue;
            }
            _ => {}
        }
        flush(&mut writer, &open, &mut text, rewrite)?;
        match &event {
            Event::Start(tag) => open.push(tag.local_name().into_inner().to_owned()),
            Event::End(_) => drop(open.pop()),
            Event::Eof => return String::from_utf8(writer.into_inner()).ok(),
            _ => {}
        }
        writer.write_event(event).ok()?;
    }
}

fn flush(writer: &mut Writer<Vec<u8>>, open: &[String], text: &mut String, rewrite: &mut Rewrite<'_>) -> Option<()> {
    if text.is_empty() {
        return Some(());
    }
    let key = open.last().map(String::as_str).unwrap_or_default();
    let parent = open.iter().rev().nth(1).map(String::as_str).unwrap_or_default();
    let kept = if text.trim().is_empty() { text.clone() } else { rewrite(parent, key, text.trim()) };
    text.clear();
    writer.write_event(Event::Text(BytesText::from_escaped(escape(kept)))).ok()
}
