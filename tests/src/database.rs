//! Postgres: one template database per state of migrations and ledger, one copy of it per test.

mod lock_waits;
mod own_rows;

pub use own_rows::{Analyzed, NO_ROOM, run_untriggered};

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash, Hasher},
    process::Command,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use serde_json::Value;
use shared::id::OrganizationId;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, Row,
    postgres::{PgConnectOptions, PgRow},
};
use tokio::{
    runtime::{self, Runtime},
    sync::Mutex,
};

use crate::{citus, settings};

/// Any number: whoever makes a template holds it.
const LOCK: i64 = 7_236_520;
/// How many statements a connection keeps: more than the invariants are.
const STATEMENTS: usize = 500;

/// A Postgres server, as its superuser.
#[derive(Debug, Clone)]
pub struct Server {
    pub(crate) options: PgConnectOptions,
    pub(crate) password: String,
    /// The ports of the servers that hold the rows of organizations, if this one coordinates a cluster.
    pub(crate) workers: Vec<u16>,
}

/// A database of one test's own, dropped with its last handle.
#[derive(Debug, Clone)]
pub struct Database {
    pub server: Server,
    pub name: String,
    /// What `rekomi demo` printed, where the database holds the demo organizations.
    pub demo: Value,
    /// Whose rows a test reads and changes that shares the database with others, as `rekomi.tenants` has them.
    tenants: Option<String>,
    connections: Arc<Connections>,
}

/// What is kept open until the last handle is gone: a new connection for each question would cost more than most answers.
#[derive(Debug)]
struct Connections {
    server: Server,
    name: String,
    /// What tests read with.
    reader: Mutex<Option<PgConnection>>,
    /// What tests write with, if none of them does right now.
    writer: Mutex<Option<PgConnection>>,
    /// What the invariants are checked with. It has planned each query once.
    checker: Mutex<Option<PgConnection>>,
}

impl Server {
    pub fn of_this_run() -> Self {
        Self { workers: settings::workers(), ..Self::new(&settings::postgres()) }
    }

    pub fn new(url: &str) -> Self {
        let user = url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')).map_or("", |(user, _)| user);
        let password = user.split_once(':').map_or("", |(_, password)| password).to_owned();
        Self { options: url.parse().expect("REKOMI_TEST_PG is a Postgres URL"), password, workers: Vec::new() }
    }

    /// Whether the rows of organizations are on other servers.
    const fn is_coordinator(&self) -> bool {
        !self.workers.is_empty()
    }

    /// Host and port.
    pub fn address(&self) -> String {
        format!("{}:{}", self.options.get_host(), self.options.get_port())
    }

    pub fn owner_url(&self, database: &str) -> String {
        format!("postgres://{}:{}@{}/{database}", self.options.get_username(), self.password, self.address())
    }

    /// The URL that the product serves with; `address` may be a proxy's.
    pub fn app_url(&self, address: &str, database: &str) -> String {
        format!("postgres://rekomi_app:{}@{address}/{database}", settings::APP_PASSWORD)
    }

    /// # Errors
    /// Where the server is away.
    pub async fn try_connect(&self, database: &str) -> Result<PgConnection, sqlx::Error> {
        self.options.clone().database(database).statement_cache_capacity(STATEMENTS).connect().await
    }

    /// As the superuser, whom row level security doesn't bind: for set-up and oracles only.
    pub async fn connect(&self, database: &str) -> PgConnection {
        self.try_connect(database).await.expect("Postgres answers")
    }

    /// As the role that the product serves with.
    pub async fn connect_as_app(&self, database: &str) -> PgConnection {
        let options = self.options.clone().username("rekomi_app").password(settings::APP_PASSWORD).database(database);
        options.connect().await.expect("rekomi_app may connect")
    }

    /// An empty database.
    pub async fn empty(&self) -> Database {
        self.create(None, Value::Null).await
    }

    /// A database with our schema.
    pub async fn migrated(&self) -> Database {
        let template = self.template(false).await;
        self.create(Some(&template.0), Value::Null).await
    }

    /// A database with our schema and the demo organizations, whose edge is [`settings::NO_EDGE`].
    pub async fn with_demo(&self) -> Database {
        let (template, demo) = self.template(true).await;
        self.create(Some(&template), demo).await
    }

    /// A copy of a database that nobody is connected to.
    pub async fn copy(&self, of: &Database) -> Database {
        for kept in [&of.connections.reader, &of.connections.writer, &of.connections.checker] {
            if let Some(connection) = kept.lock().await.take() {
                connection.close().await.unwrap();
            }
        }
        if self.is_coordinator() {
            citus::close(self, &of.name).await;
        }
        let copy = self.create(Some(&of.name), of.demo.clone()).await;
        if self.is_coordinator() {
            citus::open(self, &of.name).await;
        }
        copy
    }

    async fn create(&self, template: Option<&str>, demo: Value) -> Database {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("rk_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let mut admin = self.connect("postgres").await;
        if name.ends_with("_0") {
            sweep(&mut admin).await;
        }
        match template {
            Some(template) if self.is_coordinator() => citus::create_copy(self, template, &name).await,
            template => {
                let template = template.unwrap_or("template1");
                // Half the work of the other strategy, which also logs every page.
                run(&mut admin, &format!("create database {name} template {template} strategy file_copy")).await;
            }
        }
        let [reader, writer, checker] = [const { Mutex::const_new(None) }; 3];
        let connections = Arc::new(Connections { server: self.clone(), name: name.clone(), reader, writer, checker });
        Database { server: self.clone(), name, demo, tenants: None, connections }
    }

    /// Makes the template where it is missing. Its comment is written last: a template without one is unfinished.
    async fn template(&self, demo: bool) -> (String, Value) {
        let name = format!("rk_template_{}_{:016x}", if demo { "demo" } else { "schema" }, state());
        let mut admin = self.connect("postgres").await;
        sqlx::query("select pg_advisory_lock($1)").bind(LOCK).execute(&mut admin).await.unwrap();
        let comment: Option<String> =
            sqlx::query_scalar("select shobj_description(oid, 'pg_database') from pg_database where datname = $1")
                .bind(&name)
                .fetch_optional(&mut admin)
                .await
                .unwrap()
                .flatten();
        let printed = match comment {
            Some(printed) => serde_json::from_str(&printed).unwrap(),
            None => {
                run(&mut admin, &format!("drop database if exists {name} with (force)")).await;
                run(&mut admin, &format!("create database {name}")).await;
                if self.is_coordinator() {
                    citus::drop_counterparts(self, &name).await;
                    citus::set_up(self, &name).await;
                }
                self.migrate(&name);
                if self.is_coordinator() {
                    citus::distribute(self, &name);
                }
                let printed = if demo { self.load_demo(&name).await } else { Value::Null };
                if self.is_coordinator() {
                    citus::close(self, &name).await;
                }
                let quoted = printed.to_string().replace('\'', "''");
                run(&mut admin, &format!("comment on database {name} is '{quoted}'")).await;
                printed
            }
        };
        // The lock goes with the connection.
        admin.close().await.unwrap();
        (name, printed)
    }

    /// Runs `rekomi migrate` on a database.
    pub fn migrate(&self, database: &str) {
        let mut ledger = self.ledger("migrate", database);
        let output =
            ledger.output().unwrap_or_else(|error| panic!("can't run the ledger ({error}): run `cargo xtask test`"));
        assert!(output.status.success(), "rekomi migrate: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// The ledger's program with everything that a subcommand may ask for.
    pub fn ledger(&self, subcommand: &str, database: &str) -> Command {
        let mut command = Command::new(settings::ledger_program());
        command.arg(subcommand).env("REKOMI_ENV", "test");
        command.env("DATABASE_URL", self.app_url(&self.address(), database));
        command.env("DATABASE_OWNER_URL", self.owner_url(database)).env("REKOMI_APP_PASSWORD", settings::APP_PASSWORD);
        command.env("REKOMI_EDGE_URL", settings::NO_EDGE).env("REKOMI_PUBLIC_URL", settings::NO_EDGE);
        command.env("REKOMI_EDGE_KEYS", settings::EDGE_KEYS).env("REKOMI_LEDGER_KEYS", settings::LEDGER_KEYS);
        command
    }

    /// There is no edge that takes this demo's records, so they are marked as pushed: `rekomi demo` waits for that.
    async fn load_demo(&self, database: &str) -> Value {
        let mut command = self.ledger("demo", database);
        let demo = tokio::task::spawn_blocking(move || command.output().unwrap());
        let mut connection = self.connect(database).await;
        while !demo.is_finished() {
            run(&mut connection, "update edge_config set pushed_version = version where pushed_version < version")
                .await;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        connection.close().await.unwrap();
        let output = demo.await.unwrap();
        assert!(output.status.success(), "rekomi demo: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("`rekomi demo` prints JSON")
    }
}

/// Drops what killed runs left behind.
async fn sweep(admin: &mut PgConnection) {
    let query = "select datname::text from pg_database where datname like 'rk\\_test\\_%'";
    let names: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut *admin).await.unwrap();
    for name in names {
        let owner = name.split('_').nth(2).and_then(|id| id.parse().ok());
        if owner.is_some_and(|id| !settings::is_running(id)) {
            run(admin, &format!("drop database if exists {name} with (force)")).await;
        }
    }
}

/// Names a state of migrations and ledger, which stay as they are while a test program runs.
fn state() -> u64 {
    static STATE: OnceLock<u64> = OnceLock::new();
    *STATE.get_or_init(read_state)
}

fn read_state() -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut files: Vec<_> =
        fs::read_dir(settings::root().join("migrations")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    for file in files {
        file.file_name().hash(&mut hasher);
        fs::read(&file).unwrap().hash(&mut hasher);
    }
    if let Ok(program) = fs::metadata(settings::ledger_program()) {
        (program.len(), program.modified().ok()).hash(&mut hasher);
    }
    hasher.finish()
}

/// A runtime that lasts as long as the program, for what outlives the test that made it.
fn lasting_runtime() -> &'static Runtime {
    static LASTING: OnceLock<Runtime> = OnceLock::new();
    LASTING.get_or_init(|| runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap())
}

/// A statement without parameters.
pub async fn run(connection: &mut PgConnection, statement: &str) {
    if let Err(error) = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(connection).await {
        panic!("{statement}: {error}");
    }
}

impl Database {
    pub async fn connect(&self) -> PgConnection {
        self.server.connect(&self.name).await
    }

    pub async fn connect_as_app(&self) -> PgConnection {
        self.server.connect_as_app(&self.name).await
    }

    /// The same database, of which a test reads and changes the rows of these organizations alone.
    pub(crate) fn of_tenants(&self, organizations: &[OrganizationId]) -> Self {
        let ids: Vec<String> = organizations.iter().map(|organization| organization.uuid().to_string()).collect();
        Self { tenants: Some(ids.join(",")), ..self.clone() }
    }

    /// One whole number, over all tenants.
    pub async fn count(&self, query: &str) -> i64 {
        let rows = self.read(query).await.and_then(|rows| rows.first().ok_or(sqlx::Error::RowNotFound)?.try_get(0));
        rows.unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// All rows of a query, each column as text, over all tenants.
    pub async fn texts(&self, query: &str) -> Vec<Vec<String>> {
        // The rows come first: a cluster doesn't take all queries together with what makes texts of them.
        let wrapped = format!(
            "with q as materialized ({query}) select array(select coalesce(value, '') from jsonb_each_text(to_jsonb(q))) from q"
        );
        let rows = self.read(&wrapped).await;
        rows.unwrap_or_else(|error| panic!("{query}: {error}")).iter().map(|row| row.get(0)).collect()
    }

    /// Reads with the connection that is kept for it. Another one takes its place when the server went away. It belongs to the
    /// program's own runtime: tests share databases, and a connection ends with the runtime that opened it.
    async fn read(&self, query: &str) -> Result<Vec<PgRow>, sqlx::Error> {
        let mut reader = self.connections.reader.lock().await;
        if let Some(open) = reader.as_mut()
            && open.ping().await.is_err()
        {
            *reader = None;
        }
        let open = match reader.as_mut() {
            Some(open) => open,
            None => reader.insert(self.connect_lastingly().await?),
        };
        let has_begun = self.bind(open, "rekomi_reader").await?;
        let rows = sqlx::query(AssertSqlSafe(query.to_owned())).fetch_all(&mut *open).await;
        if has_begun {
            sqlx::raw_sql("commit").execute(open).await?;
        }
        rows
    }

    async fn connect_lastingly(&self) -> Result<PgConnection, sqlx::Error> {
        let (server, name) = (self.server.clone(), self.name.clone());
        let connecting = lasting_runtime().spawn(async move { server.try_connect(&name).await });
        connecting.await.expect("connecting doesn't panic")
    }

    /// The superuser's connection that is kept, or another one while that is in use, without settings of earlier uses. Who takes
    /// it gives it back, unless something went wrong.
    async fn take_writer(&self) -> PgConnection {
        let kept = self.connections.writer.lock().await.take();
        if let Some(mut open) = kept
            && sqlx::raw_sql("reset role; reset all").execute(&mut open).await.is_ok()
        {
            return open;
        }
        self.connect_lastingly().await.expect("Postgres answers")
    }

    async fn keep_writer(&self, connection: PgConnection) {
        *self.connections.writer.lock().await = Some(connection);
    }

    /// The connection that the invariants are checked with. Who takes it gives it back, unless something went wrong.
    pub(crate) async fn take_checker(&self) -> PgConnection {
        let kept = self.connections.checker.lock().await.take();
        if let Some(mut open) = kept
            && open.ping().await.is_ok()
        {
            return open;
        }
        self.connect_lastingly().await.expect("Postgres answers")
    }

    pub(crate) async fn keep_checker(&self, connection: PgConnection) {
        *self.connections.checker.lock().await = Some(connection);
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // Another thread: this one may be inside a runtime.
        let dropping = std::thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                if let Ok(mut admin) = server.try_connect("postgres").await {
                    let statement = format!("drop database if exists {name} with (force)");
                    let _ = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut admin).await;
                }
                citus::drop_counterparts(&server, &name).await;
            });
        });
        let _ = dropping.join();
    }
}
