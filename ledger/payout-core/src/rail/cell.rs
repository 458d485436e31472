//! Cells of CSV files (RFC 4180) that people open in a spreadsheet, sometimes before uploading them. No cell can act as
//! a formula.

/// Spreadsheets treat a cell as a formula by its first character, quoted or not (OWASP, "CSV Injection").
const STARTS: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

/// Returns whether a spreadsheet would evaluate the text. Such a cell is changed, or refused where every character
/// matters.
pub fn is_formula(text: &str) -> bool {
    text.trim_start_matches(' ').starts_with(STARTS)
}

/// Formats one line with its line break; cells are quoted but not changed.
pub fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(quoted).collect();
    cells.join(",") + "\r\n"
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n', ';', '\t', '\'']) || text.starts_with(' ') || text.ends_with(' ') {
        in_quotes(text)
    } else {
        text.to_owned()
    }
}

/// Quotes a text, whatever it contains.
pub fn in_quotes(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Formats a text for people to read: on one line, with an apostrophe before anything that would be a formula.
pub fn shown(text: &str) -> String {
    let line = one_line(text);
    if is_formula(&line) { format!("'{line}") } else { line }
}

/// Formats a text for a payment service, where nothing may be added: removes leading characters that would make it a
/// formula, replaces line breaks by spaces, and keeps at most `most` characters.
pub fn plain(text: &str, most: usize) -> String {
    let line = one_line(text);
    line.trim_start_matches(|c: char| c == ' ' || STARTS.contains(&c))
        .chars()
        .take(most)
        .collect::<String>()
        .trim_end()
        .to_owned()
}

fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BAD: [&str; 7] = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=x", "\r=1", " =cmd|' /C calc'!A0"];

    #[test]
    fn no_cell_is_a_formula() {
        for bad in BAD {
            assert!(is_formula(bad) && !is_formula(&shown(bad)) && !is_formula(&plain(bad, 100)), "{bad}");
        }
        assert_eq!(plain("=HYPERLINK(\"x\")", 100), "HYPERLINK(\"x\")");
        assert_eq!((shown("Lauren, 2nd"), plain("two\nlines", 6)), ("Lauren, 2nd".to_owned(), "two li".to_owned()));
    }

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(line(["a", "b,c", "say \"hi\"", ""]), "a,\"b,c\",\"say \"\"hi\"\"\",\r\n");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(cells in prop::collection::vec("\\PC{0,12}", 1..6)) {
            let text = line(cells.iter().map(String::as_str));
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            // A CSV reader takes a line with a single empty cell as an empty line.
            if let Some(record) = reader.records().next() {
                prop_assert_eq!(record.unwrap().iter().map(str::to_owned).collect::<Vec<_>>(), cells);
            }
        }

        #[test]
        fn nothing_that_is_shown_is_a_formula(text in "[=+@\\-\\t\\r\\n a'\\PC]{0,12}") {
            prop_assert!(!is_formula(&shown(&text)) && !is_formula(&plain(&text, 5)));
        }
    }
}
