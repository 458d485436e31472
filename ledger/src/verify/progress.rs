//! Shows the progress of a long command on standard error: one updating line in a terminal, plain lines elsewhere.

use std::{
    io::{IsTerminal, Write, stderr},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

const EVERY: Duration = Duration::from_millis(200);

/// Counts rows from any number of concurrent readers.
#[derive(Debug)]
pub struct Progress {
    /// What is counted; `None` shows nothing.
    what: Option<String>,
    is_terminal: bool,
    total: AtomicU64,
    done: AtomicU64,
    started: Instant,
    shown: Mutex<Instant>,
}

impl Progress {
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: Some(what.into()), is_terminal: stderr().is_terminal(), ..Self::silent() }
    }

    /// Counts without showing anything.
    pub fn silent() -> Self {
        let now = Instant::now();
        Self {
            what: None,
            is_terminal: false,
            total: AtomicU64::new(0),
            done: AtomicU64::new(0),
            started: now,
            shown: Mutex::new(now),
        }
    }

    /// Adds to the amount of remaining work.
    pub fn expect(&self, count: u64) {
        self.total.fetch_add(count, Ordering::Relaxed);
    }

    pub fn advance(&self, count: u64) {
        let done = self.done.fetch_add(count, Ordering::Relaxed) + count;
        if !self.is_terminal {
            return;
        }
        let Ok(mut shown) = self.shown.try_lock() else { return };
        if shown.elapsed() >= EVERY {
            *shown = Instant::now();
            self.show(done);
        }
    }

    fn show(&self, done: u64) {
        let total = self.total.load(Ordering::Relaxed).max(done).max(1);
        let elapsed = self.started.elapsed();
        let left = elapsed.mul_f64(ratio(total - done, done.max(1)));
        self.say(&format!(
            "\r\x1b[K{:>3}%  {} of {}  {}/s  {} left",
            done * 100 / total,
            grouped(done),
            grouped(total),
            grouped(per_second(done, elapsed)),
            in_words(left),
        ));
    }

    /// Shows the last line.
    pub fn finish(&self) {
        let (done, elapsed) = (self.done.load(Ordering::Relaxed), self.started.elapsed());
        let clear = if self.is_terminal { "\r\x1b[K" } else { "" };
        let rate = grouped(per_second(done, elapsed));
        self.say(&format!("{clear}{} in {}, {rate}/s\n", counted(done, "row"), in_words(elapsed)));
    }

    /// Write errors are ignored: having no reader is fine.
    fn say(&self, line: &str) {
        let Some(what) = &self.what else { return };
        let (clear, line) = line.split_at(if line.starts_with('\r') { 4 } else { 0 });
        let mut out = stderr().lock();
        drop(write!(out, "{clear}{what}: {line}").and_then(|()| out.flush()));
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rough guess for people")]
fn ratio(one: u64, other: u64) -> f64 {
    one as f64 / other as f64
}

fn per_second(count: u64, elapsed: Duration) -> u64 {
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
    count.saturating_mul(1_000) / millis
}

/// `1234567` as `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 event`, `1,234 events`.
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

fn in_words(duration: Duration) -> String {
    match duration.as_secs() {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        seconds @ 10..120 => format!("{seconds} s"),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_read_them() {
        assert_eq!([0, 999, 1_000, 12_345_678].map(grouped), ["0", "999", "1,000", "12,345,678"].map(str::to_owned));
        assert_eq!([1, 1_000].map(|number| counted(number, "row")), ["1 row", "1,000 rows"].map(str::to_owned));
        assert_eq!(in_words(Duration::from_millis(1_540)), "1.5 s");
        assert_eq!(in_words(Duration::from_secs(119)), "119 s");
        assert_eq!(in_words(Duration::from_secs(121)), "3 min");
        assert_eq!(per_second(3_000, Duration::from_millis(1_500)), 2_000);
    }
}
