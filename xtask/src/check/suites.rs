//! Builds the test programs with cargo and runs them here, so that the ones that mostly wait run in parallel with the
//! others.

use super::Suites;
use super::changed::{Part, Selection};
use super::cost;
use super::tally::Tally;
use crate::repo;
use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ScopedJoinHandle};

/// Suites whose tests mostly wait, for the pauses that vendors ask for, one answer after another or a browser, each with its
/// number of concurrent tests. They run beside the others. When all of them have ended, the next of the others takes their place.
const WAITING: [(&str, usize); 3] = [("crm", 5), ("model", 4), ("journey", 2)];
/// The package of the end-to-end tests.
const END_TO_END: &str = "tests";
/// How a documentation example begins, and the folders that may contain one.
const EXAMPLES: [&str; 2] = ["/// ```", "//! ```"];
const EXAMPLES_IN: [&str; 4] = ["shared", "edge", "ledger", "tests"];

/// Cargo's argument for all packages.
pub(super) const EVERYTHING: &str = "--workspace";

/// The tests to run, and their environment.
#[derive(Debug)]
pub(super) struct Run<'a> {
    /// Arguments for cargo, such as `--package shared`.
    pub(super) cargo: Vec<String>,
    /// Arguments for each test program, such as part of a test's name.
    pub(super) harness: Vec<String>,
    /// The kind of tests; `None` for all.
    pub(super) kind: Option<Suites>,
    /// The names of the suites; `None` for all.
    pub(super) names: Option<&'static [&'static str]>,
    /// The tests to choose; `None` for all.
    pub(super) selection: Option<&'a Selection>,
    pub(super) environment: Vec<(&'static str, OsString)>,
    /// How the names of tests begin that can't run here, which no suite runs.
    pub(super) left_out: Vec<&'static str>,
}

/// A test program.
#[derive(Debug, PartialEq, Eq)]
struct Suite {
    name: String,
    program: PathBuf,
    /// The package's folder: programs run there, as with cargo.
    folder: PathBuf,
}

impl Suite {
    fn kind(&self) -> Suites {
        if self.folder == repo::at(END_TO_END) { Suites::EndToEnd } else { Suites::Unit }
    }
}

impl Run<'_> {
    /// # Errors
    /// Where something doesn't build, or a program ends without its closing line. Failing tests are only counted.
    pub(super) fn all(&self) -> Result<Tally> {
        let mut suites = self.build()?;
        suites.retain(|suite| self.kind.is_none_or(|kind| kind == suite.kind()));
        suites.retain(|suite| self.names.is_none_or(|names| names.contains(&suite.name.as_str())));
        self.leave_out(&mut suites);
        let beside = |suite: &Suite| WAITING.iter().find(|(name, _)| *name == suite.name).map(|(_, threads)| *threads);
        let waiting: Vec<_> = suites.iter().filter_map(|suite| Some((suite, beside(suite)?))).collect();
        let busy = Mutex::new(suites.iter().filter(|suite| beside(suite).is_none()));
        let mut tally = thread::scope(|scope| {
            let others = scope.spawn(|| Ok(self.at_once(&waiting)?.and(self.one_by_one(&busy, true)?)));
            let tally = self.one_by_one(&busy, false);
            Ok::<_, anyhow::Error>(tally?.and(joined(others)?))
        })?;
        let is_all = self.selection.is_none_or(Selection::is_everything)
            && self.harness.is_empty()
            && self.cargo == [EVERYTHING]
            && self.names.is_none()
            && self.kind != Some(Suites::EndToEnd);
        // Skip rustdoc where no example exists: it would take minutes only to find that out.
        if is_all && repo::mentions(&EXAMPLES_IN, &EXAMPLES)? {
            tally = tally.and(self.examples()?);
        }
        Ok(tally)
    }

    /// Runs suites at the same time, each with its number of concurrent tests.
    fn at_once(&self, suites: &[(&Suite, usize)]) -> Result<Tally> {
        thread::scope(|scope| {
            let running = suites.iter().map(|(suite, threads)| scope.spawn(|| self.one(suite, *threads, true)));
            let running: Vec<_> = running.collect();
            running.into_iter().try_fold(Tally::default(), |tally, suite| Ok(tally.and(joined(suite)?)))
        })
    }

    /// Takes suites, one after the other, until none is left.
    fn one_by_one<'s>(&self, suites: &Mutex<impl Iterator<Item = &'s Suite>>, held_back: bool) -> Result<Tally> {
        // Twice the number of cores, because most of a test's time goes by waiting for a process or a job.
        let threads = thread::available_parallelism().map_or(2, usize::from) * 2;
        let next = || suites.lock().unwrap_or_else(PoisonError::into_inner).next();
        let mut tally = Tally::default();
        while let Some(suite) = next() {
            tally = tally.and(self.one(suite, threads, held_back)?);
        }
        Ok(tally)
    }

    /// Removes the suites that no change can reach, and says which.
    fn leave_out(&self, suites: &mut Vec<Suite>) {
        if self.selection.is_none_or(Selection::is_everything) {
            return;
        }
        let (mut parts, mut left_out) = (Vec::new(), Vec::new());
        suites.retain(|suite| {
            match self.part(suite) {
                Some(Part::Whole) => {}
                Some(Part::Modules(names)) => parts.push(format!("{} ({} files)", suite.name, names.len())),
                None => left_out.push(suite.name.clone()),
            }
            self.part(suite).is_some()
        });
        let listed = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        println!("  Only in part, the files that can notice a change: {}", listed(&parts));
        println!("  Left out, because no change reaches them: {}", listed(&left_out));
        println!("  The rules are in docs/contributing/testing.md; `cargo xtask test` runs everything.");
    }

    /// What to run of a suite.
    fn part(&self, suite: &Suite) -> Option<Part> {
        let Some(selection) = self.selection else { return Some(Part::Whole) };
        let root = repo::root();
        selection.part(&suite.name, &suite.folder.strip_prefix(&root).unwrap_or(&suite.folder).to_string_lossy())
    }

    fn build(&self) -> Result<Vec<Suite>> {
        let mut cargo = crate::run::builder();
        if self.cargo == [EVERYTHING] {
            // The end-to-end tests start the ledger's program, which `cargo test` doesn't build for tests of other packages.
            cargo.args(["build", "--bins", "--tests"]);
        } else {
            cargo.args(["test", "--no-run"]);
        }
        cargo.arg("--message-format=json-render-diagnostics").args(&self.cargo);
        cargo.stdin(Stdio::null()).stderr(Stdio::inherit());
        let output = cargo.output().context("can't run cargo")?;
        if !output.status.success() {
            bail!("the tests don't build ({}); cargo's output is above", output.status);
        }
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text.lines().filter_map(|line| suite(&serde_json::from_str(line).ok()?)).collect())
    }

    /// Runs the examples in documentation, which only cargo can run.
    fn examples(&self) -> Result<Tally> {
        let mut cargo = crate::run::cargo();
        cargo.args(["test", "--doc", "--no-fail-fast"]).args(&self.cargo).envs(self.environment.iter().cloned());
        follow(cargo, "examples", false)
    }

    /// Runs one test program. With `held_back`, its output is printed when it ends.
    fn one(&self, suite: &Suite, threads: usize, held_back: bool) -> Result<Tally> {
        let mut command = Command::new(&suite.program);
        command.current_dir(&suite.folder).env("CARGO_MANIFEST_DIR", &suite.folder);
        command.envs(self.environment.iter().cloned()).env_remove("DATABASE_URL").args(&self.harness);
        if let Some(Part::Modules(names)) = self.part(suite) {
            command.args(names);
        }
        if !self.harness.iter().any(|argument| argument.starts_with("--test-threads")) {
            command.arg(format!("--test-threads={threads}"));
        }
        for test in &self.left_out {
            command.args(["--skip", test]);
        }
        follow(command, &suite.name, held_back)
    }
}

/// What suites that ran beside others came to.
fn joined(suites: ScopedJoinHandle<'_, Result<Tally>>) -> Result<Tally> {
    suites.join().map_err(|_| anyhow!("a suite's thread ended early"))?
}

/// Forwards a program's output and counts its tests.
fn follow(mut command: Command, name: &str, held_back: bool) -> Result<Tally> {
    // A failed test's output goes to stdout, not to stderr.
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("can't run the tests of {name}"))?;
    let (mut tally, mut kept) = (Tally::default(), format!("\n-- {name}\n"));
    if !held_back {
        print!("{kept}");
    }
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            tally.add(&line);
            if held_back {
                kept.push_str(&line);
                kept.push('\n');
            } else {
                println!("{line}");
            }
        }
    }
    let cost = cost::of_ending(&child);
    let status = child.wait()?;
    if let Some(cost) = cost {
        let line = format!("   {name} took {} s of processor time", cost.as_secs());
        if held_back {
            kept.push_str(&line);
            kept.push('\n');
        } else {
            println!("{line}");
        }
    }
    if held_back {
        let _ = std::io::stdout().write_all(kept.as_bytes());
    }
    // A crashed program prints no closing line.
    if !status.success() && tally.failed == 0 {
        bail!("the tests of {name} ended early ({status}); their output is above");
    }
    Ok(tally)
}

/// Parses a line of cargo's output that reports a test program.
fn suite(line: &Value) -> Option<Suite> {
    let program = line["executable"].as_str().filter(|_| line["profile"]["test"] == true)?;
    Some(Suite {
        name: line["target"]["name"].as_str()?.to_owned(),
        program: program.into(),
        folder: PathBuf::from(line["manifest_path"].as_str()?).parent()?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_test_program_is_told_from_other_lines() {
        let built = json!({
            "reason": "compiler-artifact", "manifest_path": "/x/tests/Cargo.toml", "target": {"name": "crm"},
            "profile": {"test": true}, "executable": "/x/target/debug/deps/crm-1",
        });
        let expected =
            Suite { name: "crm".to_owned(), program: "/x/target/debug/deps/crm-1".into(), folder: "/x/tests".into() };
        assert_eq!(suite(&built), Some(expected));
        let with = |key: &str, value: Value| {
            let mut other = built.clone();
            other[key] = value;
            suite(&other)
        };
        assert_eq!(with("executable", Value::Null), None);
        assert_eq!(with("profile", json!({"test": false})), None);
    }
}
