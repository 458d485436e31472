//! Parses CSV files as spreadsheets and platforms write them: with commas, semicolons or tabs, with or without a byte
//! order mark, in UTF-8, Latin-1 or Windows-1252. Pure.

use serde_json::{Map, Value};

use super::ROWS_MAX;

const COLUMNS_MAX: usize = 100;
/// Empty cells also cost memory.
const CELLS_MAX: usize = 1_500_000;
/// Longer cells are cut: no field needs more.
const CELL_MAX: usize = 2_000;

/// The characters that Windows-1252 has from 0x80 to 0x9F. Its five holes stay the control characters of Latin-1.
const OF_WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// A file's heading, and its rows with their line numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub head: Vec<String>,
    pub rows: Vec<(u32, Vec<String>)>,
}

/// The reason a file can't be parsed, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("The file is empty.")]
    Empty,
    #[error("The file has a header row but no data rows.")]
    NoRows,
    #[error("This isn't a CSV file. In your spreadsheet app, choose \"Save as\" or \"Download\", then CSV.")]
    Binary,
    #[error("Line {0} can't be read as CSV.")]
    Malformed(u64),
    #[error("The file can have at most {ROWS_MAX} rows. Split it into smaller files.")]
    TooLong,
    #[error("The file can have at most {COLUMNS_MAX} columns. Remove the ones you don't need.")]
    TooWide,
    #[error("Row {0} contains a list or an object. Values must be texts, numbers, booleans or null.")]
    Nested(u32),
    #[error("The file has too many cells. Remove columns you don't need, or split it.")]
    TooMany,
}

/// Makes a table of objects: their keys are the columns, in the order in which they first appear, and the first object
/// is line 2, as in a file.
///
/// # Errors
/// [`Unreadable`] if they are none, too many, or contain lists or objects.
pub fn of_objects(objects: &[Map<String, Value>]) -> Result<Table, Unreadable> {
    if objects.len() > ROWS_MAX {
        return Err(Unreadable::TooLong);
    }
    let mut head: Vec<String> = Vec::new();
    let mut rows = Vec::with_capacity(objects.len());
    let mut left = CELLS_MAX;
    for (object, line) in objects.iter().zip(2..) {
        for name in object.keys() {
            if !head.contains(name) {
                head.push(name.clone());
            }
        }
        if head.len() > COLUMNS_MAX {
            return Err(Unreadable::TooWide);
        }
        left = left.checked_sub(head.len()).ok_or(Unreadable::TooMany)?;
        let cell = |name: &String| match object.get(name) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.trim().chars().take(CELL_MAX).collect()),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(value.to_string()),
            Some(Value::Array(_) | Value::Object(_)) => Err(Unreadable::Nested(line)),
        };
        rows.push((line, head.iter().map(cell).collect::<Result<Vec<_>, _>>()?));
    }
    if rows.is_empty() { Err(Unreadable::Empty) } else { Ok(Table { head, rows }) }
}

pub fn read(bytes: &[u8]) -> Result<Table, Unreadable> {
    // The reader ends a row at \r or \n, but only counts \n; after a \r\n, it leaves the \n to the next row. Both
    // would make its line numbers wrong. Excel and FileMaker for Mac write \r alone.
    let text = decoded(bytes)?.replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = ::csv::ReaderBuilder::new()
        .delimiter(delimiter(&text))
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut head = None;
    let mut rows = Vec::new();
    let mut left = CELLS_MAX;
    for record in reader.records() {
        let record = record.map_err(|error| Unreadable::Malformed(error.position().map_or(1, csv::Position::line)))?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        if record.len() > COLUMNS_MAX {
            return Err(Unreadable::TooWide);
        }
        left = left.checked_sub(record.len()).ok_or(Unreadable::TooMany)?;
        let cells: Vec<String> = record.iter().map(|cell| cell.chars().take(CELL_MAX).collect()).collect();
        if head.is_none() {
            head = Some(cells);
            continue;
        }
        if rows.len() == ROWS_MAX {
            return Err(Unreadable::TooLong);
        }
        rows.push((record.position().map_or(0, |at| line(&text, at)), cells));
    }
    let head = head.ok_or(Unreadable::Empty)?;
    if rows.is_empty() { Err(Unreadable::NoRows) } else { Ok(Table { head, rows }) }
}

/// Returns the line on which a row begins. The reader reports the position before any empty lines, so this skips them.
fn line(text: &str, at: &csv::Position) -> u32 {
    let rest = usize::try_from(at.byte()).ok().and_then(|at| text.as_bytes().get(at..)).unwrap_or_default();
    let empty = rest.iter().take_while(|byte| **byte == b'\n').count();
    u32::try_from(at.line()).unwrap_or(u32::MAX).saturating_add(u32::try_from(empty).unwrap_or(u32::MAX))
}

fn decoded(bytes: &[u8]) -> Result<String, Unreadable> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.contains(&0) || bytes.starts_with(b"PK\x03\x04") {
        return Err(Unreadable::Binary);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Ok(bytes.iter().map(|byte| character(*byte)).collect()),
    }
}

/// Excel on Windows writes Windows-1252: Latin-1, where each byte is the character with that code point, with other
/// characters in place of the second set of control characters, which no file has.
fn character(byte: u8) -> char {
    let of_windows = byte.checked_sub(0x80).and_then(|at| OF_WINDOWS.get(usize::from(at)));
    of_windows.copied().unwrap_or(char::from(byte))
}

/// Returns the delimiter that appears most often in the heading.
fn delimiter(text: &str) -> u8 {
    let heading = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |sign: u8| heading.bytes().filter(|byte| *byte == sign).count();
    [b';', b'\t', b','].into_iter().max_by_key(|sign| count(*sign)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
        let table = read(bytes).unwrap();
        std::iter::once(table.head).chain(table.rows.into_iter().map(|row| row.1)).collect()
    }

    #[test]
    fn marks_signs_and_encodings_do_not_matter() {
        let expected = [["Name", "E-mail"], ["Zoë, B", "z@b.test"]];
        for bytes in [
            "Name,E-mail\r\n\"Zoë, B\",z@b.test\r\n".as_bytes(),
            "\u{feff}Name;E-mail\nZoë, B; z@b.test\n".as_bytes(),
            "Name\tE-mail\nZoë, B\tz@b.test".as_bytes(),
            b"Name;E-mail\nZo\xeb, B;z@b.test\n",
        ] {
            assert_eq!(cells(bytes), expected);
        }
    }

    #[test]
    fn files_of_excel_on_windows_keep_every_character() {
        let file = b"name,amount\n\x8a\xe1rka\x92s C\x9cur,\"19,90 \x80\"\n\x96\xa0\xff\x9f,\x80 5\n";
        assert_eq!(cells(file)[1..], [["Šárka’s Cœur", "19,90 €"], ["–\u{a0}ÿŸ", "€ 5"]]);
    }

    #[test]
    fn objects_are_rows() {
        let objects = |text: &str| serde_json::from_str::<Vec<Map<String, Value>>>(text).unwrap();
        let table = of_objects(&objects(r#"[{"a": 1, "b": null}, {"c": " x ", "a": true}]"#)).unwrap();
        assert_eq!(table.head, ["a", "b", "c"]);
        let rows = [(2, vec!["1".to_owned(), String::new()]), (3, ["true", "", "x"].map(str::to_owned).to_vec())];
        assert_eq!(table.rows, rows);
        assert_eq!(of_objects(&objects(r#"[{"a": []}]"#)), Err(Unreadable::Nested(2)));
        assert_eq!(of_objects(&[]), Err(Unreadable::Empty));
    }

    #[test]
    fn rows_are_named_by_their_line() {
        let text = "a,b\n1,2\n\n\"3\n\",4\n5\n";
        for end in ["\n", "\r\n", "\r"] {
            let text = text.replace('\n', end);
            let table = read(text.as_bytes()).unwrap();
            assert_eq!(table.rows.iter().map(|row| row.0).collect::<Vec<_>>(), [2, 4, 6], "{text:?}");
        }
    }

    #[test]
    fn what_is_no_such_file_says_so() {
        assert_eq!(read(b""), Err(Unreadable::Empty));
        assert_eq!(read(b"\n \n"), Err(Unreadable::Empty));
        assert_eq!(read(b"a,b\n"), Err(Unreadable::NoRows));
        assert_eq!(read(b"PK\x03\x04rest"), Err(Unreadable::Binary));
        assert_eq!(read(b"a\0b"), Err(Unreadable::Binary));
        let long = format!("a\n{}", "1\n".repeat(ROWS_MAX + 1));
        assert_eq!(read(long.as_bytes()), Err(Unreadable::TooLong));
        let row = |columns: usize| format!("1{}\n", ",".repeat(columns - 1));
        assert_eq!(read(row(COLUMNS_MAX + 1).repeat(2).as_bytes()), Err(Unreadable::TooWide));
        assert_eq!(read(row(COLUMNS_MAX).repeat(CELLS_MAX / COLUMNS_MAX + 1).as_bytes()), Err(Unreadable::TooMany));
    }
}
