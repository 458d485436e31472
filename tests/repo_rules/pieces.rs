//! Source text in pieces: its code, its texts and its comments. The rules about names read the first, those about words
//! the second.

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Code,
    /// A string with its quotes, or what else stands for itself: a character, a regular expression.
    Text,
    Comment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Rust,
    Script,
    Sql,
}

/// The pieces in their order. Together they are the whole source.
pub(crate) fn pieces(source: &str, language: Language) -> Vec<(Kind, &str)> {
    let (mut pieces, mut code, mut at) = (Vec::new(), 0, 0);
    while let Some(sign) = source[at..].chars().next() {
        let (before, rest) = source.split_at(at);
        let comment = comment(rest, language).map(|len| (Kind::Comment, len));
        let Some((kind, len)) = comment.or_else(|| Some((Kind::Text, text(before, rest, language)?))) else {
            at += word(rest).len().max(sign.len_utf8());
            continue;
        };
        if code < at {
            pieces.push((Kind::Code, &source[code..at]));
        }
        pieces.push((kind, &rest[..len]));
        at += len;
        code = at;
    }
    if code < at {
        pieces.push((Kind::Code, &source[code..]));
    }
    pieces
}

/// The name, keyword or number at the beginning. It is passed at once: the `r` of `for` begins no raw string.
fn word(rest: &str) -> &str {
    &rest[..rest.len() - rest.trim_start_matches(|sign: char| sign.is_alphanumeric() || sign == '_').len()]
}

/// The length of the comment at the beginning.
fn comment(rest: &str, language: Language) -> Option<usize> {
    let line = if language == Language::Sql { "--" } else { "//" };
    if rest.starts_with(line) {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    rest.starts_with("/*").then(|| block(rest, language != Language::Script))
}

/// The length of a comment that may hold others.
fn block(rest: &str, nests: bool) -> usize {
    let (mut depth, mut at) = (0, 0);
    while let Some(two) = rest.as_bytes().get(at..at + 2) {
        match two {
            b"/*" if nests || depth == 0 => (depth, at) = (depth + 1, at + 2),
            b"*/" if depth == 1 => return at + 2,
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length of the text at the beginning.
fn text(before: &str, rest: &str, language: Language) -> Option<usize> {
    let first = rest.chars().next()?;
    match (language, first) {
        // Two quotes within are two texts side by side.
        (Language::Sql, '\'') => Some(rest[1..].find('\'').map_or(rest.len(), |at| at + 2)),
        (Language::Rust | Language::Script, '"') | (Language::Script, '\'') => Some(closed(rest, first)),
        (Language::Rust, '\'') => character(rest),
        (Language::Rust, _) => raw(rest),
        (Language::Script, '`') => Some(template(rest)),
        (Language::Script, '/') => expression(before, rest),
        _ => None,
    }
}

/// The length of a text with its quotes, in which a backslash takes the next sign's meaning.
fn closed(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, sign) in rest.char_indices().skip(1) {
        match sign {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if sign == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of a character. A lifetime or label has no second quote.
fn character(rest: &str) -> Option<usize> {
    let mut signs = rest.char_indices().skip(1);
    let ((_, sign), (end, next)) = (signs.next()?, signs.next()?);
    if sign == '\\' { Some(closed(rest, '\'')) } else { (next == '\'').then_some(end + 1) }
}

/// The length of a raw string of Rust. A name such as `r#type` is none.
fn raw(rest: &str) -> Option<usize> {
    let prefix = word(rest);
    let inner = rest[prefix.len()..].trim_start_matches('#');
    if !["r", "br", "cr"].contains(&prefix) || !inner.starts_with('"') {
        return None;
    }
    let start = rest.len() - inner.len();
    let end = format!("\"{}", "#".repeat(start - prefix.len()));
    Some(inner[1..].find(&end).map_or(rest.len(), |at| start + 1 + at + end.len()))
}

/// The length of a script's template, with what is filled in.
fn template(rest: &str) -> usize {
    let (mut escaped, mut depth, mut before) = (false, 0, '`');
    for (at, sign) in rest.char_indices().skip(1) {
        match sign {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' if depth > 0 || before == '$' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '`' if depth == 0 => return at + 1,
            _ => {}
        }
        before = sign;
    }
    rest.len()
}

/// The length of a script's regular expression: where a value is expected, a slash divides nothing.
fn expression(before: &str, rest: &str) -> Option<usize> {
    let before = before.trim_end();
    let expected = before.is_empty()
        || before.ends_with("return")
        || before.ends_with(|sign: char| "(,=:[!&|?{};>".contains(sign));
    let line = rest.lines().next().filter(|_| expected)?;
    let (mut escaped, mut in_class) = (false, false);
    for (at, sign) in line.char_indices().skip(1) {
        match sign {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '/' if !in_class => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces of a kind.
    fn only(kind: Kind, source: &str, language: Language) -> Vec<&str> {
        let pieces = pieces(source, language);
        assert_eq!(pieces.iter().map(|(_, piece)| *piece).collect::<String>(), source, "nothing is lost");
        pieces.into_iter().filter(|(own, _)| *own == kind).map(|(_, piece)| piece).collect()
    }

    #[test]
    fn texts_of_rust_end_where_they_end() {
        for (source, texts) in [
            (r#"f("a \" b", "c\\") + "d""#, vec![r#""a \" b""#, r#""c\\""#, r#""d""#]),
            (
                "r#\"a \" b\"# r\"c\\\" br##\"d \"# e\"## \"f\"",
                vec!["r#\"a \" b\"#", "r\"c\\\"", "br##\"d \"# e\"##", "\"f\""],
            ),
            ("let r#type = for_r(b\"a\"); attr", vec!["\"a\""]),
            (
                r#"['"', '\'', '\\', '\u{2019}', 'é', b'"', "x"]"#,
                vec!["'\"'", r"'\''", r"'\\'", r"'\u{2019}'", "'é'", "'\"'", "\"x\""],
            ),
            ("fn f<'a, 'b>(x: &'a str) -> &'static str { 'outer: loop { break 'outer \"x\" } }", vec!["\"x\""]),
            ("\"// no comment\" // a \"comment\"\n\"/* nor this */\"", vec!["\"// no comment\"", "\"/* nor this */\""]),
            ("\"one \\\n  line\" \"two\n lines\"", vec!["\"one \\\n  line\"", "\"two\n lines\""]),
            ("\"never closed", vec!["\"never closed"]),
            ("'", vec![]),
        ] {
            assert_eq!(only(Kind::Text, source, Language::Rust), texts, "{source}");
        }
    }

    #[test]
    fn comments_may_hold_quotes_and_comments() {
        let rust = "//! it's\na /* \"b /* c */ d\" */ e // don't\nf / g";
        assert_eq!(only(Kind::Comment, rust, Language::Rust), ["//! it's", "/* \"b /* c */ d\" */", "// don't"]);
        assert_eq!(only(Kind::Code, rust, Language::Rust), ["\na ", " e ", "\nf / g"]);
        assert_eq!(only(Kind::Comment, "/* a /* b */ c */", Language::Script), ["/* a /* b */"]);
        assert_eq!(only(Kind::Comment, "/*/ a */ b /* c", Language::Script), ["/*/ a */", "/* c"]);
        let sql = "select 'it''s', '\\', \"a b\" -- what's this\nfrom c // d";
        assert_eq!(only(Kind::Text, sql, Language::Sql), ["'it'", "'s'", "'\\'"]);
        assert_eq!(only(Kind::Comment, sql, Language::Sql), ["-- what's this"]);
    }

    #[test]
    fn scripts_have_templates_and_expressions() {
        let script =
            "a = `b ${c.map((d) => `e ${d}`)} f` + 'it\\'s' + \"g\";\nh.replace(/[/\"']\\/`/g, i / j / k); // l";
        let texts = ["`b ${c.map((d) => `e ${d}`)} f`", "'it\\'s'", "\"g\"", "/[/\"']\\/`/"];
        assert_eq!(only(Kind::Text, script, Language::Script), texts);
        assert_eq!(only(Kind::Comment, script, Language::Script), ["// l"]);
    }
}
