//! The real edge: the built Worker in workerd, under `wrangler dev`, with local stores and queues.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{child::Child, http::Request, settings, wait};

/// Each is a Node and a workerd: more of them at once only slow each other down.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

#[derive(Debug)]
pub struct Edge {
    child: Option<Child>,
    port: u16,
    ledger_url: String,
    folder: PathBuf,
    settings: EdgeSettings,
    _permit: SemaphorePermit<'static>,
}

/// What is otherwise than in wrangler.toml.
#[derive(Debug, Clone, Copy, Default)]
pub struct EdgeSettings {
    pub without_queue: bool,
    pub without_limiters: bool,
    pub pages_limit: Option<u32>,
}

impl Edge {
    /// Not started yet; waits for its turn.
    pub async fn new(port: u16, ledger_url: String, folder: &Path, settings: EdgeSettings) -> Self {
        let permit = AT_ONCE.acquire().await.unwrap();
        // A copy: wrangler starts its Worker anew whenever a file of it changes, and with it goes the local queue.
        let built = settings::root().join("edge");
        assert!(built.join("build/index.js").is_file(), "the edge isn't built: run `cargo xtask test`");
        copy(&built.join("entry.mjs"), &folder.join("edge/entry.mjs"));
        copy(&built.join("build"), &folder.join("edge/build"));
        Self { child: None, port, ledger_url, folder: folder.to_path_buf(), settings, _permit: permit }
    }

    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.folder.join("edge.log")).unwrap_or_default()).into_owned()
    }

    pub async fn start(&mut self) {
        assert!(self.child.is_none(), "the edge runs already");
        let mut child = Child::start("the edge", self.command(), &self.folder.join("edge.log"));
        let base = self.base();
        wait::until("the edge to answer", 90, async || {
            if let Some(status) = child.exited() {
                panic!("the edge ended ({status}):\n{}", child.last_words());
            }
            Request::get("/healthz").send(&base).await.ok().filter(|response| response.status == 200)
        })
        .await;
        self.child = Some(child);
    }

    pub fn kill(&mut self) {
        self.child.take().expect("the edge runs").kill();
    }

    fn command(&self) -> Command {
        let config = self.folder.join("wrangler.toml");
        let original = fs::read_to_string(settings::root().join("wrangler.toml")).unwrap();
        fs::write(&config, for_tests(&original, &self.folder.display().to_string(), self.settings)).unwrap();
        let secrets = self.folder.join("edge.env");
        let lines = format!(
            "LEDGER_URL={}\nREKOMI_ENV=test\nREKOMI_QUEUE=volatile\nREKOMI_EDGE_KEYS={}\n",
            self.ledger_url,
            settings::EDGE_KEYS
        );
        fs::write(&secrets, lines).unwrap();
        let mut wrangler = Command::new(settings::node());
        wrangler.arg(settings::wrangler()).arg("dev").arg("--config").arg(config).arg("--env-file").arg(secrets);
        wrangler.args(["--ip", "127.0.0.1", "--port", &self.port.to_string(), "--inspector-port", "0"]);
        wrangler.arg("--persist-to").arg(self.folder.join("state")).arg("--show-interactive-dev-session=false");
        wrangler.current_dir(settings::root());
        wrangler.env("WRANGLER_SEND_METRICS", "false").env("WRANGLER_HIDE_BANNER", "true").env("NO_COLOR", "1");
        wrangler.env("CLOUDFLARE_CF_FETCH_ENABLED", "false").env("CI", "true");
        wrangler.env("WRANGLER_LOG_PATH", self.folder.join("wrangler-log"));
        wrangler.env("WRANGLER_REGISTRY_PATH", self.folder.join("registry"));
        wrangler
    }
}

/// A file, or a folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    }
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
