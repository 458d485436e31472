//! `bench edge`: measures what a click costs beyond the minimum that workerd needs.
//!
//! The built Worker and a few lines of JavaScript with a fixed redirect run in the same bare workerd
//! (`edge/bench/workerd.capnp`) and take turns, so that other load on the machine affects both. Clicks are followed to
//! the queue: an event that is missing or arrived twice fails the run.
//!
//! With `--self-hosted`, the Worker also runs as it does without Cloudflare, with `rekomi edge-store` and Postgres behind
//! it, which then count as part of a click's cost. With `--peer`, other Workers take part.

use super::load;
use super::peers::{Named, Peers};
use super::report::{self, Side, Tally};
use super::self_hosted::{self, Home, Shares};
use crate::process::{Interrupt, Notebook, Process};
use crate::setup::{self, node::Node};
use crate::{edge, http, progress, repo, run};
use anyhow::{Context, Result, bail};
use clap::Args;
use nix::sys::signal::Signal;
use std::process::Command;
use std::time::{Duration, Instant};

const WARM_UP: Duration = Duration::from_millis(1_500);
/// The Worker collects clicks for some milliseconds before it sends them on.
pub(super) const SETTLE: Duration = Duration::from_millis(150);
const PATIENCE: Duration = Duration::from_secs(10);
const GZIP: &str = "process.stdout.write(String(require('zlib').gzipSync(require('fs').readFileSync(process.argv[1]), {level: 9}).length))";

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Rounds per side
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Seconds per round
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Also measure the edge without Cloudflare, with `rekomi edge-store` (a release build) and Postgres
    #[arg(long)]
    self_hosted: bool,
    /// Also measure another Worker in the same rounds, such as the edge of an earlier commit: a name for the table, and
    /// the path of its entry module or of the folder with it. Can be repeated
    #[arg(long = "peer", value_name = "NAME=PATH", value_parser = Named::parse)]
    peers: Vec<Named>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let mut peers = Peers::find(&options.peers)?;
    let kit = setup::all()?;
    edge::build(&kit)?;
    let gzip = gzip_size(&kit.node)?;
    let notebook = Notebook::open(&repo::at("target/bench/processes"), "bench edge")?;
    let home = options.self_hosted.then(|| Home::start(&kit.node, &notebook, &interrupt)).transpose()?;
    let server = Server::start(&kit.node, home.as_ref(), &mut peers, &notebook, &interrupt)?;
    let mut floor = Side { port: server.floor, cpu: Some(Duration::ZERO), ..Side::default() };
    let mut ours = Side { port: server.edge, cpu: Some(Duration::ZERO), ..Side::default() };
    let step = progress::step("clicks");
    let clicks = load::clicks();
    for side in [&floor, &ours] {
        load::round(side.port, &clicks, WARM_UP)?;
    }
    peers.each(|side| load::round(side.port, &clicks, WARM_UP).map(drop))?;
    same_headers(&floor, &ours, &clicks)?;
    server.arrived(0)?;
    let mut hosted = home.as_ref().map(|home| SelfHosted::warm(home, &server, &clicks)).transpose()?;
    let mut tally = Tally::default();
    let time = Duration::from_secs(options.seconds);
    for _ in 0..options.rounds {
        interrupt.check()?;
        for side in [&mut ours, &mut floor] {
            server.round(side, &clicks, time)?;
        }
        let sent: u64 = ours.rounds.iter().map(|round| round.clicks).sum();
        tally.add(server.arrived(sent - tally.events)?);
        peers.each(|side| server.round(side, &clicks, time))?;
        if let Some(hosted) = &mut hosted {
            hosted.round(&server, &clicks, time)?;
        }
    }
    step.done(&format!("{} rounds of {} s each", options.rounds, options.seconds));
    let hosted_side = hosted.as_ref().map(|hosted| (&hosted.side, hosted.shares));
    report::print(&ours, &floor, hosted_side, &peers.list, &tally, gzip);
    tally.verdict(ours.rounds.iter().map(|round| round.clicks).sum())?;
    hosted.map_or(Ok(()), |hosted| hosted.tally.verdict(hosted.sent()))
}

/// The Worker as it runs without Cloudflare.
#[derive(Debug)]
struct SelfHosted<'a> {
    home: &'a Home,
    side: Side,
    shares: Option<Shares>,
    tally: Tally,
}

impl<'a> SelfHosted<'a> {
    fn warm(home: &'a Home, server: &Server, clicks: &[Vec<u8>]) -> Result<Self> {
        let warm = load::round(server.self_hosted, clicks, WARM_UP)?;
        let mut arrived = 0;
        let started = Instant::now();
        while arrived < warm.clicks && started.elapsed() < PATIENCE {
            std::thread::sleep(SETTLE);
            arrived += home.taken()?.events;
        }
        let side = Side { port: server.self_hosted, cpu: Some(Duration::ZERO), ..Side::default() };
        Ok(Self { home, side, shares: Some(Shares::default()), tally: Tally::default() })
    }

    fn round(&mut self, server: &Server, clicks: &[Vec<u8>], time: Duration) -> Result<()> {
        let now = || server.cpu().and_then(|workerd| self.home.shares(workerd));
        let before = now();
        self.side.rounds.push(load::round(self.side.port, clicks, time)?);
        // The last clicks are sent on after their answers: they belong to the cost.
        std::thread::sleep(SETTLE);
        let spent = now().zip(before).map(|(after, before)| after.since(before));
        self.shares = self.shares.zip(spent).map(|(mut sum, spent)| {
            sum.add(spent);
            sum
        });
        self.side.cpu = self.shares.map(Shares::sum);
        let started = Instant::now();
        while self.tally.events < self.sent() {
            self.tally.add(self.home.taken()?);
            if started.elapsed() > PATIENCE {
                bail!("only {} of {} clicks reached the self-hosted queue", self.tally.events, self.sent());
            }
        }
        Ok(())
    }

    fn sent(&self) -> u64 {
        self.side.rounds.iter().map(|round| round.clicks).sum()
    }
}

/// Checks that the baseline and the Worker return the same number of headers, so that the comparison is fair.
fn same_headers(floor: &Side, ours: &Side, clicks: &[Vec<u8>]) -> Result<()> {
    let click = clicks.first().context("no clicks to send")?;
    let counts = (load::headers(floor.port, click)?, load::headers(ours.port, click)?);
    if counts.0 != counts.1 {
        bail!("edge/bench/floor.mjs returns {} headers, a click returns {}: they must be equal", counts.0, counts.1);
    }
    Ok(())
}

/// Returns the gzipped size of the wasm, which every new isolate loads.
fn gzip_size(node: &Node) -> Result<u64> {
    let mut command = Command::new(&node.program);
    command.args(["-e", GZIP]).arg(repo::at("edge/build/index_bg.wasm"));
    run::quiet(&mut command)?.trim().parse().context("can't determine the size of the wasm")
}

#[derive(Debug)]
struct Server {
    process: Process,
    edge: u16,
    floor: u16,
    tally: u16,
    self_hosted: u16,
}

impl Server {
    fn start(
        node: &Node,
        home: Option<&Home>,
        peers: &mut Peers,
        notebook: &Notebook,
        interrupt: &Interrupt,
    ) -> Result<Self> {
        let step = progress::step("workerd");
        let config = peers.config()?;
        let mut command = Command::new(node.workerd());
        // Peers' modules have absolute paths, which workerd looks up in this folder.
        command.args(["serve", "--import-path=/"]).arg(&config);
        peers.listen(&mut command)?;
        let mut ports = [0; 4];
        for (port, name) in ports.iter_mut().zip(["edge", "floor", "tally", "selfHosted"]) {
            *port = http::free_port()?;
            command.arg(format!("--socket-addr={name}=127.0.0.1:{port}"));
        }
        if let Some(home) = home {
            command.arg(format!("--external-addr=edgeStore=127.0.0.1:{}", home.port));
        }
        let [edge, floor, tally, self_hosted] = ports;
        let log = repo::at("target/bench/workerd.log");
        let mut process = Process::start("workerd", command, &log, Signal::SIGTERM)?;
        notebook.note(&process, &config)?;
        let answers = |port, status| http::status(port, "/healthz") == Some(status);
        process.wait_until(PATIENCE, interrupt, || answers(edge, 200) && answers(floor, 302) && answers(tally, 200))?;
        step.done("ready");
        Ok(Self { process, edge, floor, tally, self_hosted })
    }

    /// Returns what the queue received since the last call; waits a while for `expected` events.
    fn arrived(&self, expected: u64) -> Result<Tally> {
        let started = Instant::now();
        let mut sum = Tally::default();
        loop {
            std::thread::sleep(SETTLE);
            let answer = load::get(self.tally, "/")?;
            sum.add(Tally::read(&answer).context("the fake queue returned an invalid count")?);
            if sum.events >= expected {
                return Ok(sum);
            }
            if started.elapsed() > PATIENCE {
                let log = run::tail_of(&self.process.log, 5);
                bail!("only {} of {expected} clicks reached the queue; workerd's last lines:\n{log}", sum.events);
            }
        }
    }

    /// Lets one side take clicks for a while.
    fn round(&self, side: &mut Side, clicks: &[Vec<u8>], time: Duration) -> Result<()> {
        let before = self.cpu();
        side.rounds.push(load::round(side.port, clicks, time)?);
        let spent = self.cpu().zip(before).map(|(after, before)| after.saturating_sub(before));
        side.cpu = side.cpu.zip(spent).map(|(sum, spent)| sum + spent);
        Ok(())
    }

    /// The CPU time of all threads so far.
    fn cpu(&self) -> Option<Duration> {
        self_hosted::cpu(self.process.id())
    }
}
