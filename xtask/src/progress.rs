//! Prints one line per step with its duration, so that people know what they are waiting for.

use std::cell::Cell;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// A step in progress. It counts as failed if it is dropped before `done`.
#[derive(Debug)]
pub(crate) struct Step {
    name: String,
    started: Instant,
    loud: bool,
    reported: bool,
}

thread_local! {
    static BESIDE: Cell<bool> = const { Cell::new(false) };
}

/// Does something on this thread while another one shows its progress: of each step, there's only the line at its end, and
/// commands are silent.
pub(crate) fn beside<T>(work: impl FnOnce() -> T) -> T {
    BESIDE.set(true);
    let done = work();
    BESIDE.set(false);
    done
}

pub(crate) fn is_beside() -> bool {
    BESIDE.get()
}

/// Begins a step whose commands are silent; `done` completes its one line.
pub(crate) fn step(name: &str) -> Step {
    if !is_beside() {
        print!("  {name} ... ");
        let _ = std::io::stdout().flush();
    }
    Step { name: name.to_owned(), started: Instant::now(), loud: is_beside(), reported: false }
}

/// Begins a step whose commands show their own progress: it prints a line before and after.
pub(crate) fn loud_step(name: &str) -> Step {
    if !is_beside() {
        println!("  {name} ...");
    }
    Step { name: name.to_owned(), started: Instant::now(), loud: true, reported: false }
}

impl Step {
    pub(crate) fn done(mut self, what: &str) {
        self.report(what);
    }

    fn report(&mut self, what: &str) {
        self.reported = true;
        let time = seconds(self.started.elapsed());
        if is_beside() && std::io::stdout().is_terminal() {
            // Over the other thread's progress.
            print!("\r\x1b[K");
        }
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
