//! `bench dashboard`: measures how long a release ledger takes for each page of the dashboard and the portal, with a
//! year of generated clicks and sales. Pages are checked against limits for time and size, files against a limit for
//! the time to their first byte.

use super::places::{self, Places};
use super::visitor::Visitor;
use crate::instance::{Instance, Plan};
use crate::process::Interrupt;
use crate::seed::{self, Size};
use crate::setup::{self, node::Node};
use crate::{progress, repo, run};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

const REQUIRED: Duration = Duration::from_millis(50);
const BYTES_REQUIRED: usize = 100 * 1024;
/// The maximum size of all scripts together, gzipped.
const SCRIPT_REQUIRED: usize = 40 * 1024;
const WARM_UP: u32 = 5;
const GZIP: &str = "process.stdout.write(String(process.argv.slice(1).reduce((sum, file) => sum + require('zlib').gzipSync(require('fs').readFileSync(file)).length, 0)))";

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Generate 10 million clicks and 1 million conversions instead of a tenth of that
    #[arg(long)]
    full: bool,
    /// Requests per page
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(20..))]
    requests: u32,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let node = setup::node::ensure()?;
    run::loud(run::cargo().args(["build", "--release", "--package", "ledger"])).context("the ledger doesn't build")?;
    let instance = Instance::start(&Plan::measured(20), &node, &interrupt)?;
    let size = if options.full { seed::LARGE } else { seed::MEDIUM };
    seed::fill(&node, &instance.owner_url(), instance.reported("/organization/id")?, size)?;
    interrupt.check()?;
    let (mut owner, bearer) = (Visitor::owner(&instance)?, instance.reported("/apiKey")?);
    let busiest = places::busiest(&mut owner, bearer)?;
    let mut affiliate = Visitor::affiliate(&instance, &busiest.email)?;
    let of_owner = places::of_owner(&mut owner, bearer, &busiest, instance.reported("/organization/slug")?)?;
    let of_affiliate = places::of_affiliate(&mut owner, bearer, &busiest)?;
    let step = progress::step("pages");
    let mut lines = Vec::new();
    for (visitor, places) in [(&mut owner, of_owner), (&mut affiliate, of_affiliate)] {
        visitor.reconnect()?;
        lines.extend(measure_all(visitor, &places, options.requests, &interrupt)?);
    }
    step.done(&format!("{} pages and files, {} times each", lines.len(), options.requests));
    print(&lines, options, size);
    let script = script_size(&node)?;
    println!("  {:<76} {:>33}{}", "scripts, gzipped", script, verdict(script <= SCRIPT_REQUIRED));
    let missed = lines.iter().filter(|line| !line.is_met()).count();
    if missed > 0 || script > SCRIPT_REQUIRED {
        bail!("{missed} pages are too slow or too large");
    }
    Ok(())
}

fn script_size(node: &Node) -> Result<usize> {
    let files = fs::read_dir(repo::at("ledger/assets"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "js"));
    let mut command = Command::new(&node.program);
    command.args(["-e", GZIP]).args(files);
    run::quiet(&mut command)?.trim().parse().context("can't determine the size of the scripts")
}

#[derive(Debug)]
struct Line {
    page: String,
    /// The time of the first request, before anything was cached.
    first: Duration,
    /// The times of later requests, ascending.
    times: Vec<Duration>,
    /// The page's size; 0 for a file, of which only the first byte is awaited.
    bytes: usize,
}

impl Line {
    fn within(&self, hundredths: usize) -> Duration {
        let at = (self.times.len() * hundredths).div_ceil(100).saturating_sub(1);
        self.times.get(at).copied().unwrap_or_default()
    }

    fn is_met(&self) -> bool {
        self.within(95) <= REQUIRED && self.bytes <= BYTES_REQUIRED
    }
}

fn measure_all(visitor: &mut Visitor, places: &Places, requests: u32, interrupt: &Interrupt) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for (place, is_file) in places {
        interrupt.check()?;
        lines.extend(if *is_file { file(visitor, place, requests)? } else { page(visitor, place, requests)? });
    }
    Ok(lines)
}

/// The time within which 95 of 100 requests for a page are answered; `None` if it isn't a page.
pub(super) fn p95(visitor: &mut Visitor, place: &str, requests: u32) -> Result<Option<Duration>> {
    Ok(page(visitor, place, requests)?.map(|line| line.within(95)))
}

/// Measures a page; returns `None` for a redirect, or where the path alone isn't enough.
fn page(visitor: &mut Visitor, page: &str, requests: u32) -> Result<Option<Line>> {
    let started = Instant::now();
    let answer = visitor.get(page)?;
    let first = started.elapsed();
    if answer.status >= 500 {
        bail!("{page} returned {}", answer.status);
    }
    if !answer.is_page() {
        return Ok(None);
    }
    for _ in 0..WARM_UP {
        visitor.get(page)?;
    }
    let (mut times, mut bytes) = (Vec::new(), 0);
    for _ in 0..requests {
        let started = Instant::now();
        bytes = visitor.get(page)?.body.len();
        times.push(started.elapsed());
    }
    times.sort_unstable();
    Ok(Some(Line { page: page.to_owned(), first, times, bytes }))
}

/// Measures a file; returns `None` where the path alone isn't enough.
fn file(visitor: &mut Visitor, file: &str, requests: u32) -> Result<Option<Line>> {
    let (status, first) = visitor.first_byte(file)?;
    if status >= 500 {
        bail!("{file} returned {status}");
    }
    if status != 200 {
        return Ok(None);
    }
    let mut times = Vec::new();
    for _ in 0..requests {
        times.push(visitor.first_byte(file)?.1);
    }
    times.sort_unstable();
    Ok(Some(Line { page: file.to_owned(), first, times, bytes: 0 }))
}

fn print(lines: &[Line], options: &Options, size: Size) {
    println!(
        "\nPages, {} clicks, {} conversions, {} requests each; limits: p95 {} ms, {BYTES_REQUIRED} bytes; files are timed to the first byte",
        size.clicks,
        size.conversions,
        options.requests,
        REQUIRED.as_millis()
    );
    println!("  {:<76} {:>7} {:>7} {:>7} {:>8} {:>8}", "page, times in ms", "p50", "p95", "p99", "first", "bytes");
    for line in lines {
        let millis = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1_000.0);
        let [p50, p95, p99] = [50, 95, 99].map(|part| millis(line.within(part)));
        let first = millis(line.first);
        let verdict = verdict(line.is_met());
        println!("  {:<76} {p50:>7} {p95:>7} {p99:>7} {first:>8} {:>8}{verdict}", line.page, line.bytes);
    }
}

const fn verdict(is_met: bool) -> &'static str {
    if is_met { "" } else { "  MISSED" }
}

#[cfg(test)]
mod tests {
    use super::Line;
    use std::time::Duration;

    #[test]
    fn slow_and_large_pages_are_missed() {
        let line = |millis, bytes| {
            let times = vec![Duration::from_millis(millis); 20];
            Line { page: String::new(), first: Duration::ZERO, times, bytes }
        };
        assert!(line(50, 100).is_met() && !line(51, 100).is_met() && !line(1, 200_000).is_met());
        assert_eq!(line(7, 1).within(99), Duration::from_millis(7));
    }
}
