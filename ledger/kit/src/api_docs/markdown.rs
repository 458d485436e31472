//! Renders descriptions as HTML: escaped, with `code` in backticks. They use no other markup.

/// Returns HTML that is safe to put into a page.
pub(super) fn marked(text: &str) -> String {
    let mut out = String::new();
    for (place, part) in text.split('`').enumerate() {
        let part = escaped(part);
        if place % 2 == 1 { out.push_str(&format!("<code>{part}</code>")) } else { out.push_str(&part) }
    }
    out
}

/// For texts and for attributes in double quotes.
pub(super) fn escaped(text: &str) -> String {
    code(text).replace('"', "&quot;")
}

/// For texts between tags only: examples are full of quotes, which would make a page a fifth larger.
pub(super) fn code(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_code_becomes_a_mark() {
        assert_eq!(marked("`a<b` & \"c\""), "<code>a&lt;b</code> &amp; &quot;c&quot;");
        assert_eq!(marked("<script>"), "&lt;script&gt;");
        assert_eq!(code("\"<a> & b\""), "\"&lt;a&gt; &amp; b\"");
    }
}
