//! Calls wrangler, and reads what it prints.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// The program with what stands before its arguments, such as Node and the path of wrangler's script.
#[derive(Debug)]
pub(super) struct Wrangler {
    program: Vec<OsString>,
}

/// What a call printed, and whether it succeeded.
struct Printed {
    success: bool,
    out: String,
    error: String,
}

impl Wrangler {
    pub(super) fn new(program: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        Self { program: program.into_iter().map(Into::into).collect() }
    }

    /// # Errors
    /// If no one is signed in to Cloudflare on this machine.
    pub(super) fn check_signed_in(&self) -> Result<()> {
        let printed = self.call(&["whoami"], None)?;
        let all = format!("{}{}", printed.out, printed.error);
        if !printed.success || all.to_lowercase().contains("not authenticated") {
            bail!(
                "you aren't signed in to Cloudflare: run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN and \
                 CLOUDFLARE_ACCOUNT_ID"
            );
        }
        Ok(())
    }

    /// Returns the ID of the KV namespace with this title, if there is one.
    pub(super) fn namespace(&self, title: &str) -> Result<Option<String>> {
        let printed = self.must(&["kv", "namespace", "list"], None)?;
        let listed = list(&printed).context("can't read wrangler's list of KV namespaces")?;
        let found = listed.iter().find(|namespace| namespace["title"] == title);
        Ok(found.and_then(|namespace| namespace["id"].as_str()).map(str::to_owned))
    }

    /// Creates a KV namespace, and returns its ID. If someone else created it at the same time, theirs is as good.
    pub(super) fn create_namespace(&self, title: &str) -> Result<String> {
        let created = self.call(&["kv", "namespace", "create", title], None)?;
        match self.namespace(title)? {
            Some(id) => Ok(id),
            None => bail!("wrangler couldn't create the KV namespace {title}: {}", created.reason()),
        }
    }

    pub(super) fn has_queue(&self, name: &str) -> Result<bool> {
        let printed = self.call(&["queues", "info", name], None)?;
        if printed.success {
            return Ok(true);
        }
        let reason = printed.reason();
        if ["does not exist", "not found"].iter().any(|words| reason.to_lowercase().contains(words)) {
            return Ok(false);
        }
        bail!("wrangler couldn't look for the queue {name}: {reason}")
    }

    pub(super) fn create_queue(&self, name: &str) -> Result<()> {
        let created = self.call(&["queues", "create", name], None)?;
        if created.success || self.has_queue(name)? {
            return Ok(());
        }
        bail!("wrangler couldn't create the queue {name}: {}", created.reason())
    }

    pub(super) fn deploy(&self, config: &Path) -> Result<()> {
        self.must(&["deploy", "--config", &config.display().to_string()], None).map(drop)
    }

    /// The value goes through standard input, so that no list of processes shows it.
    pub(super) fn put_secret(&self, config: &Path, name: &str, value: &str) -> Result<()> {
        self.must(&["secret", "put", name, "--config", &config.display().to_string()], Some(value)).map(drop)
    }

    fn must(&self, arguments: &[&str], input: Option<&str>) -> Result<String> {
        let printed = self.call(arguments, input)?;
        if !printed.success {
            bail!("`wrangler {}` failed: {}", arguments.join(" "), printed.reason());
        }
        Ok(printed.out)
    }

    fn call(&self, arguments: &[&str], input: Option<&str>) -> Result<Printed> {
        let [program, before @ ..] = self.program.as_slice() else { bail!("no program is given") };
        let mut command = Command::new(program);
        command.args(before).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        // Without questions, colors and metrics.
        command.env("CI", "true").env("NO_COLOR", "1").env("WRANGLER_SEND_METRICS", "false");
        command.env("WRANGLER_HIDE_BANNER", "true");
        let mut child = command.spawn().context("can't start wrangler")?;
        if let (Some(input), Some(mut pipe)) = (input, child.stdin.take()) {
            // It may end without reading, and then says why.
            let _ = pipe.write_all(input.as_bytes());
        }
        let output = child.wait_with_output().context("wrangler was interrupted")?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Printed { success: output.status.success(), out: text(&output.stdout), error: text(&output.stderr) })
    }
}

impl Printed {
    /// The last lines of what it printed.
    fn reason(&self) -> String {
        let all = format!("{}\n{}", self.out, self.error);
        let lines: Vec<&str> = all.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        lines[lines.len().saturating_sub(4)..].join(" ")
    }
}

/// Finds the list among what else a command prints, such as the news of a newer version.
fn list(printed: &str) -> Option<Vec<Value>> {
    let begins = |at: &usize| *at == 0 || printed.as_bytes()[*at - 1] == b'\n';
    let mut starts = printed.match_indices('[').map(|(at, _)| at).filter(begins);
    starts.find_map(|at| serde_json::Deserializer::from_str(&printed[at..]).into_iter().next()?.ok())
}

#[cfg(test)]
mod tests {
    use super::list;

    #[test]
    fn the_list_is_found_among_other_lines() {
        let printed = "[WARNING] A newer version: 5.0 [beta]\n[\n  {\"id\": \"1\"}\n]\nDone [ok]\n";
        assert_eq!(list(printed).unwrap()[0]["id"], "1");
        assert_eq!(list("[]"), Some(Vec::new()));
        assert_eq!(list("no list: [1]"), None);
    }
}
