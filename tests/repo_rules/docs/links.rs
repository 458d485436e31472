//! Links lead somewhere, and every page is in the table of contents.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Component, Path, PathBuf},
};

use world::settings;

use super::{collect, nothing, page, pages};

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let pages = pages();
    let headings: BTreeMap<&str, BTreeSet<String>> =
        pages.iter().map(|(name, text)| (name.as_str(), anchors(text))).collect();
    let mut broken = Vec::new();
    let mut seen = 0;
    for (name, text) in &pages {
        for link in links(text).filter(|link| !link.contains("://") && !link.starts_with(['/', '<'])) {
            seen += 1;
            let (path, heading) = link.split_once('#').map_or((link, None), |(path, heading)| (path, Some(heading)));
            let target = if path.is_empty() { name.clone() } else { beside(name, path) };
            if !settings::root().join(&target).exists() {
                broken.push(format!("{name}: {link}"));
            } else if let Some(heading) = heading
                && !headings.get(target.as_str()).is_some_and(|headings| headings.contains(heading))
            {
                broken.push(format!("{name}: {link} (no such heading)"));
            }
        }
    }
    assert!(seen > 200, "{seen}");
    nothing("these lead nowhere", &broken);
}

#[test]
fn what_the_ledgers_pages_link_in_the_book_is_there() {
    let mut templates = Vec::new();
    collect(&settings::root().join("ledger/templates"), "html", &mut templates);
    let mut broken = Vec::new();
    let mut seen = 0;
    for template in templates {
        let text = std::fs::read_to_string(&template).unwrap();
        for link in text.split("\"/docs/").skip(1).filter_map(|rest| rest.split('"').next()) {
            let (path, heading) = link.split_once('#').map_or((link, None), |(path, heading)| (path, Some(heading)));
            let Some(path) = path.strip_suffix(".html").filter(|path| !path.contains('{')) else { continue };
            seen += 1;
            let target = std::fs::read_to_string(settings::root().join(format!("docs/{path}.md")));
            let has_heading =
                |page: &str| heading.is_none_or(|heading| heading.contains('{') || anchors(page).contains(heading));
            if !target.is_ok_and(|page| has_heading(&page)) {
                broken.push(format!("{}: /docs/{link}", template.display()));
            }
        }
    }
    assert!(seen > 5, "{seen}");
    nothing("these lead nowhere", &broken);
}

#[test]
fn every_page_is_in_the_contents_once() {
    let summary = page("docs/SUMMARY.md");
    let mut listed: Vec<String> = links(&summary).map(|link| format!("docs/{link}")).collect();
    let mut there: Vec<String> = pages()
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| name.starts_with("docs/") && name != "docs/SUMMARY.md")
        .collect();
    listed.sort();
    there.sort();
    assert_eq!(listed, there, "docs/SUMMARY.md on the left, the files on the right");
}

#[test]
fn anchors_are_those_of_code_hosts() {
    let found = anchors("# For which sales: `when`\n```sh\n# no heading\n```\n## [Runs](x.md)\n## Runs\n");
    let expected = ["for-which-sales-when", "runs", "runs-1"].map(str::to_owned);
    assert_eq!(found, BTreeSet::from(expected));
    assert_eq!(beside("docs/api/keys.md", "../guide/team.md"), "docs/guide/team.md");
    assert_eq!(
        links("a `](no.md)` [b](b.md#c) ![p](p.png)\n```\n[x](y.md)\n```\n").collect::<Vec<_>>(),
        ["b.md#c", "p.png"]
    );
}

/// What a page's links name, those in code left out.
fn links(text: &str) -> impl Iterator<Item = &str> {
    prose(text)
        .flat_map(|line| {
            let parts = line.split('`').enumerate().filter(|(at, part)| at % 2 == 0 || part.contains("]("));
            // A link may have code as its text: the part after it then begins with `](`.
            parts.flat_map(|(at, part)| {
                let skipped = if at % 2 == 1 { usize::MAX } else { 1 };
                part.split("](").skip(skipped)
            })
        })
        .filter_map(|rest| rest.split([')', ' ']).next())
}

/// The lines outside of fenced code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// The anchors of a page's headings, as code hosts make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let headings =
        prose(text).filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')));
    headings
        .map(|heading| {
            let shown = heading
                .split("](")
                .enumerate()
                .map(|(at, part)| if at == 0 { part } else { part.split_once(')').map_or("", |(_, rest)| rest) });
            let lower = shown.collect::<String>().trim().to_lowercase();
            let kept =
                lower.chars().filter(|character| character.is_alphanumeric() || matches!(character, ' ' | '-' | '_'));
            let base = kept.collect::<String>().replace(' ', "-");
            let count = seen.entry(base.clone()).or_insert(0);
            *count += 1;
            if *count == 1 { base } else { format!("{base}-{}", *count - 1) }
        })
        .collect()
}

/// Where a relative path leads from a page, from the repository's root.
fn beside(page: &str, path: &str) -> String {
    let mut target = PathBuf::from(page);
    target.pop();
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir => {
                target.pop();
            }
            Component::Normal(name) => target.push(name),
            _ => {}
        }
    }
    target.display().to_string()
}
