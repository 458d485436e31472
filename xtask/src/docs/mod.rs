//! `cargo xtask docs`: renders the book of `docs/` as pages that need no script.
//!
//! `docs/SUMMARY.md` is the table of contents in mdBook's format, so `mdbook build docs` works as well; the pages are
//! rendered here because mdBook has a hundred crates (`docs/adr/0012-a-renderer-of-our-own.md`). The ledger serves the
//! folder at `/docs`.

mod floors;
mod render;
mod summary;

use crate::{progress, repo};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};
use summary::{Entry, Page};

const SOURCE: &str = "docs";
const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("book.css");

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Change nothing in docs/; fail if the diagram of the crates is out of date
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if options.check {
        floors::check()?;
    } else {
        floors::write()?;
    }
    let step = progress::step("the docs");
    let pages = build()?;
    step.done(&format!("{pages} pages in {}", folder().display()));
    Ok(())
}

/// Runs the documentation step of `cargo xtask test`.
pub(crate) fn check() -> Result<()> {
    floors::check()?;
    build().map(drop)
}

/// The folder of the rendered book. The packages' lists of files name it, so it's the same wherever cargo builds.
pub(crate) fn folder() -> PathBuf {
    repo::at("target/docs-book")
}

/// Renders every page in the table of contents; returns their number.
pub(crate) fn build() -> Result<usize> {
    let source = repo::at(SOURCE);
    let entries = summary::parse(&read(&source.join("SUMMARY.md"))?)?;
    let pages: Vec<&Page> = summary::pages(&entries).collect();
    // Files of an earlier build, such as a page that has moved, must not be served.
    let (staged, book) = (folder().with_extension("new"), folder());
    for old in [&staged, &book] {
        if old.exists() {
            fs::remove_dir_all(old).with_context(|| format!("can't remove {}", old.display()))?;
        }
    }
    for (at, page) in pages.iter().enumerate() {
        let text = read(&source.join(&page.source))?;
        let around = Around {
            entries: &entries,
            before: at.checked_sub(1).map(|at| pages[at]),
            after: pages.get(at + 1).copied(),
        };
        write(&staged.join(summary::address(&page.source)), &around.page(page, &text))?;
    }
    write(&staged.join("book.css"), STYLE)?;
    copy_pictures(&source, &staged)?;
    fs::rename(&staged, &book).with_context(|| format!("can't write {}", book.display()))?;
    Ok(pages.len())
}

/// The navigation around a page's text.
struct Around<'a> {
    entries: &'a [Entry],
    before: Option<&'a Page>,
    after: Option<&'a Page>,
}

impl Around<'_> {
    fn page(&self, page: &Page, text: &str) -> String {
        let top = "../".repeat(page.source.matches('/').count());
        let link = |to: &Page, class: &str| {
            let (address, title) = (summary::address(&to.source), render::escaped(&to.title));
            format!("<a {class} href=\"{top}{address}\">{title}</a>")
        };
        let mut contents = String::new();
        for entry in self.entries {
            match entry {
                Entry::Part(title) => contents += &format!("<h2>{}</h2>\n", render::escaped(title)),
                Entry::Page(to) => {
                    let current = if to.source == page.source { " aria-current=\"page\"" } else { "" };
                    let class = format!("class=\"depth{}\"{current}", to.depth);
                    contents += &format!("{}\n", link(to, &class));
                }
            }
        }
        let turn = |to: Option<&Page>, rel: &str| to.map(|to| link(to, &format!("rel=\"{rel}\""))).unwrap_or_default();
        TEMPLATE
            .replace("{title}", &render::escaped(&page.title))
            .replace("{top}", &top)
            .replace("{contents}", &contents)
            .replace("{before}", &turn(self.before, "prev"))
            .replace("{after}", &turn(self.after, "next"))
            .replace("{text}", &render::page(text, &page.source))
    }
}

fn copy_pictures(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("can't read {}", from.display()))? {
        let path = entry?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy_pictures(&path, &target)?;
        } else if path.extension().is_some_and(|ending| ending == "png" || ending == "svg") {
            fs::create_dir_all(to)?;
            fs::copy(&path, &target).with_context(|| format!("can't copy {}", path.display()))?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    let Some(parent) = path.parent() else { bail!("{} isn't a file", path.display()) };
    fs::create_dir_all(parent)?;
    fs::write(path, text).with_context(|| format!("can't write {}", path.display()))
}
