//! The result of a check, and how it's shown: a line of text for a person, or JSON for a program.

use serde::Serialize;
use serde_json::{Value, json};

/// Wide enough for the longest name.
const NAME_WIDTH: usize = 16;

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::operations) struct Finding {
    pub(in crate::operations) check: &'static str,
    pub(in crate::operations) outcome: Outcome,
}

/// What a check found, in a sentence without a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub(in crate::operations) enum Outcome {
    Passed {
        message: String,
    },
    /// It couldn't be checked, or there is nothing to check.
    Skipped {
        message: String,
    },
    /// It works, and won't for long.
    Warned {
        message: String,
        /// What to do.
        cure: String,
    },
    Failed {
        message: String,
        /// What to do.
        cure: String,
    },
}

impl Finding {
    pub(in crate::operations) fn passed(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, outcome: Outcome::Passed { message: message.into() } }
    }

    pub(in crate::operations) fn skipped(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, outcome: Outcome::Skipped { message: message.into() } }
    }

    pub(in crate::operations) fn warned(
        check: &'static str,
        message: impl Into<String>,
        cure: impl Into<String>,
    ) -> Self {
        Self { check, outcome: Outcome::Warned { message: message.into(), cure: cure.into() } }
    }

    pub(in crate::operations) fn failed(
        check: &'static str,
        message: impl Into<String>,
        cure: impl Into<String>,
    ) -> Self {
        Self { check, outcome: Outcome::Failed { message: message.into(), cure: cure.into() } }
    }

    pub(in crate::operations) const fn is_failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed { .. })
    }

    pub(in crate::operations) fn line(&self) -> String {
        let name = self.check;
        let line = match &self.outcome {
            Outcome::Passed { message } => format!("ok    {name:NAME_WIDTH$}  {message}"),
            Outcome::Skipped { message } => format!("skip  {name:NAME_WIDTH$}  {message}"),
            Outcome::Warned { message, cure } => format!("warn  {name:NAME_WIDTH$}  {message}. Cure: {cure}"),
            Outcome::Failed { message, cure } => format!("FAIL  {name:NAME_WIDTH$}  {message}. Cure: {cure}"),
        };
        // What a server said may have line breaks.
        line.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
    }
}

/// One line for each check, and a line with the result.
pub(in crate::operations) fn text(findings: &[Finding]) -> String {
    let text: String = findings.iter().map(|finding| format!("{}\n", finding.line())).collect();
    text + &result(findings)
}

/// The line with the result.
pub(in crate::operations) fn result(findings: &[Finding]) -> String {
    match findings.iter().filter(|finding| finding.is_failed()).count() {
        0 => "no problems found\n".to_owned(),
        1 => "1 problem found\n".to_owned(),
        count => format!("{count} problems found\n"),
    }
}

pub(in crate::operations) fn document(findings: &[Finding]) -> Value {
    let checks: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let mut check = json!(finding.outcome);
            check["check"] = json!(finding.check);
            check
        })
        .collect();
    let ok = !findings.iter().any(Finding::is_failed);
    json!({"ok": ok, "version": env!("CARGO_PKG_VERSION"), "checks": checks})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_one_line_with_its_cure() {
        let findings = [
            Finding::passed("database", "Postgres 18.1"),
            Finding::skipped("email", "REKOMI_SMTP_URL isn't set"),
            Finding::warned("other clicks", "1000001 clicks", "Archive them."),
            Finding::failed("role", "the role \"owner\"\nowns tables", "Take another role."),
        ];
        let expected = "ok    database          Postgres 18.1\n\
                        skip  email             REKOMI_SMTP_URL isn't set\n\
                        warn  other clicks      1000001 clicks. Cure: Archive them.\n\
                        FAIL  role              the role \"owner\" owns tables. Cure: Take another role.\n\
                        1 problem found\n";
        assert_eq!(text(&findings), expected);
        assert!(text(&findings[..3]).ends_with("no problems found\n"), "a warning is no failure");
    }

    #[test]
    fn programs_get_the_same() {
        let document = document(&[Finding::failed("role", "is too strong", "Take another role.")]);
        assert_eq!(document["ok"], false);
        let expected =
            json!({"check": "role", "status": "failed", "message": "is too strong", "cure": "Take another role."});
        assert_eq!(document["checks"], json!([expected]));
    }
}
