//! `bench clicks`: millions of generated clicks, to which some are sent as the edge sends them, are archived; one month is
//! restored, and at the end the organization is deleted with everything of it. All by a release build. It prints clicks per
//! second, bytes per click in Postgres and in the file storage, and the dashboard's times before and after.

use super::intake::{self, Sent};
use super::{pages, visitor::Visitor};
use crate::instance::{Instance, Plan};
use crate::process::Interrupt;
use crate::seed::{self, Size};
use crate::setup::{self, node::Node};
use crate::{progress, repo, run};
use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const MILLION: u32 = 1_000_000;
/// The overview as it opens, of a year, and under filters that read roll-ups; and what lists clicks.
const PAGES: [&str; 6] = [
    "/dashboard",
    "/dashboard?span=12m",
    "/dashboard?span=12m&country=DE",
    "/dashboard?span=12m&source=www.youtube.com",
    "/dashboard/affiliates?sort=-clicks",
    "/dashboard/programs?sort=-clicks",
];

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Millions of clicks to generate over a year
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    millions: u32,
    /// Requests per page
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(20..))]
    requests: u32,
}

/// Clicks that are sent to the ledger beside the generated ones.
const SENT: u32 = 300_000;

/// What clicks take up in Postgres.
#[derive(Debug)]
struct Space {
    clicks: f64,
    bytes: f64,
    before: String,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let node = setup::node::ensure()?;
    run::loud(run::cargo().args(["build", "--release", "--package", "ledger"])).context("the ledger doesn't build")?;
    let instance = Instance::start(&Plan::measured(0), &node, &interrupt)?;
    let clicks = options.millions * MILLION;
    let size = Size { clicks, conversions: (clicks / 100).clamp(10_000, MILLION) };
    let organization = instance.reported("/organization/id")?.to_owned();
    seed::fill(&node, &instance.owner_url(), &organization, size)?;
    interrupt.check()?;
    let before = size_of(&node, &instance)?;
    let taken_in = intake::send(&node, &instance, &organization, Sent::Clicks(SENT))?;
    interrupt.check()?;
    let mut owner = Visitor::owner(&instance)?;
    let pages_before = measure(&mut owner, options.requests, &interrupt)?;

    let step = progress::step("archive");
    let (text, archived_in) = timed(&instance, &["clicks", "archive", "--before", &before.before])?;
    let archived = number(&text, "archived clicks: ").context("the command didn't say how many clicks it archived")?;
    step.done(&format!("{archived:.0} clicks"));
    interrupt.check()?;
    let after = size_of(&node, &instance)?;
    owner.reconnect()?;
    let pages_after = measure(&mut owner, options.requests, &interrupt)?;

    let step = progress::step("verify");
    let (list, verified_in) = timed(&instance, &["clicks", "archives", "--verify"])?;
    let stored = number(&list, " clicks in ").context("the command didn't say how large the archives are")?;
    step.done(&format!("{stored:.0} bytes"));
    let step = progress::step("restore");
    let month = list.lines().find(|line| line.contains(&organization)).and_then(|line| line.split_whitespace().next());
    let month = month.context("nothing was archived")?.to_owned();
    let (text, restored_in) =
        timed(&instance, &["clicks", "restore", "--organization", &organization, "--month", &month])?;
    let restored = number(&text, "restored ").context("the command didn't say how many clicks it restored")?;
    step.done(&format!("{restored:.0} clicks of {month}"));
    interrupt.check()?;
    let (erased, erased_in) = erase(&mut owner, &instance, &organization)?;

    let pace = |clicks: f64, time: Duration| clicks / time.as_secs_f64().max(0.001);
    println!(
        "\nClicks: {} million generated over a year, {archived:.0} archived (those before {})",
        options.millions, before.before
    );
    println!("  {:<44} {:>12.0}", "sent by the edge, clicks a second", taken_in);
    println!("  {:<44} {:>12.0}", "archived and verified, clicks a second", pace(archived, archived_in));
    println!("  {:<44} {:>12.0}", "verified again, clicks a second", pace(archived, verified_in));
    println!("  {:<44} {:>12.0}", "restored, clicks a second", pace(restored, restored_in));
    println!("  {:<44} {:>12.0}", "deleted with the organization, clicks a second", pace(erased, erased_in));
    println!("  {:<44} {:>12.1}", "bytes a click in Postgres, with indexes", before.bytes / before.clicks.max(1.0));
    println!("  {:<44} {:>12.1}", "bytes a click in the file storage", stored / archived.max(1.0));
    println!("  {:<44} {:>12.0}", "megabytes of clicks in Postgres, before", before.bytes / 1e6);
    println!("  {:<44} {:>12.0}", "megabytes of clicks in Postgres, after", after.bytes / 1e6);
    println!("  {:<44} {:>12} {:>12}", "p95 of a page in ms", "before", "after");
    for (page, (one, other)) in PAGES.iter().zip(pages_before.iter().zip(&pages_after)) {
        println!("  {page:<44} {:>12} {:>12}", millis(one), millis(other));
    }
    Ok(())
}

fn millis(time: &Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1_000.0)
}

fn measure(owner: &mut Visitor, requests: u32, interrupt: &Interrupt) -> Result<Vec<Duration>> {
    let step = progress::step("pages");
    let mut times = Vec::new();
    for page in PAGES {
        interrupt.check()?;
        times.push(pages::p95(owner, page, requests)?.with_context(|| format!("{page} isn't a page"))?);
    }
    let shown: Vec<String> = times.iter().map(millis).collect();
    step.done(&format!("{} pages, {requests} times each: p95 of {} ms", PAGES.len(), shown.join(", ")));
    Ok(times)
}

/// Deletes the organization, as its owner and then as the operator, with its clicks, archives and everything else. Returns
/// how many clicks were in Postgres, and how long it took.
fn erase(owner: &mut Visitor, instance: &Instance, organization: &str) -> Result<(f64, Duration)> {
    let step = progress::step("delete the organization");
    owner.reconnect()?;
    let about = owner.api(instance.reported("/apiKey")?, "organization")?;
    let name = about["name"].as_str().context("the organization has no name")?.replace(' ', "+");
    let password = instance.reported("/owner/password")?;
    let form = format!("organization={organization}&confirm={name}&password={password}");
    let answer = owner.post("/dashboard/settings/delete", &form)?;
    ensure!(answer.status == 303, "the organization can't be deleted: {}", answer.status);
    let (text, took) = timed(instance, &["purge-organization", organization, "--before-grace"])?;
    let erased = text.lines().find_map(|line| line.strip_prefix("clicks: ")?.parse().ok()).context("no clicks")?;
    let left = files(&repo::at("target/stand/files").join(organization));
    ensure!(left == 0, "{left} files of the organization are left");
    step.done(&format!("{erased:.0} clicks and the archives"));
    Ok((erased, took))
}

/// The number of files below a folder.
fn files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

/// Runs a command of the ledger; returns what it printed, and how long it took.
fn timed(instance: &Instance, arguments: &[&str]) -> Result<(String, Duration)> {
    let began = Instant::now();
    let printed = run::quiet(&mut instance.command(arguments))?;
    Ok((printed, began.elapsed()))
}

/// The number after the last of these words.
fn number(text: &str, words: &str) -> Option<f64> {
    let (_, rest) = text.rsplit_once(words)?;
    rest.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

fn size_of(node: &Node, instance: &Instance) -> Result<Space> {
    let mut script = Command::new(&node.program);
    script.arg(repo::at("xtask/scripts/click_sizes.cjs")).arg(instance.owner_url()).current_dir(repo::root());
    let printed: Value = serde_json::from_str(&run::quiet(&mut script)?).context("the sizes aren't valid JSON")?;
    let number = |name: &str| printed.get(name).and_then(Value::as_f64).with_context(|| format!("there is no {name}"));
    let before = printed.get("before").and_then(Value::as_str).context("there is no month")?.to_owned();
    Ok(Space { clicks: number("clicks")?, bytes: number("bytes")?, before })
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_found_in_what_commands_print() {
        let text = "2026-01  org_1: restored 400 clicks in 0.1 s (4000 a second)\narchived clicks: 480\n";
        assert_eq!(number(text, "archived clicks: "), Some(480.0));
        assert_eq!(number(text, "restored "), Some(400.0));
        assert_eq!(number("archives: 3, with 480 clicks in 12345 bytes\n", " clicks in "), Some(12_345.0));
        assert_eq!(number(text, "removed "), None);
    }
}
