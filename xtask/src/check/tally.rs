//! Adds up the closing lines of all test programs, and keeps the beginning of what each failed test printed.

use anyhow::{Result, bail};

/// The lines of a failed test's output that are repeated at the end of a run, and the characters of each.
const LINES_MAX: usize = 12;
const CHARACTERS_MAX: usize = 400;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// What failed tests printed, a test after another.
    failures: Vec<Failure>,
    is_in_failure: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Failure {
    test: String,
    lines: Vec<String>,
}

impl Tally {
    /// Takes a line like `test result: ok. 5 passed; 1 failed; 0 ignored; ...`, or of a failed test's output.
    pub(crate) fn add(&mut self, line: &str) {
        if let Some(test) = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----")) {
            self.failures.push(Failure { test: test.to_owned(), lines: Vec::new() });
            self.is_in_failure = true;
        } else if line == "failures:" {
            // Before the outputs of the failed tests, and before their names.
            self.is_in_failure = false;
        } else if let (true, Some(failure)) = (self.is_in_failure, self.failures.last_mut())
            && !line.trim().is_empty()
            && failure.lines.len() < LINES_MAX
        {
            failure.lines.push(line.chars().take(CHARACTERS_MAX).collect());
        }
        let Some(rest) = line.strip_prefix("test result: ") else { return };
        for part in rest.split([';', '.']) {
            let mut words = part.split_whitespace();
            match (words.next().and_then(|word| word.parse::<u64>().ok()), words.next()) {
                (Some(count), Some("passed")) => self.passed += count,
                (Some(count), Some("failed")) => self.failed += count,
                _ => {}
            }
        }
    }

    pub(crate) fn and(mut self, other: Self) -> Self {
        self.failures.extend(other.failures);
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            failures: self.failures,
            is_in_failure: false,
        }
    }

    pub(crate) fn verdict(&self) -> Result<()> {
        match self {
            Self { failed: 1.., .. } => bail!("{} tests failed", self.failed),
            Self { passed: 0, .. } => bail!("no tests ran"),
            _ => Ok(()),
        }
    }

    /// The beginning of what each failed test printed: a run's log is long, and people and CI read its end.
    pub(crate) fn failures(&self) -> String {
        let each = |failure: &Failure| {
            let lines: String = failure.lines.iter().map(|line| format!("    {line}\n")).collect();
            format!("  {}\n{lines}", failure.test)
        };
        self.failures.iter().map(each).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn adds_up_closing_lines() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.50s",
        ] {
            tally.add(line);
        }
        assert_eq!((tally.passed, tally.failed), (7, 2));
        assert_eq!(tally.failures(), "");
    }

    #[test]
    fn what_failed_tests_printed_is_repeated() {
        let mut tally = Tally::default();
        for line in [
            "test orders::are_paid_once ... FAILED",
            "",
            "failures:",
            "",
            "---- orders::are_paid_once stdout ----",
            "",
            "thread 'orders::are_paid_once' panicked at tests/api/orders.rs:7:5:",
            "left: 1, right: 2",
            "---- orders::are_listed stdout ----",
            "no answer",
            "",
            "failures:",
            "    orders::are_listed",
            "    orders::are_paid_once",
            "",
            "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.50s",
        ] {
            tally.add(line);
        }
        let all = Tally { passed: 3, ..Tally::default() }.and(tally);
        let expected = "  orders::are_paid_once\n    thread 'orders::are_paid_once' panicked at \
                        tests/api/orders.rs:7:5:\n    left: 1, right: 2\n  orders::are_listed\n    no answer\n";
        assert_eq!(all.failures(), expected);
        assert_eq!((all.passed, all.failed), (7, 2));
    }

    #[test]
    fn nothing_run_is_a_failure() {
        assert!(Tally::default().verdict().is_err());
        assert!(Tally { passed: 1, ..Tally::default() }.verdict().is_ok());
    }
}
