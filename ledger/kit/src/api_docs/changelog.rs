//! The API's changelog, `docs/api/changelog.md`, as a page beside the reference.

use super::markdown::marked;

const TEXT: &str = include_str!("../../../../docs/api/changelog.md");

/// The changes of a day, newest first.
#[derive(Debug)]
pub(super) struct Day {
    pub date: String,
    /// HTML.
    pub changes: Vec<String>,
}

pub(super) fn days() -> Vec<Day> {
    read(TEXT)
}

/// A heading of the second level begins a day; each item of its list is a change, which may continue on the next line.
fn read(text: &str) -> Vec<Day> {
    text.split("\n## ")
        .skip(1)
        .map(|part| {
            let (date, list) = part.split_once('\n').unwrap_or((part, ""));
            let items = list.split("\n- ").skip(1);
            let joined = |item: &str| item.split_whitespace().collect::<Vec<_>>().join(" ");
            Day { date: date.trim().to_owned(), changes: items.map(|item| marked(&joined(item))).collect() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_is_a_line_of_its_day() {
        let days =
            read("# Changes\n\nWords.\n\n## 2026-11-23\n\n- New: `a`,\n  and b.\n- Two\n\n## 2026-11-20\n\n- One\n");
        let shown: Vec<(&str, Vec<&str>)> =
            days.iter().map(|day| (day.date.as_str(), day.changes.iter().map(String::as_str).collect())).collect();
        assert_eq!(shown, [("2026-11-23", vec!["New: <code>a</code>, and b.", "Two"]), ("2026-11-20", vec!["One"])]);
        assert!(!super::days().is_empty());
    }
}
