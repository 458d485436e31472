//! One line per step with its time, so that somebody who waits knows for what.

use std::io::Write;
use std::time::{Duration, Instant};

/// A step under way. Dropped without a word, it failed.
#[derive(Debug)]
pub(crate) struct Step {
    name: String,
    started: Instant,
    loud: bool,
    reported: bool,
}

/// A step whose commands are silent: its one line is completed by `done`.
pub(crate) fn step(name: &str) -> Step {
    print!("  {name} ... ");
    let _ = std::io::stdout().flush();
    Step { name: name.to_owned(), started: Instant::now(), loud: false, reported: false }
}

/// A step whose commands show their own progress: a line before and one after.
pub(crate) fn loud_step(name: &str) -> Step {
    println!("  {name} ...");
    Step { name: name.to_owned(), started: Instant::now(), loud: true, reported: false }
}

impl Step {
    pub(crate) fn done(mut self, what: &str) {
        self.report(what);
    }

    fn report(&mut self, what: &str) {
        self.reported = true;
        let time = seconds(self.started.elapsed());
        if self.loud {
            println!("  {} ... {what} ({time})", self.name);
        } else {
            println!("{what} ({time})");
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if !self.reported {
            self.report("failed");
        }
    }
}

pub(crate) fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..=99 => format!("{:.1} s", time.as_secs_f64()),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

/// A failure that the user has read already.
#[derive(Debug)]
pub(crate) struct AlreadyReported;

impl std::fmt::Display for AlreadyReported {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

impl std::error::Error for AlreadyReported {}
