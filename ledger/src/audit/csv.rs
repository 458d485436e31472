//! Lines of a CSV file (RFC 4180) that a spreadsheet may open: no cell of it is a formula.

/// One line, ended. Every cell is quoted.
pub(super) fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    cells.join(",") + "\r\n"
}

/// Spreadsheets take a cell for a formula by its first character, quoted or not; an apostrophe before it makes it text.
fn cell(text: &str) -> String {
    let formula = text.trim_start_matches(' ').starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    format!("\"{}{}\"", if formula { "'" } else { "" }, text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled_and_lines_end_as_the_rfc_says() {
        assert_eq!(line(["a", "b,c", "say \"hi\"", ""]), "\"a\",\"b,c\",\"say \"\"hi\"\"\",\"\"\r\n");
        assert_eq!(line(["two\nlines"]), "\"two\nlines\"\r\n");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for bad in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", " =cmd|' /C calc'!A0"] {
            assert_eq!(line([bad]), format!("\"'{bad}\"\r\n"));
        }
        assert_eq!(line(["a=1"]), "\"a=1\"\r\n");
    }
}
