//! Parses a pasted or uploaded list of people: one per line, optionally with a name and a bounty, or a CSV with a
//! heading. Pure.

use shared::money::Currency;

use crate::import::{
    field::{Field, Kind, guess},
    file,
};

/// One person of a list, as typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// Counted from 1.
    pub number: u32,
    pub email: String,
    pub name: Option<String>,
    pub slug: Option<String>,
    /// In major units, as typed.
    pub bounty: Option<String>,
}

/// Parses the list in order, without its heading.
pub fn read(text: &str) -> Vec<Line> {
    let Ok(table) = file::read(text.as_bytes()) else {
        // The text is a single line, which isn't a heading, or has too many lines, or too many addresses on one.
        let cells = |line: &str| line.split([',', ';', '\t']).map(str::to_owned).collect::<Vec<_>>();
        let lines = text.lines().flat_map(|line| line.split('\r')).zip(1..);
        let lines = lines.filter(|(line, _)| !line.trim().is_empty());
        return lines.flat_map(|(line, number)| plain(number, &cells(line))).collect();
    };
    let has_heading = !table.head.iter().any(|cell| cell.contains('@'));
    let mapping = guess(Kind::Affiliates, &table.head);
    if has_heading && let Some(email) = mapping.get(Field::Email.as_str()) {
        let column = |field: Field| mapping.get(field.as_str()).copied();
        let bounty = table.head.iter().position(|name| name.to_lowercase().contains("bounty"));
        return table
            .rows
            .iter()
            .map(|(number, cells)| {
                let cell = |at: Option<usize>| {
                    at.and_then(|at| cells.get(at)).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
                };
                let parts: Vec<String> =
                    [column(Field::FirstName), column(Field::LastName)].into_iter().filter_map(cell).collect();
                Line {
                    number: *number,
                    email: cell(Some(*email)).unwrap_or_default(),
                    name: cell(column(Field::Name)).or_else(|| Some(parts.join(" ")).filter(|name| !name.is_empty())),
                    slug: cell(column(Field::Slug)),
                    bounty: cell(bounty),
                }
            })
            .collect();
    }
    std::iter::once((1, table.head)).chain(table.rows).flat_map(|(number, cells)| plain(number, &cells)).collect()
}

/// Parses `lauren@a.test`, `Lauren Vale <lauren@a.test>`, or both in any order, with an amount for the bounty. Because
/// mail programs list several addresses on one line, each address begins a new person, to whom the values after it
/// belong. A text after the name of an address stands where the bounty does: it is kept as one, so that the preview can
/// say what is wrong with it, instead of becoming part of the name.
fn plain(number: u32, cells: &[String]) -> Vec<Line> {
    let mut people = Vec::new();
    let mut line = Line { number, ..Line::default() };
    for cell in cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()) {
        if let Some((name, address)) = addressed(cell) {
            if !line.email.is_empty() {
                people.push(std::mem::replace(&mut line, Line { number, ..Line::default() }));
            }
            address.clone_into(&mut line.email);
            line.name = name.map(str::to_owned).or(line.name);
        } else if line.bounty.is_none() && (is_amount(cell) || (!line.email.is_empty() && line.name.is_some())) {
            line.bounty = Some(cell.to_owned());
        } else {
            line.name = Some(line.name.map_or_else(|| cell.to_owned(), |name| format!("{name} {cell}")));
        }
    }
    if line.email.is_empty() {
        line.email = line.name.take().unwrap_or_default();
    }
    people.push(line);
    people
}

/// Returns the email in a cell, and the name before it.
fn addressed(cell: &str) -> Option<(Option<&str>, &str)> {
    let Some((name, address)) = cell.split_once('<').and_then(|(name, rest)| Some((name, rest.strip_suffix('>')?)))
    else {
        return cell.contains('@').then_some((None, cell));
    };
    let name = name.trim().trim_matches('"');
    Some((Some(name).filter(|name| !name.is_empty()), address.trim()))
}

/// Returns whether the cell is meant as an amount, valid or not: no one's name is `-5` or `$50`.
fn is_amount(cell: &str) -> bool {
    let bare = cell.trim_start_matches(|sign: char| !sign.is_alphanumeric());
    bare.starts_with(|digit: char| digit.is_ascii_digit())
}

/// Converts `50` or `49.90` to minor units.
pub fn minor(text: &str, currency: Currency) -> Option<i64> {
    let text = text.trim();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = usize::try_from(currency.exponent()).ok()?;
    if whole.is_empty() || part.len() > digits || !whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{whole}{part:0<digits$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::ROWS_MAX;

    fn message(text: &str) -> Vec<(String, Option<String>, Option<String>)> {
        read(text).into_iter().map(|line| (line.email, line.name, line.bounty)).collect()
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn people_are_read_as_they_are_pasted() {
        let text = "lauren@a.test\nNina Moss <nina@a.test>\n\nbob@a.test, Bob, 50\nnobody\n";
        let expected = [
            ("lauren@a.test".to_owned(), None, None),
            ("nina@a.test".to_owned(), some("Nina Moss"), None),
            ("bob@a.test".to_owned(), some("Bob"), some("50")),
            ("nobody".to_owned(), None, None),
        ];
        assert_eq!(message(text), expected);
        assert_eq!(message("lauren@a.test"), expected[..1]);
        assert_eq!(message("bob@a.test, Bob, 50\n"), expected[2..3]);
        assert!(message(" \n").is_empty());
    }

    #[test]
    fn nobody_on_a_line_is_lost() {
        let person = |email: &str, name: Option<&str>| (email.to_owned(), name.map(str::to_owned), None);
        let expected = [person("a@x.test", None), person("b@x.test", Some("Bob")), person("c@x.test", None)];
        assert_eq!(message("a@x.test, Bob <b@x.test>, c@x.test"), expected);
        assert_eq!(message("a@x.test; Bob <b@x.test>; c@x.test\n"), expected);
        assert_eq!(message("Lauren, Vale, l@x.test\n"), [person("l@x.test", Some("Lauren Vale"))]);
    }

    #[test]
    fn no_line_is_lost_if_the_list_is_no_file() {
        let row = |count: usize| (0..count).map(|number| format!("a{number}@x.test")).collect::<Vec<_>>().join(", ");
        for (text, lines) in [
            (format!("{}\n\n{}\n", row(150), row(120)), [(1, 150), (3, 120)]),
            (format!("b@x.test\r{}\r", row(120)), [(1, 1), (2, 120)]),
        ] {
            let people = read(&text);
            assert_eq!(people.len(), lines.iter().map(|(_, count)| count).sum::<usize>());
            for (line, count) in lines {
                assert_eq!(people.iter().filter(|person| person.number == line).count(), count, "line {line}");
            }
        }
        assert_eq!(read(&"a@x.test\n".repeat(ROWS_MAX + 2)).len(), ROWS_MAX + 2);
    }

    #[test]
    fn a_wrong_amount_is_no_name() {
        for amount in ["-5", "$50", "+5", ".5", "€ 20"] {
            let expected = ("bob@a.test".to_owned(), some("Bob"), some(amount));
            assert_eq!(message(&format!("bob@a.test, Bob, {amount}\nx@a.test")).first(), Some(&expected));
        }
    }

    #[test]
    fn a_text_after_the_name_is_a_wrong_bounty() {
        let expected = ("chloe@a.test".to_owned(), some("Chloe Ng"), some("abc"));
        assert_eq!(message("chloe@a.test, Chloe Ng, abc\nx@a.test").first(), Some(&expected));
        assert_eq!(message("Chloe Ng <chloe@a.test>, abc\nx@a.test").first(), Some(&expected));
    }

    #[test]
    fn a_heading_says_what_is_where() {
        let text = "First name;Last name;E-mail;Bounty\nLauren;Vale;lauren@a.test;49.90\n";
        assert_eq!(message(text), [("lauren@a.test".to_owned(), some("Lauren Vale"), some("49.90"))]);
    }

    #[test]
    fn amounts_have_their_currencys_digits() {
        let usd = |text| minor(text, Currency::USD);
        assert_eq!([usd("50"), usd("49.9"), usd("49.99")], [Some(5_000), Some(4_990), Some(4_999)]);
        assert_eq!(minor("500", "JPY".parse().unwrap()), Some(500));
        for bad in ["", "-5", "4.999", "1,000", "x", "."] {
            assert_eq!(usd(bad), None, "{bad}");
        }
    }
}
