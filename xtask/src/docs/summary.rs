//! Parses the table of contents, `docs/SUMMARY.md`, in mdBook's format: `# Part` and nested `- [Title](page.md)`.

use anyhow::{Result, bail};

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Part(String),
    Page(Page),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) title: String,
    /// The path below `docs/`, such as `guide/payouts.md`.
    pub(super) source: String,
    pub(super) depth: usize,
}

/// Parses the table of contents; fails for a line that is neither empty, a part, nor a page.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let content = line.trim();
        if content.is_empty() || content == "# Summary" {
            continue;
        }
        if let Some(part) = content.strip_prefix("# ") {
            entries.push(Entry::Part(part.to_owned()));
        } else if let Some((title, source)) = link(content.strip_prefix("- ").unwrap_or(content)) {
            entries.push(Entry::Page(Page { title: title.to_owned(), source: source.to_owned(), depth: indent / 2 }));
        } else {
            bail!("docs/SUMMARY.md:{}: expected a part or a page: {content}", number + 1);
        }
    }
    Ok(entries)
}

pub(super) fn pages(entries: &[Entry]) -> impl Iterator<Item = &Page> {
    entries.iter().filter_map(|entry| match entry {
        Entry::Page(page) => Some(page),
        Entry::Part(_) => None,
    })
}

fn link(text: &str) -> Option<(&str, &str)> {
    let (title, rest) = text.strip_prefix('[')?.split_once("](")?;
    Some((title, rest.strip_suffix(')')?))
}

/// Returns a page's path in the book: `README.md` is its folder's index.
pub(super) fn address(source: &str) -> String {
    match source.strip_suffix("README.md") {
        Some(folder) => format!("{folder}index.html"),
        None => format!("{}.html", source.trim_end_matches(".md")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_pages_and_depths() {
        let text = "# Summary\n\n[Start](README.md)\n\n# Guide\n\n- [Programs](guide/programs.md)\n  - [Plans](guide/plans.md)\n";
        let entries = parse(text).unwrap_or_default();
        let page = |title: &str, source: &str, depth| {
            Entry::Page(Page { title: title.to_owned(), source: source.to_owned(), depth })
        };
        let expected = [
            page("Start", "README.md", 0),
            Entry::Part("Guide".to_owned()),
            page("Programs", "guide/programs.md", 0),
            page("Plans", "guide/plans.md", 1),
        ];
        assert_eq!(entries, expected);
        assert!(parse("- no link").is_err());
    }

    #[test]
    fn a_readme_is_an_index() {
        assert_eq!(address("README.md"), "index.html");
        assert_eq!(address("integrations/crm/README.md"), "integrations/crm/index.html");
        assert_eq!(address("guide/payouts.md"), "guide/payouts.html");
    }
}
