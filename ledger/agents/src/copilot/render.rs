//! Reads a model's answer into the few forms that a page shows: paragraphs, lists, tables, code, bold text, ids, and links
//! to our own pages. Everything else stays text.
//!
//! An answer may repeat what others wrote, so nothing in it may load anything or lead elsewhere: there are no images and no
//! markup, and the address of another site is a text. The template escapes what is here.

use super::mask::is_id;

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Bold(String),
    Code(String),
    /// A label, and the path of one of our own pages.
    Link(String, String),
    /// An id, which the page shows as a link with a name.
    Id(String),
}

pub type Line = Vec<Piece>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Paragraph(Line),
    Heading(Line),
    /// Whether it is numbered, and its items.
    List(bool, Vec<Line>),
    Code(String),
    /// Its head and its rows.
    Table(Vec<Line>, Vec<Vec<Line>>),
}

impl Part {
    /// Each of its lines.
    pub fn lines_mut(&mut self) -> Vec<&mut Line> {
        match self {
            Self::Paragraph(line) | Self::Heading(line) => vec![line],
            Self::List(_, items) => items.iter_mut().collect(),
            Self::Table(head, rows) => head.iter_mut().chain(rows.iter_mut().flatten()).collect(),
            Self::Code(_) => Vec::new(),
        }
    }
}

pub(super) const FENCE: &str = "```";
/// Where links may lead.
const OWN: &str = "/dashboard";

/// `own` is the address of this installation, without a slash at its end.
pub fn parts(text: &str, own: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            continue;
        }
        if trimmed.starts_with(FENCE) {
            let code: Vec<&str> = lines.by_ref().take_while(|line| !line.trim().starts_with(FENCE)).collect();
            parts.push(Part::Code(code.join("\n")));
        } else if let Some(heading) = heading(trimmed) {
            parts.push(Part::Heading(pieces(heading, own)));
        } else if let Some((ordered, first)) = item(trimmed) {
            let mut items = vec![pieces(first, own)];
            while let Some((_, next)) = lines.peek().and_then(|line| item(line.trim())).filter(|next| next.0 == ordered)
            {
                items.push(pieces(next, own));
                lines.next();
            }
            parts.push(Part::List(ordered, items));
        } else if trimmed.starts_with('|') && lines.peek().is_some_and(|next| is_rule(next.trim())) {
            lines.next();
            let mut rows = Vec::new();
            while let Some(row) = lines.next_if(|line| line.trim().starts_with('|')) {
                rows.push(cells(row.trim(), own));
            }
            parts.push(Part::Table(cells(trimmed, own), rows));
        } else {
            let mut whole = trimmed.to_owned();
            while let Some(next) = lines.next_if(|line| is_plain(line.trim())) {
                whole.push(' ');
                whole.push_str(next.trim());
            }
            parts.push(Part::Paragraph(pieces(&whole, own)));
        }
    }
    parts
}

/// Whether a line continues a paragraph.
fn is_plain(line: &str) -> bool {
    !line.is_empty()
        && !line.starts_with(FENCE)
        && !line.starts_with('|')
        && heading(line).is_none()
        && item(line).is_none()
}

fn heading(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('#');
    (rest.len() < line.len() && rest.starts_with(' ')).then(|| rest.trim())
}

fn item(line: &str) -> Option<(bool, &str)> {
    if let Some(rest) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")).or_else(|| line.strip_prefix("• "))
    {
        return Some((false, rest.trim()));
    }
    let rest = line.trim_start_matches(|sign: char| sign.is_ascii_digit());
    let rest = (rest.len() < line.len()).then_some(rest)?.strip_prefix(". ")?;
    Some((true, rest.trim()))
}

/// The line between the head and the body of a table.
fn is_rule(line: &str) -> bool {
    line.starts_with('|') && line.contains('-') && line.chars().all(|sign| "|-: ".contains(sign))
}

fn cells(row: &str, own: &str) -> Vec<Line> {
    let inside = row.trim_start_matches('|').trim_end_matches('|');
    inside.split('|').map(|cell| pieces(cell.trim(), own)).collect()
}

fn pieces(line: &str, own: &str) -> Line {
    let mut found = Vec::new();
    let mut plain = String::new();
    let mut rest = line;
    while let Some(sign) = rest.chars().next() {
        let special = match sign {
            '`' => around(rest, "`").map(|(inside, after)| (Piece::Code(inside.to_owned()), after)),
            '*' => around(rest, "**").map(|(inside, after)| (Piece::Bold(inside.to_owned()), after)),
            '!' | '[' => link(rest, own),
            _ => None,
        };
        // An id in code is an id as well: that is how models mark them.
        match special {
            Some((Piece::Code(inside), after)) if is_id(&inside) => {
                flush(&mut plain, &mut found);
                found.push(Piece::Id(inside));
                rest = after;
            }
            Some((Piece::Text(text), after)) => {
                plain.push_str(&text);
                rest = after;
            }
            Some((piece, after)) => {
                flush(&mut plain, &mut found);
                found.push(piece);
                rest = after;
            }
            None => {
                plain.push(sign);
                rest = &rest[sign.len_utf8()..];
            }
        }
    }
    flush(&mut plain, &mut found);
    found
}

/// The text between two marks, and what follows.
fn around<'t>(text: &'t str, mark: &str) -> Option<(&'t str, &'t str)> {
    let (inside, after) = text.strip_prefix(mark)?.split_once(mark)?;
    (!inside.trim().is_empty()).then_some((inside, after))
}

/// A link to one of our pages; of any other, and of an image, only its label.
fn link<'t>(text: &'t str, own: &str) -> Option<(Piece, &'t str)> {
    let is_image = text.starts_with('!');
    let (label, rest) = text.trim_start_matches('!').strip_prefix('[')?.split_once("](")?;
    let (address, after) = rest.split_once(')')?;
    if label.contains('[') || (is_image && !text.starts_with("![")) {
        return None;
    }
    let piece = match own_path(address, own).filter(|_| !is_image && !label.is_empty()) {
        Some(path) => Piece::Link(label.to_owned(), path.to_owned()),
        None => Piece::Text(label.to_owned()),
    };
    Some((piece, after))
}

/// The path of an address, if it is one of our pages. Browsers drop control characters and take `\` for `/`.
fn own_path<'a>(address: &'a str, own: &str) -> Option<&'a str> {
    let path = address.strip_prefix(own).unwrap_or(address);
    let rest = path.strip_prefix(OWN)?;
    let is_plain = path.chars().all(|sign| !sign.is_control() && !sign.is_whitespace() && sign != '\\');
    (is_plain && !path.contains("..") && (rest.is_empty() || rest.starts_with(['/', '?', '#']))).then_some(path)
}

/// Text with the ids in it.
fn flush(plain: &mut String, found: &mut Line) {
    let text = std::mem::take(plain);
    let mut rest = text.as_str();
    let mut kept = String::new();
    while !rest.is_empty() {
        let end = rest.find(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '_')).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if is_id(word) {
            if !kept.is_empty() {
                found.push(Piece::Text(std::mem::take(&mut kept)));
            }
            found.push(Piece::Id(word.to_owned()));
        } else {
            kept.push_str(word);
        }
        let mut signs = after.chars();
        kept.extend(signs.next());
        rest = signs.as_str();
    }
    if !kept.is_empty() {
        found.push(Piece::Text(kept));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OWN_URL: &str = "https://rekomi.acme.test";
    const ID: &str = "aff_01kdvdna00fec9rpb7dk6gd3hy";

    fn text(text: &str) -> Piece {
        Piece::Text(text.to_owned())
    }

    fn line(text: &str) -> Line {
        match parts(text, OWN_URL).pop() {
            Some(Part::Paragraph(line)) => line,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_answer_has_few_forms() {
        let answer = format!(
            "## Top\nTwo lines\nof **text** and `code`.\n\n- one {ID}\n- two\n1. first\n\n| A | B |\n|---|--:|\n| 1 | **2** |\n```sql\n<b>x</b>\n```"
        );
        let expected = vec![
            Part::Heading(vec![text("Top")]),
            Part::Paragraph(vec![
                text("Two lines of "),
                Piece::Bold("text".to_owned()),
                text(" and "),
                Piece::Code("code".to_owned()),
                text("."),
            ]),
            Part::List(false, vec![vec![text("one "), Piece::Id(ID.to_owned())], vec![text("two")]]),
            Part::List(true, vec![vec![text("first")]]),
            Part::Table(
                vec![vec![text("A")], vec![text("B")]],
                vec![vec![vec![text("1")], vec![Piece::Bold("2".to_owned())]]],
            ),
            Part::Code("<b>x</b>".to_owned()),
        ];
        assert_eq!(parts(&answer, OWN_URL), expected);
    }

    #[test]
    fn only_our_own_pages_are_links() {
        let own = Piece::Link("Pay".to_owned(), "/dashboard/payouts/pay?organization=org_1".to_owned());
        assert_eq!(line("[Pay](/dashboard/payouts/pay?organization=org_1)"), std::slice::from_ref(&own));
        assert_eq!(line(&format!("[Pay]({OWN_URL}/dashboard/payouts/pay?organization=org_1)")), [own]);
        for address in [
            "https://evil.test/?q=secret",
            "//evil.test",
            "/\\evil.test",
            "/dashboardx",
            "/dashboard\\..\\x",
            "/dashboard/../logout",
            "/logout",
            "javascript:alert(1",
            "data:text/html,x",
            "https://rekomi.acme.test.evil.test/dashboard",
            "https://rekomi.acme.test@evil.test/dashboard",
            "/dashboard\t/x",
        ] {
            assert_eq!(line(&format!("a [Pay]({address})")), [text("a Pay")], "{address}");
        }
        assert_eq!(line("![Chart](https://evil.test/p.png?d=1)"), [text("Chart")]);
        assert_eq!(line("![Chart](/dashboard/x)"), [text("Chart")]);
        assert_eq!(line("See https://evil.test/x"), [text("See https://evil.test/x")]);
    }

    #[test]
    fn ids_are_found_in_text_and_in_code() {
        assert_eq!(
            line(&format!("`{ID}`, ({ID})")),
            [Piece::Id(ID.to_owned()), text(", ("), Piece::Id(ID.to_owned()), text(")")]
        );
        assert_eq!(line("snake_case and ** alone"), [text("snake_case and ** alone")]);
    }

    proptest! {
        #[test]
        fn anything_is_shown_and_nothing_leads_elsewhere(answer in "[\\PC\n]{0,200}") {
            for part in parts(&answer, OWN_URL) {
                let lines = match part {
                    Part::Paragraph(line) | Part::Heading(line) => vec![line],
                    Part::List(_, items) => items,
                    Part::Table(head, rows) => [vec![head], rows].concat().concat(),
                    Part::Code(_) => Vec::new(),
                };
                for piece in lines.concat() {
                    if let Piece::Link(_, path) = piece {
                        prop_assert!(path.starts_with(OWN) && !path.contains('\\'), "{}", path);
                    }
                }
            }
        }
    }
}
