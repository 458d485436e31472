//! Renders one Markdown page as HTML: headings get the same anchors as on code hosts, and links point to the book's own
//! pages.

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd, html};
use std::collections::BTreeMap;

use super::summary;

/// Renders a page. `source` is its path below `docs/`, to which its links are relative.
pub(super) fn page(text: &str, source: &str) -> String {
    let parser =
        Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS);
    let events = anchored(parser.collect());
    let mut out = String::with_capacity(text.len() * 2);
    html::push_html(&mut out, linked(events, source).into_iter());
    // The ledger's Content-Security-Policy allows no inline styles; scrollable parts get a tabindex so that they can be
    // reached by keyboard.
    out.replace(" style=\"text-align: right\"", " class=\"right\"")
        .replace(" style=\"text-align: center\"", " class=\"center\"")
        .replace(" style=\"text-align: left\"", "")
        .replace("<pre>", "<pre tabindex=\"0\">")
        .replace("<table>", "<div class=\"scroll\" tabindex=\"0\"><table>")
        .replace("</table>", "</table></div>")
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Gives each heading its anchor.
fn anchored(mut events: Vec<Event<'_>>) -> Vec<Event<'_>> {
    let mut seen = BTreeMap::new();
    for at in 0..events.len() {
        if !matches!(events[at], Event::Start(Tag::Heading { .. })) {
            continue;
        }
        let words: String = events[at..]
            .iter()
            .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))))
            .filter_map(|event| match event {
                Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
                _ => None,
            })
            .collect();
        let anchor = anchor(&words, &mut seen);
        if let Event::Start(Tag::Heading { id, .. }) = &mut events[at] {
            *id = Some(anchor.into());
        }
    }
    events
}

/// Builds an anchor as code hosts do: lower-case letters, hyphens for spaces, no punctuation, and a number for repeated
/// headings.
fn anchor(words: &str, seen: &mut BTreeMap<String, usize>) -> String {
    let lower = words.trim().to_lowercase();
    let kept = lower.chars().filter(|character| character.is_alphanumeric() || matches!(character, ' ' | '-' | '_'));
    let base = kept.collect::<String>().replace(' ', "-");
    let count = seen.entry(base.clone()).or_insert(0);
    *count += 1;
    if *count == 1 { base } else { format!("{base}-{}", *count - 1) }
}

/// Turns links to pages into links to the book's pages. Links that leave `docs/`, to the source code, become plain
/// text.
fn linked<'a>(events: Vec<Event<'a>>, source: &str) -> Vec<Event<'a>> {
    let (mut out, mut dropped) = (Vec::with_capacity(events.len()), Vec::new());
    for event in events {
        match event {
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let target = target(&dest_url, source);
                dropped.push(target.is_none());
                if let Some(target) = target {
                    out.push(Event::Start(Tag::Link { link_type, dest_url: CowStr::from(target), title, id }));
                }
            }
            Event::End(TagEnd::Link) if dropped.pop() == Some(true) => {}
            Event::Html(text) if text.starts_with("<!--") => {}
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(kind))) if kind.as_ref() == "mermaid" => {
                out.push(Event::Html("<p class=\"muted\">Diagram (Mermaid source):</p>\n".into()));
                out.push(Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(kind))));
            }
            event => out.push(event),
        }
    }
    out
}

/// Returns the link's target in the book; `None` if it leaves `docs/`.
fn target(url: &str, source: &str) -> Option<String> {
    if url.starts_with(['#', '/']) || url.contains("://") || url.starts_with("mailto:") {
        return Some(url.to_owned());
    }
    let depth = source.matches('/').count();
    let ups = url.split('/').take_while(|part| *part == "..").count();
    if ups > depth {
        return None;
    }
    let (path, anchor) = url.split_once('#').map_or((url, None), |(path, anchor)| (path, Some(anchor)));
    let address = if path.ends_with(".md") { summary::address(path) } else { path.to_owned() };
    Some(anchor.map_or_else(|| address.clone(), |anchor| format!("{address}#{anchor}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_books_pages() {
        assert_eq!(target("../guide/payouts.md#runs", "api/keys.md").as_deref(), Some("../guide/payouts.html#runs"));
        assert_eq!(target("crm/README.md", "integrations/crms.md").as_deref(), Some("crm/index.html"));
        assert_eq!(target("../../edge/src/lib.rs", "contributing/architecture.md"), None);
        assert_eq!(target("https://stripe.com", "README.md").as_deref(), Some("https://stripe.com"));
        let html = page("See [the code](../edge) and [keys](api/keys.md).", "README.md");
        assert_eq!(html, "<p>See the code and <a href=\"api/keys.html\">keys</a>.</p>\n");
    }

    #[test]
    fn headings_have_anchors() {
        let html = page("## For which sales: `when`\n\n## Runs\n\n## Runs\n", "README.md");
        assert!(html.contains("id=\"for-which-sales-when\""), "{html}");
        assert!(html.contains("id=\"runs\"") && html.contains("id=\"runs-1\""), "{html}");
    }

    #[test]
    fn no_style_is_inline() {
        let html = page("| a | b |\n| --- | ---: |\n| 1 | 2 |\n", "README.md");
        assert!(html.contains("<td class=\"right\">2</td>") && !html.contains("style="), "{html}");
    }
}
