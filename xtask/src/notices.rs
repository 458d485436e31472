//! `cargo xtask notices`: writes THIRD_PARTY_NOTICES.md, which names the third-party code that we ship, with its
//! licenses.
//!
//! We ship the ledger and the edge with the crates linked into them, and two fonts. Tools that build or test (macros,
//! build scripts, npm packages) are in no program of ours. Where a crate offers Apache-2.0, we use it under that
//! license, whose text is LICENSE; the text of every other license comes from the crate itself. The file is committed,
//! and `cargo xtask deny` fails if it is stale.

use crate::deny::graph::{Graph, Package};
use crate::deny::{satisfied, targets};
use crate::{progress, repo};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

const FILE: &str = "THIRD_PARTY_NOTICES.md";
const PROGRAMS: [&str; 2] = ["ledger", "edge"];
const TAKEN_BY: &str = "Apache-2.0";

/// Licenses of other people's sources that a crate compiles, by crate: the path in it, where the crate has no copy beside
/// its own license.
const COMPILED: [(&str, &str); 1] = [("libmimalloc-sys", "c_src/mimalloc/v3/LICENSE")];

/// What is shipped and isn't a crate: its description, its path, and the path of its license.
const BUNDLED: [(&str, &str, &str); 2] = [
    ("Inter, the typeface of the pages", "ledger/assets/inter.woff2", "ledger/assets/inter.LICENSE"),
    (
        "DejaVu Sans, the typeface of PDFs",
        "ledger/payout-core/assets/DejaVuSans.ttf",
        "ledger/payout-core/assets/LICENSE",
    ),
];

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Change nothing; fail if the committed file is out of date
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let graph = Graph::read(&targets()?)?;
    if options.check {
        return check(&graph);
    }
    let step = progress::step(FILE);
    let text = text(&graph)?;
    repo::write_atomically(&repo::at(FILE), &text, 0o644)?;
    step.done(&format!("{} crates", graph.shipped(&PROGRAMS).len()));
    Ok(())
}

pub(crate) fn check(graph: &Graph) -> Result<()> {
    let committed = fs::read_to_string(repo::at(FILE)).unwrap_or_default();
    if committed == text(graph)? {
        return Ok(());
    }
    bail!("{FILE} is out of date: run `cargo xtask notices` and commit the result")
}

fn text(graph: &Graph) -> Result<String> {
    let shipped = graph.shipped(&PROGRAMS);
    let mut page = String::from(
        "# Third-party notices\n\nWritten by `cargo xtask notices`; don't edit it.\n\nThe ledger and the edge contain no \
         crates but those listed here, the Rust standard library (MIT or Apache-2.0), and two fonts.\nA crate that \
         offers Apache-2.0 is used under that license, whose text is [LICENSE](LICENSE). The texts of all other licenses \
         follow\nthe list.\n\n| crate | license | source |\n| --- | --- | --- |\n",
    );
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in shipped {
        let license = package.license.as_deref().unwrap_or("see its text");
        let source = package.repository.as_deref().unwrap_or("crates.io");
        writeln!(page, "| {package} | {license} | {source} |")?;
        for text in own_texts(package)? {
            texts.entry(text).or_default().push(package.to_string());
        }
    }
    let mut texts: Vec<(Vec<String>, String)> = texts.into_iter().map(|(text, crates)| (crates, text)).collect();
    texts.sort();
    for (what, file, license) in BUNDLED {
        let text = fs::read_to_string(repo::at(license)).with_context(|| format!("can't read {license}"))?;
        texts.push((vec![format!("{what} ({file})")], plain(&text)));
    }
    for (crates, text) in texts {
        write!(page, "\n## {}\n\n````text\n{text}\n````\n", crates.join(", "))?;
    }
    Ok(page)
}

/// Returns the license texts to include for a crate: only its notices where Apache-2.0 applies.
fn own_texts(package: &Package) -> Result<Vec<String>> {
    let by_apache = package.license.as_deref().map(|license| satisfied(license, |one| one == TAKEN_BY));
    let by_apache = by_apache.transpose()?.unwrap_or(false);
    let mut files: Vec<_> = fs::read_dir(&package.folder)
        .with_context(|| format!("can't read the sources of {package}"))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.is_file() && is_requested(&path.file_name().unwrap_or_default().to_string_lossy(), by_apache)
        })
        .collect();
    let compiled = COMPILED.iter().filter(|(name, _)| *name == package.name);
    files.extend(compiled.map(|(_, file)| package.folder.join(file)));
    files.sort();
    let mut texts = Vec::new();
    for file in files {
        let text = fs::read(&file).with_context(|| format!("can't read {}", file.display()))?;
        let text = plain(&String::from_utf8_lossy(&text));
        if !is_apache(&text) && !text.is_empty() {
            texts.push(text);
        }
    }
    if texts.is_empty() && !by_apache {
        let license = package.license.as_deref().unwrap_or("no license");
        let authors = if package.authors.is_empty() { "its authors".to_owned() } else { package.authors.join(", ") };
        texts.push(format!("{package}, by {authors}: {license}. The crate holds no copy of the license's text."));
    }
    Ok(texts)
}

fn is_requested(name: &str, by_apache: bool) -> bool {
    let name = name.to_uppercase();
    let license = ["LICENSE", "LICENCE", "COPYING", "UNLICENSE"].iter().any(|start| name.starts_with(start));
    name.starts_with("NOTICE") || license && !by_apache
}

/// Returns whether a text is the Apache License, which LICENSE already contains.
fn is_apache(text: &str) -> bool {
    text.trim_start().starts_with("Apache License") && text.contains("TERMS AND CONDITIONS FOR USE")
}

/// Normalizes line endings, so that equal texts compare as equal.
fn plain(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licenses_and_notices_are_told_from_other_files() {
        for name in ["LICENSE", "LICENSE-MIT", "license.txt", "COPYING", "NOTICE.txt"] {
            assert!(is_requested(name, false), "{name}");
        }
        assert!(is_requested("NOTICE", true) && !is_requested("LICENSE-MIT", true));
        assert!(!is_requested("README.md", false) && !is_requested("Cargo.toml", true));
    }

    #[test]
    fn one_text_with_other_line_ends_is_one() {
        assert_eq!(plain("\r\na  \r\n\r\nb\r\n"), plain("a\n\nb"));
        assert!(is_apache("   Apache License\n Version 2.0\n TERMS AND CONDITIONS FOR USE, REPRODUCTION"));
        assert!(!is_apache("MIT License"));
    }
}
