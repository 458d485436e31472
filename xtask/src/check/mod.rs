//! `cargo xtask test`: runs everything that CI runs, step by step, with one summary at the end.
//!
//! A failed step doesn't stop the next ones unless they need it, so one run shows all problems.

mod changed;
mod cost;
mod lint;
mod suites;
mod tally;

use crate::deny::advisories::Verdict;
use crate::pg::installed;
use crate::pg::private::{Citus, Database, Disk};
use crate::process::Interrupt;
use crate::setup::{self, Kit, wasm};
use crate::{client, crm_docs, deny, docs, edge, loader, prepare, progress, repo, run};
use anyhow::{Context, Result};
use changed::Selection;
use clap::{Args, ValueEnum};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use suites::Run;
use tally::Tally;

/// The tests that need a Postgres with client programs.
const DUMPING: &str = "backup_drill::a_dump_brings_everything_back";
/// The tests that start coordinators and workers, so they need a Postgres with Citus.
const CLUSTERED: &str = "cluster_nodes::";
const CONNECTORS: &str = "ledger/connector/src/providers";
/// How many workers a cluster has for tests.
const WORKERS: usize = 2;

/// The tests of what a cluster can't do (`docs/self-hosting/scaling.md`), and why not.
const NOT_ON_A_CLUSTER: [(&str, &str); 11] = [
    ("click_archive::", "a cluster refuses the functions that move and drop partitions"),
    ("every_page::", "operators can't open reports to the creator network"),
    ("network::a_page_goes_on_after_creators_who_left_the_list", "brands can't search for creators"),
    ("network::creators_are_listed_with_scores_that_add_up", "brands can't search for creators"),
    ("network::other_brands_and_viewers_get_nowhere", "brands can't search for creators"),
    ("network_month::", "brands can't search for creators"),
    (
        "network::a_creator_gets_as_many_invitations_as_they_want",
        "the invitations of several brands aren't counted together",
    ),
    (
        "seed::a_generated_brand_fills_the_pages",
        "the generated data is made by temporary functions, which workers lack",
    ),
    ("sales_are_booked_while_an_erasure_searches", "an erasure searches while the books are locked"),
    (
        "each_search_of_an_erasure_may_take_ten_minutes",
        "a trigger on a worker notes the limit, which the coordinator has",
    ),
    ("counting_takes_its_time", "a trigger on a worker notes the limit, which the coordinator has"),
];

/// The suites that run with `--citus`: the crates with the statements, a model of the books, faults, the API and user flows.
const ON_A_CLUSTER: &[&str] = &["ledger", "engine", "payouts", "model", "fault", "api", "journey"];

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Run only these steps
    #[arg(long)]
    only: Vec<Step>,
    /// Run only one kind of test
    #[arg(long)]
    suites: Option<Suites>,
    /// Run only what can notice the changes since everything last passed; says what it leaves out
    #[arg(long, conflicts_with_all = ["only", "suites", "cargo_test"])]
    changed: bool,
    /// Run the suites of the ledger, its books, faults, API and user flows on a cluster, of the Postgres in this folder, which has
    /// Citus
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["only", "suites", "changed"])]
    citus: Option<PathBuf>,
    /// What to build and, after another `--`, which tests to run, e.g. `-- --package shared` or `-- -- coupons`
    #[arg(last = true)]
    cargo_test: Vec<String>,
    #[arg(skip = Disk::Unflushed)]
    disk: Disk,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Suites {
    /// Unit tests next to the code (takes seconds)
    Unit,
    /// The whole system with real services (takes minutes)
    EndToEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Step {
    /// Formatting
    Format,
    /// Licenses, duplicates and sources of all crates, and the third-party notices
    Deny,
    /// Known vulnerabilities of the crates in use; skipped if the database can't be downloaded
    Advisories,
    /// Lints of all crates for this machine, which builds them, too
    Clippy,
    /// Lints of the edge for wasm
    ClippyEdge,
    /// Whether .sqlx/ is up to date with the queries and migrations
    Metadata,
    /// The ledger, the test programs and the edge
    Build,
    /// Whether the TypeScript client is up to date with the API description and type-checks
    Client,
    /// Whether the CRM pages are up to date with the connectors
    CrmDocs,
    /// Whether the docs build and their diagram of the crates is up to date
    Docs,
    /// Unit tests, property tests, database tests, end-to-end tests
    Tests,
}

const STEPS: [Step; 11] = [
    Step::Format,
    Step::Deny,
    Step::Advisories,
    Step::Clippy,
    Step::ClippyEdge,
    Step::Metadata,
    Step::Build,
    Step::Client,
    Step::CrmDocs,
    Step::Docs,
    Step::Tests,
];

impl Options {
    /// The options of a benchmark: only the tests, with these arguments for `cargo test`.
    pub(crate) fn measurement(arguments: &[&str]) -> Self {
        let cargo_test = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Self { only: vec![Step::Tests], suites: None, changed: false, citus: None, cargo_test, disk: Disk::Flushed }
    }

    /// Whether every step and every test was asked for.
    const fn is_complete(&self) -> bool {
        self.only.is_empty() && self.suites.is_none() && self.citus.is_none() && self.cargo_test.is_empty()
    }
}

#[derive(Debug)]
struct Outcome {
    step: Step,
    time: Duration,
    failure: Option<String>,
    /// Why the step was skipped.
    skipped: Option<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let started = Instant::now();
    let files = if options.is_complete() { changed::now()? } else { BTreeMap::new() };
    let selection = if options.changed { Some(Selection::choose(&files)?) } else { None };
    if let Some(selection) = &selection {
        selection.announce();
    }
    println!("Setting up");
    let kit = setup::all()?;
    let requested = |step: Step| {
        let is_left_out =
            step == Step::Metadata && selection.as_ref().is_some_and(|selection| !selection.has_queries());
        let is_for_cluster = options.citus.is_none() || step == Step::Tests;
        !is_left_out && is_for_cluster && (options.only.is_empty() || options.only.contains(&step))
    };
    let database = if let Some(folder) = &options.citus {
        Some(Database::start_citus(&kit.node, &interrupt, Disk::Unflushed, Citus { folder, workers: WORKERS })?)
    } else if requested(Step::Metadata) || requested(Step::Tests) {
        Some(Database::start(&kit.node, &interrupt, options.disk)?)
    } else {
        None
    };
    let browser =
        if requested(Step::Tests) && options.suites != Some(Suites::Unit) { setup::browser::ensure() } else { None };
    // Without a changed query, `clippy` needs no database to ask.
    let asks_database = requested(Step::Metadata);
    let workbench = Workbench { kit, database, browser, asks_database };
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut tally = None;
    for step in STEPS.into_iter().filter(|step| requested(*step)) {
        interrupt.check()?;
        if step == Step::Tests
            && outcomes.iter().any(|outcome| outcome.step == Step::Build && outcome.failure.is_some())
        {
            continue;
        }
        println!("\n== {}", name(step));
        let began = Instant::now();
        let mut skipped = None;
        let result = match step {
            Step::Tests => workbench.tests(options, selection.as_ref()).and_then(|counted| {
                let verdict = counted.verdict();
                tally = Some(counted);
                verdict
            }),
            Step::Advisories => deny::advisories::check().map(|verdict| match verdict {
                Verdict::Clean(message) => println!("  {message}"),
                Verdict::Skipped(why) => skipped = Some(why),
            }),
            other => workbench.step(other),
        };
        let failure = result.err().map(|error| format!("{error:#}"));
        if let Some(why) = &failure {
            println!("error: {why}");
        }
        if let Some(why) = &skipped {
            println!("  skipped: {why}");
        }
        outcomes.push(Outcome { step, time: began.elapsed(), failure, skipped });
    }
    drop(workbench);
    let is_green = outcomes.iter().all(|outcome| outcome.failure.is_none());
    let is_everything = selection.as_ref().is_none_or(Selection::is_everything);
    if options.is_complete() && is_everything && is_green && !changed::remember(&files)? {
        println!("Files changed during this run, so `cargo xtask test --changed` won't start from it.");
    }
    let is_whole = options.only.is_empty() && options.citus.is_none() && is_everything;
    let summarised = summarise(&outcomes, tally, started.elapsed(), is_whole);
    if !is_everything {
        println!("This was only what the changes can reach. Run everything before you push: `cargo xtask test`");
    }
    summarised
}

/// The tools that the steps use.
#[derive(Debug)]
struct Workbench {
    kit: Kit,
    database: Option<Database>,
    browser: Option<std::path::PathBuf>,
    /// Whether the queries may have changed.
    asks_database: bool,
}

impl Workbench {
    fn step(&self, step: Step) -> Result<()> {
        match step {
            Step::Format => format(),
            Step::Deny => deny::check(),
            Step::Clippy => self.clippy(),
            Step::ClippyEdge => self.clippy_edge(),
            Step::Metadata => {
                let message = prepare::compare(&self.kit.node, &self.database()?.cluster)?;
                println!("  {message}");
                Ok(())
            }
            Step::Build => {
                loader::check(&self.kit.node)?;
                // Build everything in one command, since cargo would rebuild the ledger if it were requested without
                // the other packages.
                run::loud(run::builder().args(["build", suites::EVERYTHING, "--bins", "--tests"]))?;
                edge::build(&self.kit)
            }
            Step::Client => client::check(&self.kit.node),
            Step::CrmDocs => crm_docs::check(),
            Step::Docs => docs::check(),
            Step::Advisories | Step::Tests => Ok(()),
        }
    }

    fn clippy(&self) -> Result<()> {
        let mut cargo = run::builder();
        cargo.args(["build", suites::EVERYTHING, "--all-targets", "--message-format=json-diagnostic-rendered-ansi"]);
        match &self.database {
            Some(database) if self.asks_database => {
                prepare::beside(&mut cargo, &self.kit.node, &database.cluster, lint::without_warnings)
            }
            _ => lint::without_warnings(&mut cargo),
        }
    }

    fn clippy_edge(&self) -> Result<()> {
        wasm::ensure_clippy(&self.kit.wasm)?;
        let mut cargo = run::cargo();
        self.kit.wasm.apply(&mut cargo);
        cargo.args(["clippy", "--package", "edge", "--target", wasm::TARGET, "--", "-D", "warnings"]);
        run::loud(&mut cargo)
    }

    fn database(&self) -> Result<&Database> {
        self.database.as_ref().context("Postgres isn't available for this step")
    }

    fn tests(&self, options: &Options, selection: Option<&Selection>) -> Result<Tally> {
        let arguments = &options.cargo_test;
        let database = self.database()?;
        let (cargo, harness) = match arguments.iter().position(|argument| argument == "--") {
            Some(at) => (&arguments[..at], &arguments[at + 1..]),
            None => (arguments.as_slice(), &[][..]),
        };
        self.kit.node.warm_wrangler()?;
        let mut cargo = cargo.to_vec();
        if !cargo.iter().any(|argument| argument == "--package" || argument == "-p") {
            cargo.push(suites::EVERYTHING.to_owned());
        }
        let mut environment: Vec<(&'static str, OsString)> = vec![
            ("REKOMI_TEST_PG", database.cluster.url("postgres").into()),
            ("REKOMI_TEST_PG_BIN", database.postgres.programs().into()),
            ("REKOMI_TEST_NODE", self.kit.node.program.clone().into()),
            ("REKOMI_TEST_WRANGLER", self.kit.node.wrangler().into()),
            ("NODE_COMPILE_CACHE", self.kit.node.compile_cache().into()),
            ("REKOMI_TEST_WORKERD", self.kit.node.workerd().into()),
            ("REKOMI_TEST_LEDGER_BIN", crate::repo::built("debug/rekomi").into()),
            // A snapshot that differs is a failure, unless the caller asks to write it anew.
            ("INSTA_UPDATE", std::env::var_os("INSTA_UPDATE").unwrap_or_else(|| "no".into())),
            ("INSTA_WORKSPACE_ROOT", repo::root().into()),
        ];
        environment.extend(database.postgres.user_id().map(|user| ("REKOMI_TEST_PG_UID", user.to_string().into())));
        environment.extend(self.browser.clone().map(|browser| ("REKOMI_TEST_CHROMIUM", browser.into())));
        let workers: Vec<String> = database.workers.iter().map(|worker| worker.port().to_string()).collect();
        if !workers.is_empty() {
            environment.push(("REKOMI_TEST_CITUS", workers.join(",").into()));
        }
        let names = options.citus.is_some().then_some(ON_A_CLUSTER);
        let installed = installed::programs();
        let without_dump = (DUMPING, "no Postgres with pg_dump is installed (15 or newer)");
        let without_citus = (CLUSTERED, "they need --citus");
        let mut missing = Vec::new();
        missing.extend(installed.is_none().then_some(without_dump));
        missing.extend(options.citus.is_none().then_some(without_citus));
        missing.extend(NOT_ON_A_CLUSTER.into_iter().filter(|_| options.citus.is_some()));
        let left_out = missing.iter().map(|(tests, _)| *tests).collect();
        environment.extend(installed.map(|folder| ("REKOMI_TEST_PG_CLIENTS", folder.into())));
        let run =
            Run { cargo, harness: harness.to_vec(), kind: options.suites, names, selection, environment, left_out };
        let tally = run.all()?;
        for (tests, why) in missing {
            println!("  NOT RUN: {tests}, because {why}");
        }
        Ok(tally)
    }
}

/// Checks the formatting. `cargo fmt` only follows `mod` items, but a macro declares the connectors, so their files are
/// checked directly.
fn format() -> Result<()> {
    run::loud(run::cargo().args(["fmt", "--all", "--check"])).context("run `cargo fmt --all`")?;
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--edition", "2024", "--check"]).current_dir(repo::root());
    for entry in fs::read_dir(repo::at(CONNECTORS)).with_context(|| format!("can't read {CONNECTORS}"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            rustfmt.arg(path);
        }
    }
    run::loud(&mut rustfmt).with_context(|| format!("run `rustfmt --edition 2024 {CONNECTORS}/*.rs`"))
}

fn name(step: Step) -> String {
    step.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

fn summarise(outcomes: &[Outcome], tally: Option<Tally>, time: Duration, complete: bool) -> Result<()> {
    println!("\nSummary");
    for step in STEPS {
        match outcomes.iter().find(|outcome| outcome.step == step) {
            Some(Outcome { skipped: Some(why), .. }) => println!("  {:<12} SKIPPED  {why}", name(step)),
            Some(Outcome { failure: None, time, .. }) => {
                println!("  {:<12} passed  {}", name(step), progress::seconds(*time))
            }
            Some(Outcome { failure: Some(why), time, .. }) => {
                let why = why.lines().next().unwrap_or_default();
                println!("  {:<12} FAILED  {}  {why}", name(step), progress::seconds(*time));
            }
            None if complete => println!("  {:<12} not run, because the build failed", name(step)),
            None => {}
        }
    }
    println!("  {:<12} {}", "total", progress::seconds(time));
    // Failures are printed before the summary, because some people read only the very last line.
    let failed = outcomes.iter().filter(|outcome| outcome.failure.is_some()).count();
    if failed > 0 {
        println!("error: {failed} of {} steps failed", outcomes.len());
    }
    let tally = tally.unwrap_or_default();
    print!("{}", tally.failures());
    println!("{} passed, {} failed", tally.passed, tally.failed);
    if failed > 0 { Err(progress::AlreadyReported.into()) } else { Ok(()) }
}
