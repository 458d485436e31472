//! The real edge: the built Worker in workerd, in either of its homes. `wrangler dev` plays Cloudflare; without it, plain
//! workerd runs beside `rekomi edge-store`.

mod self_hosted;
mod wrangler;

use std::{
    fs,
    path::{Path, PathBuf},
};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{child::Child, http::Request, settings, wait};
use self_hosted::Ports;

/// Each is a Node and a workerd: more of them at once only slow each other down.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

#[derive(Debug)]
pub struct Edge {
    child: Option<Child>,
    /// `rekomi edge-store`, where the edge is self-hosted.
    store: Option<Child>,
    ports: Option<Ports>,
    port: u16,
    ledger_url: String,
    database_url: String,
    folder: PathBuf,
    settings: EdgeSettings,
    _permit: SemaphorePermit<'static>,
}

/// What is otherwise than in production.
#[derive(Debug, Clone, Copy, Default)]
pub struct EdgeSettings {
    pub self_hosted: bool,
    pub without_queue: bool,
    pub without_limiters: bool,
    pub pages_limit: Option<u32>,
    pub traced: bool,
}

impl EdgeSettings {
    /// Only Cloudflare has limiters whose limit can be set.
    fn is_self_hosted(self) -> bool {
        self.self_hosted || (settings::is_edge_self_hosted() && self.pages_limit.is_none())
    }
}

impl Edge {
    /// Not started yet; waits for its turn. `database_url` is what the store of a self-hosted edge serves with.
    pub async fn new(
        port: u16,
        ledger_url: String,
        database_url: String,
        folder: &Path,
        settings: EdgeSettings,
    ) -> Self {
        let permit = AT_ONCE.acquire().await.unwrap();
        // A copy: wrangler starts its Worker anew whenever a file of it changes, and with it goes the local queue.
        let built = settings::root().join("edge");
        assert!(built.join("build/index.js").is_file(), "the edge isn't built: run `cargo xtask test`");
        for part in ["entry.mjs", "build", "self_hosted"] {
            copy(&built.join(part), &folder.join("edge").join(part));
        }
        let ports = || Ports { store: settings::free_port(), delivery: settings::free_port() };
        let ports = settings.is_self_hosted().then(ports);
        let folder = folder.to_path_buf();
        Self { child: None, store: None, ports, port, ledger_url, database_url, folder, settings, _permit: permit }
    }

    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The base URL of `rekomi edge-store`.
    ///
    /// # Panics
    /// Where the edge isn't self-hosted.
    pub fn store_base(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.expect("a self-hosted edge").store)
    }

    /// Where the store delivers batches to.
    ///
    /// # Panics
    /// Where the edge isn't self-hosted.
    pub fn delivery_base(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.expect("a self-hosted edge").delivery)
    }

    pub fn log(&self) -> String {
        let read = |name| String::from_utf8_lossy(&fs::read(self.folder.join(name)).unwrap_or_default()).into_owned();
        read("edge.log") + &read("edge-store.log")
    }

    pub async fn start(&mut self) {
        assert!(self.child.is_none(), "the edge runs already");
        if self.ports.is_some() {
            self.start_store().await;
        }
        let command = match self.ports {
            Some(ports) => self_hosted::worker(&self.folder, self.port, ports, &self.ledger_url, self.settings),
            None => wrangler::command(&self.folder, self.port, &self.ledger_url, self.settings),
        };
        let child = Child::start("the edge", command, &self.folder.join("edge.log"));
        self.child = Some(answering(child, &self.base(), 90).await);
    }

    /// # Panics
    /// Where the edge isn't self-hosted, or its store runs already.
    pub async fn start_store(&mut self) {
        assert!(self.store.is_none(), "the edge's store runs already");
        let command = self_hosted::store(self.ports.expect("a self-hosted edge"), &self.database_url);
        let child = Child::start("the edge's store", command, &self.folder.join("edge-store.log"));
        self.store = Some(answering(child, &self.store_base(), 30).await);
    }

    /// Its store too, where it has one.
    pub fn kill(&mut self) {
        self.child.take().expect("the edge runs").kill();
        if self.store.is_some() {
            self.kill_store();
        }
    }

    pub fn kill_store(&mut self) {
        self.store.take().expect("the edge's store runs").kill();
    }
}

async fn answering(mut child: Child, base: &str, seconds: u64) -> Child {
    wait::until(&format!("{} to answer", child.name()), seconds, async || {
        if let Some(status) = child.exited() {
            panic!("{} ended ({status}):\n{}", child.name(), child.last_words());
        }
        Request::get("/healthz").send(base).await.ok().filter(|response| response.status == 200)
    })
    .await;
    child
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
