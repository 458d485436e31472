//! `cargo xtask dev`: runs the whole system with demo data on this machine, until Ctrl-C.
//!
//! Values on this stack own everything that it starts, so every exit (Ctrl-C, a crash of a part, an error midway) ends
//! all of it; the next start ends what a `kill -9` of this process leaves behind.

mod page;
mod parts;
mod settings;
mod watch;

use crate::pg::{self, Cluster};
use crate::process::{Interrupt, Notebook, Process};
use crate::setup::{self, Kit};
use crate::{docs, edge, http, programs, progress, repo, run};
use anyhow::{Result, anyhow, bail};
use clap::Args;
use settings::Settings;
use std::fs;
use std::time::{Duration, Instant};
use watch::Watch;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The edge's port
    #[arg(long, default_value_t = 8787)]
    edge_port: u16,
    /// The ledger's port
    #[arg(long, default_value_t = 8080)]
    ledger_port: u16,
    /// The embedded Postgres' port (not used if DATABASE_URL is set)
    #[arg(long, default_value_t = 5433)]
    pg_port: u16,
    /// Delete all data from earlier runs (except a database set with DATABASE_URL)
    #[arg(long)]
    reset: bool,
    /// Also start fake servers for each CRM and Stripe and use them, to try connections and payouts without an
    /// account
    #[arg(long)]
    fakes: bool,
    /// Rebuild and restart the ledger when its source changes; for style sheets and scripts, just reload the page
    #[arg(long)]
    watch: bool,
}

/// The running parts, dropped in this order, so that none loses what it depends on.
#[derive(Debug)]
struct Running {
    edge: Process,
    /// `None` after a failed start, until the next change.
    ledger: Option<Process>,
    /// Postgres, and the fake servers.
    others: Vec<Process>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let started = Instant::now();
    let interrupt = Interrupt::listen()?;
    let external = std::env::var("DATABASE_URL").ok().filter(|url| !url.is_empty());
    let notebook = Notebook::open(&repo::at("target/dev/processes"), "dev")?;
    let outcome = up(options, external, &notebook, &interrupt, started);
    let _ = fs::remove_file(repo::at("target/dev/state.json"));
    match outcome {
        Err(_) if interrupt.happened() => {
            println!("\nstopped; your data is in target/dev (use --reset to delete it)");
            Ok(())
        }
        other => other,
    }
}

fn up(
    options: &Options,
    external: Option<String>,
    notebook: &Notebook,
    interrupt: &Interrupt,
    started: Instant,
) -> Result<()> {
    check_ports(options, external.is_some())?;
    println!("Setting up");
    let watch = if options.watch { Some(Watch::begin()?) } else { None };
    let kit = build(options)?;
    docs::build()?;
    interrupt.check()?;
    let postgres = if external.is_none() { Some(pg::ensure(&kit.node)?) } else { None };
    if options.reset {
        reset(postgres.as_ref())?;
    }

    println!("Starting");
    let mut settings = Settings::load(options.edge_port, options.ledger_port)?;
    let mut others: Vec<Process> = Vec::new();
    match (postgres, external) {
        (_, Some(url)) => settings.use_database(&url)?,
        (Some(postgres), None) => {
            let cluster = parts::database(&postgres, options.pg_port, &mut settings, notebook, interrupt)?;
            settings.use_database(&cluster.url("rekomi"))?;
            let Cluster { process, .. } = cluster;
            others.push(process);
        }
        (None, None) => bail!("Postgres isn't available"),
    }
    if options.fakes {
        others.push(parts::fakes(&mut settings, notebook, interrupt)?);
    }
    parts::migrate(&settings)?;
    let ledger = Some(parts::ledger(&settings, notebook, interrupt)?);
    let edge = parts::edge(&kit.node, &settings, notebook, interrupt)?;
    let mut running = Running { edge, ledger, others };
    let state = parts::demo(&settings)?;
    interrupt.check()?;
    page::print(&state, started.elapsed());
    let result = attend(&mut running, watch, options.edge_port, interrupt, |ledger| {
        watch::renew(ledger, options, &settings, notebook, interrupt)
    });
    stop(running);
    result
}

fn check_ports(options: &Options, external: bool) -> Result<()> {
    let requested =
        [(options.edge_port, "--edge-port"), (options.ledger_port, "--ledger-port"), (options.pg_port, "--pg-port")];
    let requested = if external { &requested[..2] } else { &requested[..] };
    for (index, (port, flag)) in requested.iter().enumerate() {
        if !http::is_free(*port) || requested[..index].iter().any(|(other, _)| other == port) {
            bail!("port {port} is in use: stop the program that uses it, or choose another port with `{flag} <port>`");
        }
    }
    Ok(())
}

/// Deletes the data of earlier starts; the notebook of this one stays.
fn reset(postgres: Option<&pg::Postgres>) -> Result<()> {
    let step = progress::step("reset");
    let mut doomed = ["wrangler", "secrets.json", "logs", "stripe-stand-in.jsonl"]
        .map(|name| repo::at(&format!("target/dev/{name}")))
        .to_vec();
    doomed.extend(postgres.map(|postgres| postgres.data("dev")));
    for path in doomed {
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        if removed.is_err() && path.exists() {
            bail!("can't delete {}: delete it manually, then try again", path.display());
        }
    }
    step.done("all data deleted");
    Ok(())
}

/// Builds the programs and the edge. What only the edge needs comes beside the programs: both leave a core idle for some of
/// their time, the edge because wasm is linked and optimized as one piece.
fn build(options: &Options) -> Result<Kit> {
    let wasm = setup::wasm::ensure()?;
    setup::node::check()?;
    std::thread::scope(|scope| {
        let edge = scope.spawn(|| {
            progress::beside(|| {
                let kit = Kit { node: setup::node::ensure()?, wasm };
                edge::build(&kit)?;
                Ok(kit)
            })
        });
        build_programs(options)?;
        edge.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Builds the programs in one command, since each alone may need other features of shared crates.
fn build_programs(options: &Options) -> Result<()> {
    let (name, programs): (_, &[&str]) =
        if options.fakes { ("ledger and fakes", &["rekomi", "fakes"]) } else { ("ledger", &["rekomi"]) };
    let step = progress::loud_step(name);
    programs::build(programs)?;
    step.done("built");
    Ok(())
}

/// Waits until Ctrl-C, or until a part ends unexpectedly.
fn attend(
    running: &mut Running,
    mut watch: Option<Watch>,
    edge_port: u16,
    interrupt: &Interrupt,
    renew: impl Fn(&mut Option<Process>) -> Result<()>,
) -> Result<()> {
    let mut pulse = Pulse { port: edge_port, next: Instant::now() + BEAT, missed: 0 };
    while !interrupt.happened() {
        if let Some(watch) = &mut watch
            && watch.is_due()?
        {
            renew(&mut running.ledger)?;
        }
        // With `--watch`, a change may crash the ledger and the next one may fix it.
        if watch.is_some()
            && let Some(ledger) = running.ledger.take_if(|ledger| ledger.exited().is_some())
        {
            println!("{:#}", gone(&ledger, "stopped unexpectedly; it will start again after your next change"));
        }
        for process in running.all() {
            if let Some(status) = process.exited() {
                return Err(lost(process, &format!("stopped unexpectedly ({status})")));
            }
        }
        if !pulse.is_felt() {
            return Err(lost(&running.edge, "stopped responding"));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

impl Running {
    fn all(&mut self) -> impl Iterator<Item = &mut Process> {
        self.others.iter_mut().chain(&mut self.ledger).chain(std::iter::once(&mut self.edge))
    }
}

const BEAT: Duration = Duration::from_secs(10);

/// Checks that the edge answers. wrangler restarts a crashed worker, but not its own proxy in front of it: then
/// wrangler keeps running without answering.
struct Pulse {
    port: u16,
    next: Instant,
    missed: u32,
}

impl Pulse {
    fn is_felt(&mut self) -> bool {
        if Instant::now() >= self.next {
            let answers = http::status(self.port, "/healthz").is_some();
            self.missed = if answers { 0 } else { self.missed + 1 };
            self.next = Instant::now() + if answers { BEAT } else { Duration::from_secs(1) };
        }
        self.missed < 3
    }
}

fn lost(process: &Process, how: &str) -> anyhow::Error {
    gone(process, &format!("{how}, so everything else was stopped, too"))
}

fn gone(process: &Process, how: &str) -> anyhow::Error {
    let (name, log, tail) = (process.name, process.log.display(), run::tail_of(&process.log, 15));
    anyhow!("{name} {how}; its last lines ({log}):\n{tail}")
}

/// Stops the parts in reverse order, so that none loses what it depends on.
fn stop(running: Running) {
    println!();
    let Running { edge, ledger, others } = running;
    for process in std::iter::once(edge).chain(ledger).chain(others.into_iter().rev()) {
        let step = progress::step(&format!("stopping {}", process.name));
        drop(process);
        step.done("stopped");
    }
}
