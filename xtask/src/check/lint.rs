//! Builds and lints in one pass. `cargo clippy` only checks, and a build afterwards would read every crate again; here
//! clippy's compiler builds our own crates, and what it warns of is counted. A library is linted in the build of its tests.
//!
//! Everything else is built this way, too ([`crate::run::builder`]), so that it finds what this pass has built.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Runs a build whose messages come as JSON (`--message-format=json-diagnostic-rendered-ansi`), and shows them.
///
/// # Errors
/// If something doesn't build, or if there is a warning.
pub(super) fn without_warnings(cargo: &mut Command) -> Result<()> {
    let mut child = cargo.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("can't run cargo")?;
    let mut warnings = 0;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            let Some(message) = message(&line) else { continue };
            eprint!("{}", message["rendered"].as_str().unwrap_or_default());
            warnings += u32::from(is_warning(&message));
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("cargo failed ({status}); its output is above. Is the component clippy installed?");
    }
    if warnings > 0 {
        bail!("{warnings} warnings; they are above");
    }
    Ok(())
}

/// The compiler's message in a line of cargo's output.
fn message(line: &str) -> Option<Value> {
    let mut line: Value = serde_json::from_str(line).ok()?;
    (line["reason"] == "compiler-message").then(|| line["message"].take())
}

/// The closing line, which adds up the warnings of a crate, isn't one itself.
fn is_warning(message: &Value) -> bool {
    message["level"] == "warning" && message["spans"].as_array().is_some_and(|spans| !spans.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{is_warning, message};

    #[test]
    fn warnings_are_told_from_other_lines() {
        let warning = r#"{"reason":"compiler-message","message":{"level":"warning","spans":[{}],"rendered":"w"}}"#;
        assert!(message(warning).is_some_and(|message| is_warning(&message)));
        let sum = r#"{"reason":"compiler-message","message":{"level":"warning","spans":[],"rendered":"1 warning"}}"#;
        assert!(message(sum).is_some_and(|message| !is_warning(&message)));
        assert!(message(r#"{"reason":"build-finished","success":true}"#).is_none());
        assert!(message("not JSON").is_none());
    }
}
