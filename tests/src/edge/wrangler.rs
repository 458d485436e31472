//! The edge under `wrangler dev`, which plays Cloudflare: stores in files, the queue in its own memory.

use std::{fs, path::Path, process::Command};

use super::EdgeSettings;
use crate::settings;

pub(super) fn command(folder: &Path, port: u16, ledger_url: &str, input: EdgeSettings) -> Command {
    let config = folder.join("wrangler.toml");
    let original = fs::read_to_string(settings::root().join("wrangler.toml")).unwrap();
    fs::write(&config, for_tests(&original, &folder.display().to_string(), input)).unwrap();
    let secrets = folder.join("edge.env");
    let lines = format!(
        "LEDGER_URL={ledger_url}\nREKOMI_ENV=test\nREKOMI_QUEUE=volatile\nREKOMI_EDGE_KEYS={}\n",
        settings::EDGE_KEYS
    );
    let traced = if input.traced { "REKOMI_TRACE_ONE_IN=1\n" } else { "" };
    fs::write(&secrets, lines + traced).unwrap();
    let mut wrangler = Command::new(settings::node());
    wrangler.arg(settings::wrangler()).arg("dev").arg("--config").arg(config).arg("--env-file").arg(secrets);
    wrangler.args(["--ip", "127.0.0.1", "--port", &port.to_string(), "--inspector-port", "0"]);
    wrangler.arg("--persist-to").arg(folder.join("state")).arg("--show-interactive-dev-session=false");
    wrangler.current_dir(settings::root());
    wrangler.env("WRANGLER_SEND_METRICS", "false").env("WRANGLER_HIDE_BANNER", "true").env("NO_COLOR", "1");
    wrangler.env("CLOUDFLARE_CF_FETCH_ENABLED", "false").env("CI", "true");
    wrangler.env("WRANGLER_LOG_PATH", folder.join("wrangler-log"));
    wrangler.env("WRANGLER_REGISTRY_PATH", folder.join("registry"));
    wrangler
}

/// wrangler.toml without its build command (it is built already), and as these settings want it.
fn for_tests(original: &str, root: &str, input: EdgeSettings) -> String {
    let mut kept = String::new();
    let mut skipping = false;
    for line in original.lines() {
        if line.starts_with('[') {
            skipping = line.starts_with("[build]")
                || (input.without_queue && line.starts_with("[[queues.producers]]"))
                || (input.without_limiters && line.starts_with("[[ratelimits]]"));
        }
        if skipping {
            continue;
        }
        match (line.strip_prefix("main = \""), input.pages_limit) {
            (Some(relative), _) => kept.push_str(&format!("main = \"{root}/{relative}\n")),
            (None, Some(limit)) => {
                kept.push_str(&format!("{}\n", line.replace("limit = 3000,", &format!("limit = {limit},"))))
            }
            (None, None) => kept.push_str(&format!("{line}\n")),
        }
    }
    kept
}
