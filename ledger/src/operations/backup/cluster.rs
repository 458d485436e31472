//! A scratch Postgres: reached only through a socket in a private folder, and stopped and removed when dropped.

use std::{
    fs::{self, DirBuilder, File},
    os::unix::{
        fs::{DirBuilderExt, MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command},
    time::{Duration, Instant},
};

use anyhow::{Context, anyhow, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, User, geteuid},
};
use url::Url;

use super::programs::{Programs, finish, first_lines, major};

/// The superuser of a new cluster.
pub(super) const SUPERUSER: &str = "postgres";
const LOG: &str = "postgres.log";
const PAUSE: Duration = Duration::from_millis(20);
/// How long the server may take to stop. What it would still write isn't needed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whatever a restored folder of data says: nothing is reached from outside, archived, loaded or followed, and a small
/// machine is enough.
const SETTINGS: [&str; 16] = [
    "listen_addresses=",
    "port=5432",
    "unix_socket_permissions=0700",
    "max_connections=50",
    "shared_buffers=128MB",
    "huge_pages=off",
    "lc_messages=C",
    "archive_mode=off",
    "hot_standby=off",
    "primary_conninfo=",
    "recovery_target_action=promote",
    "shared_preload_libraries=",
    "session_preload_libraries=",
    "local_preload_libraries=",
    "ssl=off",
    "logging_collector=off",
];
/// A new cluster needn't survive a crash of the machine.
const UNSYNCED: [&str; 3] = ["fsync=off", "full_page_writes=off", "synchronous_commit=off"];

/// The user that runs Postgres, if it isn't ours: it refuses to run as root.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    user: u32,
    group: u32,
}

impl Account {
    /// Instead of root: the user `postgres`, or else the one without any rights.
    pub(super) fn unprivileged() -> Option<Self> {
        if !geteuid().is_root() {
            return None;
        }
        let known = [SUPERUSER, "nobody"].into_iter().find_map(|name| User::from_name(name).ok().flatten());
        let account = known.map(|user| Self { user: user.uid.as_raw(), group: user.gid.as_raw() });
        Some(account.unwrap_or(Self { user: 65_534, group: 65_534 }))
    }

    /// Instead of root: the owner of a folder.
    pub(super) fn owner_of(folder: &Path) -> anyhow::Result<Option<Self>> {
        if !geteuid().is_root() {
            return Ok(None);
        }
        let owner = fs::metadata(folder).with_context(|| format!("can't open {}", folder.display()))?;
        if owner.uid() == 0 {
            bail!("{0} belongs to root, whom Postgres refuses: chown -R postgres {0}", folder.display());
        }
        Ok(Some(Self { user: owner.uid(), group: owner.gid() }))
    }
}

/// The version of Postgres that wrote a folder of data.
pub(super) fn major_of(data: &Path) -> anyhow::Result<u32> {
    let text = fs::read_to_string(data.join("PG_VERSION"));
    let text = text.with_context(|| format!("{} isn't a folder of Postgres' data", data.display()))?;
    if data.join("standby.signal").exists() {
        bail!("{} is a standby, which would follow its primary: restore it without --type=standby", data.display());
    }
    Ok(major(text.trim()))
}

#[derive(Debug)]
pub(super) struct Cluster {
    programs: Programs,
    account: Option<Account>,
    /// Has the socket and the log, and the data unless they were given.
    folder: PathBuf,
    data: PathBuf,
    has_given_data: bool,
    server: Option<Child>,
}

impl Cluster {
    /// Creates the folder, and starts nothing yet.
    pub(super) fn create(
        programs: Programs,
        account: Option<Account>,
        parent: Option<&Path>,
        given: Option<PathBuf>,
    ) -> anyhow::Result<Self> {
        let parent = parent.map_or_else(std::env::temp_dir, Path::to_owned);
        let parent = parent.canonicalize().with_context(|| format!("can't open {}", parent.display()))?;
        let folder = parent.join(format!("rekomi-backup-{:016x}", rand::random::<u64>()));
        DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("can't create a folder in {}", parent.display()))?;
        let has_given_data = given.is_some();
        let data = given.unwrap_or_else(|| folder.join("data"));
        // From here on, the folder is removed in any case.
        let cluster = Self { programs, account, folder, data, has_given_data, server: None };
        cluster.give(&cluster.folder)?;
        for (name, text) in [("postgresql.conf", ""), ("hba.conf", "local all all trust\n"), ("ident.conf", "")] {
            cluster.write(name, text)?;
        }
        Ok(cluster)
    }

    pub(super) const fn programs(&self) -> &Programs {
        &self.programs
    }

    /// Creates an empty cluster.
    pub(super) async fn initialize(&self) -> anyhow::Result<()> {
        let mut initdb = self.program("initdb")?;
        initdb.arg("-D").arg(&self.data).arg(format!("--username={SUPERUSER}"));
        initdb.args(["--auth=trust", "--encoding=UTF8", "--no-sync"]);
        if self.programs.major() >= 17 {
            initdb.args(["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]);
        } else {
            initdb.arg("--locale=C.UTF-8");
        }
        finish(initdb).await.map(drop)
    }

    /// Runs statements without a server, which needs no client program.
    pub(super) async fn execute(&self, statements: &[String]) -> anyhow::Result<()> {
        let text: String = statements.iter().map(|statement| format!("{statement};\n\n")).collect();
        let script = self.write("statements.sql", &text)?;
        let mut single = self.program("postgres")?;
        single.args(["--single", "-j", "-D"]).arg(&self.data).arg("postgres").stdin(File::open(script)?);
        let printed = finish(single).await?;
        if printed.contains("ERROR:") || printed.contains("FATAL:") {
            bail!("Postgres refused a statement: {}", first_lines(&printed));
        }
        Ok(())
    }

    /// Starts the server, and waits until it has recovered, however long that takes.
    pub(super) async fn start(&mut self) -> anyhow::Result<()> {
        let log = File::create(self.folder.join(LOG)).context("can't create the log of Postgres")?;
        let mut postgres = self.program("postgres")?;
        postgres.arg("-D").arg(&self.data);
        for (name, file) in [("config_file", "postgresql.conf"), ("hba_file", "hba.conf"), ("ident_file", "ident.conf")]
        {
            postgres.arg("-c").arg(format!("{name}={}", self.folder.join(file).display()));
        }
        postgres.arg("-c").arg(format!("unix_socket_directories={}", self.folder.display()));
        let unsynced = UNSYNCED.iter().filter(|_| !self.has_given_data);
        for setting in SETTINGS.iter().chain(unsynced) {
            postgres.args(["-c", setting]);
        }
        postgres.stdout(log.try_clone()?).stderr(log);
        let server = postgres.spawn().context("can't start Postgres")?;
        let id = server.id().to_string();
        self.server = Some(server);
        loop {
            let ended = match &mut self.server {
                Some(server) => server.try_wait().context("can't wait for Postgres")?,
                None => None,
            };
            if let Some(status) = ended {
                bail!("Postgres ended ({status}): {}", self.complaints());
            }
            if self.is_ready(&id) {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The URL of a database, for a role. No password is needed.
    pub(super) fn url(&self, role: &str, database: &str) -> anyhow::Result<String> {
        let mut url = Url::parse("postgres://localhost:5432")?;
        url.set_username(role).map_err(|()| anyhow!("{role:?} can't be the name of a role"))?;
        url.set_path(&format!("/{database}"));
        let folder = self.folder.to_string_lossy();
        url.query_pairs_mut().append_pair("host", &folder).append_pair("sslmode", "disable");
        Ok(url.to_string())
    }

    /// A client program that connects to a database as a role, run as ourselves.
    pub(super) fn client(&self, program: &str, role: &str, database: &str) -> anyhow::Result<Command> {
        let mut command = self.programs.command(program)?;
        command.env("PGHOST", &self.folder).env("PGPORT", "5432").env("PGUSER", role).env("PGDATABASE", database);
        Ok(command)
    }

    /// Has a program run as the user of Postgres.
    pub(super) fn as_server(&self, command: &mut Command) {
        if let Some(account) = self.account {
            command.uid(account.user).gid(account.group);
        }
        // Our own folder may be one that this user can't read.
        command.current_dir(&self.folder).env("HOME", &self.folder);
    }

    fn program(&self, name: &str) -> anyhow::Result<Command> {
        let mut command = self.programs.command(name)?;
        self.as_server(&mut command);
        Ok(command)
    }

    fn write(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.folder.join(name);
        fs::write(&path, text).with_context(|| format!("can't write {}", path.display()))?;
        self.give(&path)?;
        Ok(path)
    }

    /// Gives a file or folder to the user that runs Postgres.
    fn give(&self, path: &Path) -> anyhow::Result<()> {
        let Some(account) = self.account else { return Ok(()) };
        chown(path, Some(account.user), Some(account.group))
            .with_context(|| format!("can't give {} to the user that runs Postgres", path.display()))
    }

    /// Returns whether the server is ready. It writes its process ID into the first line of this file, and its status
    /// into the eighth.
    fn is_ready(&self, id: &str) -> bool {
        let text = fs::read_to_string(self.data.join("postmaster.pid")).unwrap_or_default();
        let line = |number: usize| text.lines().nth(number).map(str::trim);
        line(0) == Some(id) && line(7) == Some("ready")
    }

    /// What the server logged as its reason to end.
    fn complaints(&self) -> String {
        let log = fs::read_to_string(self.folder.join(LOG)).unwrap_or_default();
        let serious: Vec<&str> =
            log.lines().filter(|line| ["FATAL:", "PANIC:", "HINT:"].iter().any(|level| line.contains(level))).collect();
        if serious.is_empty() { first_lines(&log) } else { first_lines(&serious.join("\n")) }
    }

    fn stop(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        // Postgres calls this a fast shutdown: it ends connections instead of waiting for them.
        if let Ok(id) = i32::try_from(server.id())
            && matches!(server.try_wait(), Ok(None))
        {
            let _ = kill(Pid::from_raw(id), Signal::SIGINT);
        }
        let started = Instant::now();
        while started.elapsed() < PATIENCE && matches!(server.try_wait(), Ok(None)) {
            std::thread::sleep(PAUSE);
        }
        let _ = server.kill();
        let _ = server.wait();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
