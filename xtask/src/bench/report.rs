//! Prints the results of `bench edge` and fails on lost or duplicated events.

use super::load::Round;
use super::peers::Peer;
use super::self_hosted::Shares;
use anyhow::{Result, bail};
use serde_json::Value;
use std::time::Duration;

const RATIO_REQUIRED: f64 = 0.75;
const GZIP_ALLOWED: u64 = 230 * 1_024;

/// A Worker and the results of its rounds.
#[derive(Debug, Default)]
pub(crate) struct Side {
    pub(crate) port: u16,
    pub(crate) rounds: Vec<Round>,
    /// The CPU time of workerd during the rounds, where the system reports it.
    pub(crate) cpu: Option<Duration>,
}

/// The events that arrived at the queue's fake server (`edge/bench/queue.mjs`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
    pub(crate) events: u64,
    pub(crate) human: u64,
    pub(crate) distinct: u64,
    pub(crate) largest: u64,
}

impl Tally {
    pub(crate) fn read(json: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(json).ok()?;
        let number = |name: &str| value.get(name).and_then(Value::as_u64);
        Some(Self {
            messages: number("messages")?,
            bytes: number("bytes")?,
            events: number("events")?,
            human: number("human")?,
            distinct: number("distinct")?,
            largest: number("largest")?,
        })
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.messages += other.messages;
        self.bytes += other.bytes;
        self.events += other.events;
        self.human += other.human;
        self.distinct += other.distinct;
        self.largest = self.largest.max(other.largest);
    }

    pub(crate) fn verdict(&self, sent: u64) -> Result<()> {
        if [self.events, self.human, self.distinct] == [sent; 3] {
            return Ok(());
        }
        bail!(
            "{sent} clicks by people were sent, but the queue got {} events: {} by people, {} distinct",
            self.events,
            self.human,
            self.distinct
        )
    }
}

pub(crate) fn print(
    ours: &Side,
    floor: &Side,
    hosted: Option<(&Side, Option<Shares>)>,
    peers: &[Peer],
    tally: &Tally,
    gzip: u64,
) {
    println!("\n{:<28} {:>12}   {:>9}   rounds", "", "median, 1/s", "CPU each");
    line("fixed 302 in JavaScript", floor);
    line("click, everything on", ours);
    if let Some((side, shares)) = hosted {
        line("the same, self-hosted", side);
        let clicks: u64 = side.rounds.iter().map(|round| round.clicks).sum();
        if let Some(Shares { workerd, store, postgres }) = shares {
            let [workerd, store, postgres] = [workerd, store, postgres].map(|cpu| micros_each(cpu, clicks));
            println!("{:<28} workerd {workerd:.1} µs, store {store:.1} µs, Postgres {postgres:.1} µs", "  of which");
        }
    }
    for Peer { name, side, .. } in peers {
        line(name, side);
        println!(
            "{:<28} {:>12.2}   {:>9}   to the fixed 302; ours to {name}: {:.2} {}",
            "  ratio",
            paired_ratio(side, floor),
            cpu_ratio(side, floor),
            paired_ratio(ours, side),
            cpu_ratio(ours, side)
        );
    }
    let ratio = paired_ratio(ours, floor);
    println!(
        "{:<28} {ratio:>12.2}   {:>9}   at least {RATIO_REQUIRED}: {}",
        "ratio",
        cpu_ratio(ours, floor),
        met(ratio >= RATIO_REQUIRED)
    );
    println!(
        "{:<28} {gzip:>12}   {:>9}   at most {GZIP_ALLOWED}: {}",
        "wasm, bytes gzipped",
        "",
        met(gzip <= GZIP_ALLOWED)
    );
    let each = |of: u64, by: u64| of.checked_div(by).unwrap_or(0);
    println!(
        "{:<28} {:>12}   in {} messages: {} events per message, at most {}; {} bytes per event",
        "events at the queue",
        tally.events,
        tally.messages,
        each(tally.events, tally.messages),
        tally.largest,
        each(tally.bytes, tally.events)
    );
}

fn line(name: &str, side: &Side) {
    let rounds: Vec<String> = side.rounds.iter().map(|round| format!("{:.0}", round.per_second())).collect();
    let cpu = micros(side).map_or_else(String::new, |micros| format!("{micros:.1} µs"));
    println!("{name:<28} {:>12.0}   {cpu:>9}   {}", median(side), rounds.join(" "));
}

fn median(side: &Side) -> f64 {
    middle(side.rounds.iter().copied().map(Round::per_second).collect())
}

/// Returns the median of the rounds' ratios: both halves of a round run under the same load of the machine.
fn paired_ratio(ours: &Side, floor: &Side) -> f64 {
    middle(ours.rounds.iter().zip(&floor.rounds).map(|(ours, floor)| ours.per_second() / floor.per_second()).collect())
}

fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn micros(side: &Side) -> Option<f64> {
    let clicks = side.rounds.iter().map(|round| round.clicks).sum();
    side.cpu.map(|cpu| micros_each(cpu, clicks))
}

#[expect(clippy::cast_precision_loss, reason = "less than 2^52 clicks")]
fn micros_each(cpu: Duration, clicks: u64) -> f64 {
    cpu.as_secs_f64() * 1e6 / clicks as f64
}

/// Returns the ratio of CPU times, which other programs on the machine affect less.
fn cpu_ratio(ours: &Side, floor: &Side) -> String {
    micros(floor).zip(micros(ours)).map_or_else(String::new, |(floor, ours)| format!("{:.2}", floor / ours))
}

fn met(yes: bool) -> &'static str {
    if yes { "met" } else { "MISSED" }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn a_lost_or_doubled_event_is_noticed() {
        let read = |text: &str| Tally::read(text.as_bytes());
        let json = r#"{"messages":1,"bytes":900,"events":2,"human":2,"distinct":2,"largest":2}"#;
        let all = read(json).unwrap_or_default();
        assert_eq!((all.bytes, all.largest), (900, 2));
        assert!(all.verdict(2).is_ok() && all.verdict(3).is_err());
        assert!(Tally { distinct: 1, ..all }.verdict(2).is_err());
        assert!(read("{}").is_none());
    }
}
