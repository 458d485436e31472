//! The real ledger as a process: started, stopped, killed and started again on the same port.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{child::Child, http::Request, settings, wait};

#[derive(Debug)]
pub struct Ledger {
    child: Option<Child>,
    database_url: String,
    edge_url: String,
    port: u16,
    extra: Vec<(String, String)>,
    log: PathBuf,
}

impl Ledger {
    /// Not started yet.
    pub fn new(database_url: String, edge_url: String, port: u16, extra: Vec<(String, String)>, folder: &Path) -> Self {
        Self { child: None, database_url, edge_url, port, extra, log: folder.join("ledger.log") }
    }

    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it logged so far, over all its starts.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Its `REKOMI_FILES`.
    pub fn files_folder(&self) -> PathBuf {
        self.log.with_extension("files")
    }

    /// The objects in its folder of files.
    pub fn files(&self) -> Vec<PathBuf> {
        let (mut found, mut folders) = (Vec::new(), vec![self.files_folder()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found
    }

    /// The program with this world's settings.
    pub fn command(&self, subcommand: &str) -> Command {
        let mut command = Command::new(settings::ledger_program());
        command.arg(subcommand).env("REKOMI_ENV", "test").env("DATABASE_URL", &self.database_url);
        command.env("REKOMI_LISTEN", format!("127.0.0.1:{}", self.port)).env_remove("DATABASE_OWNER_URL");
        command.env("REKOMI_EDGE_URL", &self.edge_url).env("REKOMI_PUBLIC_URL", self.base());
        command.env("REKOMI_EDGE_KEYS", settings::EDGE_KEYS).env("REKOMI_LEDGER_KEYS", settings::LEDGER_KEYS);
        command.env("REKOMI_FILES", self.files_folder());
        // The owner of the first demo organization curates the network.
        command.env("REKOMI_NETWORK", "on").env("REKOMI_NETWORK_OPERATORS", "owner@acme.test");
        command.env("REKOMI_FEDERATION", "on");
        // Each connection plans every statement for itself, and most tests send one request at a time.
        command.env("REKOMI_DATABASE_CONNECTIONS", "10");
        // Tests request what is due ([`Self::run_jobs`]): looking for it every few seconds costs each idle ledger as much as work.
        command.env("REKOMI_MAINTENANCE", "steady");
        // Tests ask faster than people do; those of the limit set their own.
        command.env("REKOMI_RATE_LIMIT_PER_MINUTE", "0");
        command.env("NO_COLOR", "1").envs(self.extra.iter().map(|(name, value)| (name, value)));
        command
    }

    /// The same process, for a test that may neither stop nor start it.
    pub(crate) fn handle(&self) -> Self {
        Self {
            child: None,
            database_url: self.database_url.clone(),
            edge_url: self.edge_url.clone(),
            port: self.port,
            extra: self.extra.clone(),
            log: self.log.clone(),
        }
    }

    /// Another process of the same settings, on another port; not started yet.
    pub fn beside(&self) -> Self {
        Self {
            child: None,
            database_url: self.database_url.clone(),
            edge_url: self.edge_url.clone(),
            port: settings::free_port(),
            extra: self.extra.clone(),
            log: self.log.with_extension("second.log"),
        }
    }

    /// Another process, started, that people and programs reach under this one's address, as behind a load balancer.
    pub async fn twin(&self) -> Self {
        let mut twin = self.beside();
        twin.set("REKOMI_PUBLIC_URL", &self.base());
        twin.start().await;
        twin
    }

    /// One more variable of its environment, from its next start on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.extra.push((name.to_owned(), value.to_owned()));
    }

    /// The process's id, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    pub async fn start(&mut self) {
        assert!(self.child.is_none(), "the ledger runs already");
        let mut child = Child::start("the ledger", self.command("serve"), &self.log);
        let base = self.base();
        wait::until("the ledger to answer", 30, async || {
            if let Some(status) = child.exited() {
                panic!("the ledger ended ({status}):\n{}", child.last_words());
            }
            Request::get("/healthz").send(&base).await.ok().filter(|response| response.status == 200)
        })
        .await;
        self.child = Some(child);
    }

    /// Has every job run what is due, what comes of it, and what comes of that: whatever didn't happen then won't.
    ///
    /// # Panics
    /// Where a job goes on for minutes.
    pub async fn run_jobs(&self) {
        for _ in 0..3 {
            let (mut place, mut waits) = ("/dev/run-jobs".to_owned(), 0);
            loop {
                let ran = Request::post(&place, "").send(&self.base()).await.unwrap().expect_status(200).json();
                if ran["underWay"].as_array().is_some_and(Vec::is_empty) {
                    break;
                }
                waits += 1;
                assert!(waits < 90, "jobs that never end: {ran}");
                place = format!("/dev/run-jobs?request={}", ran["request"]);
            }
        }
    }

    pub fn stop(&mut self) {
        self.child.take().expect("the ledger runs").stop();
    }

    pub fn kill(&mut self) {
        self.child.take().expect("the ledger runs").kill();
    }
}
