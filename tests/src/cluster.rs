//! A Postgres of a test's own, for tests that kill it, and a coordinator with workers. Made from the same programs as the
//! run's.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
};

use crate::{child::Child, database::Server, settings, wait};

/// Settings of a server that is one of many. Citus opens connections of its own to the others, and moves rows while they are
/// written as logical replication does.
const ONE_OF_MANY: [&str; 8] = [
    "max_connections=300",
    "shared_preload_libraries=citus",
    "citus.node_conninfo=sslmode=disable",
    "citus.recover_2pc_interval=2s",
    "max_prepared_transactions=300",
    "max_worker_processes=64",
    "wal_level=logical",
    "max_replication_slots=40",
];

#[derive(Debug)]
pub struct Cluster {
    child: Option<Child>,
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    settings: &'static [&'static str],
}

/// A coordinator and two workers, of a run with `--citus`.
#[derive(Debug)]
pub struct Nodes {
    coordinator: Cluster,
    pub workers: [Cluster; 2],
}

impl Nodes {
    pub async fn start() -> Self {
        let node = async || Cluster::with(settings::postgres_programs(), &ONE_OF_MANY).await;
        Self { coordinator: node().await, workers: [node().await, node().await] }
    }

    /// The coordinator, as its superuser.
    pub fn server(&self) -> Server {
        Server { workers: self.workers.iter().map(|worker| worker.port).collect(), ..self.coordinator.server() }
    }
}

impl Cluster {
    /// Made and started. It syncs to disk as in production: what it acknowledged must survive.
    pub async fn start() -> Self {
        Self::of(settings::postgres_programs()).await
    }

    /// The same, of other programs than the run's.
    pub async fn of(programs: PathBuf) -> Self {
        Self::with(programs, &["max_connections=100"]).await
    }

    async fn with(programs: PathBuf, own: &'static [&'static str]) -> Self {
        // Not in the build's folder: an unprivileged user may not reach that.
        let folder =
            std::env::temp_dir().join(format!("rekomi-tests-{}-{}", std::process::id(), settings::free_port()));
        fs::create_dir_all(&folder).unwrap();
        if let Some(user) = settings::postgres_user() {
            chown(&folder, Some(user), Some(user)).unwrap();
        }
        let mut initdb = program(&programs, &folder, "initdb");
        initdb.arg("-D").arg(folder.join("data")).args(["--username=postgres", "--auth=trust", "--encoding=UTF8"]);
        initdb.arg("--no-sync");
        if settings::postgres_major(&programs) >= 17 {
            initdb.args(["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]);
        } else {
            initdb.arg("--locale=C.UTF-8");
        }
        let output = initdb.output().expect("initdb runs");
        assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
        let mut cluster = Self { child: None, programs, folder, port: settings::free_port(), settings: own };
        cluster.restart().await;
        cluster
    }

    /// As its superuser.
    pub fn server(&self) -> Server {
        Server::new(&format!("postgres://postgres@127.0.0.1:{}/postgres", self.port))
    }

    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The folder of its data.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// `kill -9` of the server; its backends notice and end.
    pub fn kill(&mut self) {
        self.child.take().expect("Postgres runs").kill();
    }

    /// Starts it again after [`Cluster::kill`]; it recovers by itself.
    pub async fn restart(&mut self) {
        let server = self.server();
        let log = self.folder.join("postgres.log");
        let child = wait::until("Postgres to start", 60, async || {
            let mut postgres = program(&self.programs, &self.folder, "postgres");
            postgres.arg("-D").arg(self.folder.join("data")).args(["-p", &self.port.to_string()]);
            for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories="].iter().chain(self.settings) {
                postgres.args(["-c", setting]);
            }
            let mut child = Child::start("Postgres", postgres, &log);
            // Backends of a killed server hold its memory for a moment: then it ends at once, and is started again.
            loop {
                if child.exited().is_some() {
                    return None;
                }
                if server.try_connect("postgres").await.is_ok() {
                    return Some(child);
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        })
        .await;
        self.child = Some(child);
    }
}

fn program(programs: &Path, folder: &Path, name: &str) -> Command {
    let mut command = Command::new(programs.join(name));
    if let Some(user) = settings::postgres_user() {
        command.uid(user).gid(user);
    }
    command.current_dir(folder).env("HOME", folder).env("LC_ALL", "C").env("TZ", "UTC");
    command
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.child.take());
        let _ = fs::remove_dir_all(&self.folder);
    }
}
