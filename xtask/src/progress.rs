//! Prints one line per step with its duration, so that people know what they are waiting for.

use std::io::Write;
use std::time::{Duration, Instant};

/// A step in progress. It counts as failed if it is dropped before `done`.
#[derive(Debug)]
pub(crate) struct Step {
    name: String,
    started: Instant,
    loud: bool,
    reported: bool,
}

/// Begins a step whose commands are silent; `done` completes its one line.
pub(crate) fn step(name: &str) -> Step {
    print!("  {name} ... ");
    let _ = std::io::stdout().flush();
    Step { name: name.to_owned(), started: Instant::now(), loud: false, reported: false }
}

/// Begins a step whose commands show their own progress: it prints a line before and after.
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

/// A failure that was already shown to the user.
#[derive(Debug)]
pub(crate) struct AlreadyReported;

impl std::fmt::Display for AlreadyReported {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

impl std::error::Error for AlreadyReported {}
