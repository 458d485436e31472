//! A minimal HTML tag parser, just enough to tell scripts apart. Pure.

/// A tag with its attributes and its byte position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    pub at: usize,
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// An attribute's value; empty if the attribute has no value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// Replaces comments by spaces, so that all other positions stay the same.
pub fn without_comments(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find("<!--") {
        let end = rest[start..].find("-->").map_or(rest.len(), |end| start + end + 3);
        text.push_str(&rest[..start]);
        text.extend(std::iter::repeat_n(' ', end - start));
        rest = &rest[end..];
    }
    text + rest
}

/// All tags of a name, in order.
pub fn tags(html: &str, name: &str) -> Vec<Tag> {
    let lower = html.to_ascii_lowercase();
    let start = format!("<{name}");
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = lower[from..].find(&start).map(|at| from + at) {
        let inside = at + start.len();
        from = inside;
        let ends_name = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
        if html.as_bytes().get(inside).is_some_and(ends_name) {
            let (attributes, end) = attributes(html, inside);
            found.push(Tag { at, attributes });
            from = end;
        }
    }
    found
}

/// Parses attributes up to the end of the tag: names in lower case, values without quotes.
fn attributes(html: &str, from: usize) -> (Vec<(String, String)>, usize) {
    let bytes = html.as_bytes();
    let skip = |mut at: usize, passes: &dyn Fn(u8) -> bool| {
        while bytes.get(at).is_some_and(|byte| passes(*byte)) {
            at += 1;
        }
        at
    };
    let blank = |byte: u8| byte.is_ascii_whitespace() || byte == b'/';
    let mut found = Vec::new();
    let mut at = from;
    loop {
        at = skip(at, &blank);
        if bytes.get(at).is_none_or(|byte| *byte == b'>') {
            return (found, (at + 1).min(html.len()));
        }
        let end = skip(at + 1, &|byte| !blank(byte) && byte != b'=' && byte != b'>');
        let name = html.get(at..end).unwrap_or_default().to_ascii_lowercase();
        at = skip(end, &|byte| byte.is_ascii_whitespace());
        let mut value = String::new();
        if bytes.get(at) == Some(&b'=') {
            at = skip(at + 1, &|byte| byte.is_ascii_whitespace());
            let (start, end) = match bytes.get(at) {
                Some(quote @ (b'"' | b'\'')) => (at + 1, skip(at + 1, &|byte| byte != *quote)),
                _ => (at, skip(at, &|byte| !byte.is_ascii_whitespace() && byte != b'>')),
            };
            value = html.get(start..end).unwrap_or_default().replace("&amp;", "&");
            at = if start == at { end } else { end + 1 };
        }
        found.push((name, value));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_are_read_however_they_are_written() {
        let html = "<HEAD><scripty src=x><SCRIPT async SRC='a.js' data-id=p1></script><script\n src=\"b.js\"/>";
        let found = tags(html, "script");
        let message: Vec<_> = found.iter().map(|tag| (tag.get("src"), tag.get("async"), tag.get("data-id"))).collect();
        assert_eq!(message, [(Some("a.js"), Some(""), Some("p1")), (Some("b.js"), None, None)]);
        assert!(tags(&without_comments("<!-- <script src=a> --> é"), "script").is_empty());
        assert!(without_comments("a<!-- b").starts_with("a  "));
    }

    proptest! {
        #[test]
        fn whatever_the_page_is_it_is_read(html in "[<>a-z =\"'/!é-]{0,80}") {
            tags(&without_comments(&html), "a");
        }
    }
}
