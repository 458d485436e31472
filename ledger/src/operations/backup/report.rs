//! What was found so far: shown line by line for a person, or as one document for a program.

use std::{process::ExitCode, time::Instant};

use serde_json::{Value, json};

use crate::operations::doctor::finding::{self, Finding};

/// Every check, in the order in which they run.
const CHECKS: [&str; 9] =
    ["configuration", "postgres", "restore", "schema", "ledger keys", "edge keys", "contents", "audit", "replay"];

#[derive(Debug)]
pub(super) struct Report {
    is_json: bool,
    findings: Vec<Finding>,
    /// How long each check took.
    seconds: Vec<f64>,
    /// When the last check ended.
    since: Instant,
    backup: Value,
}

impl Report {
    pub(super) fn new(is_json: bool) -> Self {
        Self { is_json, findings: Vec::new(), seconds: Vec::new(), since: Instant::now(), backup: json!({}) }
    }

    /// Adds what a check found, which has run since the one before it ended.
    #[expect(clippy::print_stdout, reason = "a command's result")]
    pub(super) fn add(&mut self, finding: Finding) {
        let seconds = self.since.elapsed().as_secs_f64();
        if !self.is_json {
            println!("{}", line(&finding, seconds));
        }
        self.findings.push(finding);
        self.seconds.push(seconds);
        self.since = Instant::now();
    }

    /// Figures about the backup, for programs.
    pub(super) fn describe(&mut self, backup: Value) {
        self.backup = backup;
    }

    /// Names the checks that didn't run, and prints the result.
    #[expect(clippy::print_stdout, reason = "a command's result")]
    pub(super) fn finish(mut self) -> ExitCode {
        for check in CHECKS {
            if self.findings.iter().all(|finding| finding.check != check) {
                self.add(Finding::skipped(check, "an earlier check failed"));
            }
        }
        if self.is_json {
            println!("{:#}", self.document());
        } else {
            print!("{}", finding::result(&self.findings));
        }
        if self.findings.iter().any(Finding::is_failed) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }

    /// As `rekomi doctor --json` prints it, with the seconds of each check and the figures.
    fn document(&self) -> Value {
        let mut document = finding::document(&self.findings);
        for (place, seconds) in self.seconds.iter().enumerate() {
            document["checks"][place]["seconds"] = json!((seconds * 1_000.0).round() / 1_000.0);
        }
        document["backup"] = self.backup.clone();
        document
    }
}

/// The seconds are only shown if there are any to speak of.
fn line(finding: &Finding, seconds: f64) -> String {
    let line = finding.line();
    if finding.is_failed() || seconds < 0.05 { line } else { format!("{line} ({seconds:.1} s)") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_check_is_there_once_with_its_time() {
        let mut report = Report::new(true);
        report.add(Finding::passed(CHECKS[0], "fine"));
        report.add(Finding::failed(CHECKS[1], "is missing", "install it"));
        report.describe(json!({"events": 7}));
        let document = report.document();
        assert_eq!((&document["ok"], &document["backup"]["events"]), (&json!(false), &json!(7)));
        assert!(document["checks"][1]["seconds"].as_f64().unwrap() < 1.0, "{document}");
        assert_eq!(line(&Finding::passed("audit", "fine"), 1.26), "ok    audit             fine (1.3 s)");
        assert_eq!(line(&Finding::passed("audit", "fine"), 0.01), "ok    audit             fine");
    }
}
