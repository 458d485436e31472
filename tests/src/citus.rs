//! A cluster of Postgres servers (Citus), where `cargo xtask test --citus` started one: each test's database is one of its own
//! on every server.

use sqlx::{AssertSqlSafe, PgConnection};

use crate::{
    database::{Server, run},
    settings,
};

/// Few, as each test copies all shards of all tables.
const SHARDS: &str = "2";
/// A server takes a role's login only once it has the role, which it gets from the migrations or the tests otherwise.
const ROLES: [&str; 3] = ["rekomi_app", "rekomi_reader", "rekomi_test_writer"];

/// The coordinator and its workers, each with the same superuser.
fn nodes(server: &Server) -> Vec<Server> {
    let ports = [server.options.get_port()].into_iter().chain(server.workers.iter().copied());
    let node = |port| Server {
        options: server.options.clone().port(port),
        password: server.password.clone(),
        workers: Vec::new(),
    };
    ports.map(node).collect()
}

/// Ends what is connected to a database, such as the process that Citus runs in it, and lets no one connect: only then can it be
/// copied.
pub(crate) async fn close(server: &Server, name: &str) {
    let ended = format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
    for node in nodes(server) {
        let mut admin = node.connect("postgres").await;
        run(&mut admin, &format!("alter database {name} allow_connections false")).await;
        run(&mut admin, &ended).await;
    }
}

/// Lets everyone connect again.
pub(crate) async fn open(server: &Server, name: &str) {
    for node in nodes(server) {
        run(&mut node.connect("postgres").await, &format!("alter database {name} allow_connections true")).await;
    }
}

/// Copies a closed database on each server. Citus finds the copies of its shards: it notes where they are by host and port.
pub(crate) async fn create_copy(server: &Server, template: &str, name: &str) {
    for node in nodes(server) {
        let mut admin = node.connect("postgres").await;
        run(&mut admin, &format!("create database {name} template {template} strategy file_copy")).await;
    }
    set(server, name).await;
}

/// The settings of the coordinator's database.
async fn set(server: &Server, name: &str) {
    let mut admin = server.connect("postgres").await;
    run(&mut admin, &format!("alter database {name} set citus.propagate_set_commands = 'local'")).await;
    run(&mut admin, &format!("alter database {name} set citus.enable_unsafe_triggers = on")).await;
    // Tests join tables by their own keys alone, which the ledger never does.
    let tester = server.options.get_username();
    run(&mut admin, &format!("alter role {tester} in database {name} set citus.enable_repartition_joins = on")).await;
}

/// Makes an empty database the coordinator's, and creates its counterparts.
pub(crate) async fn set_up(server: &Server, name: &str) {
    // What the servers log in with on each other, and on themselves.
    let logins = format!(
        "insert into pg_dist_authinfo (nodeid, rolename, authinfo)
         values (0, '{}', 'password={}'), (0, 'rekomi_app', 'password={password}'),
                (0, 'rekomi_reader', 'password={password}'), (0, 'rekomi_test_writer', 'password={password}')",
        server.options.get_username(),
        server.password,
        password = settings::APP_PASSWORD
    );
    set(server, name).await;
    for node in nodes(server) {
        let mut admin = node.connect("postgres").await;
        for role in ROLES {
            let created = format!(
                "do $$ begin create role {role} nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
                 exception when duplicate_object or unique_violation then null; end $$"
            );
            run(&mut admin, &created).await;
        }
        if node.options.get_port() != server.options.get_port() {
            run(&mut admin, &format!("create database {name}")).await;
        }
        let mut inside = node.connect(name).await;
        run(&mut inside, "create extension citus").await;
        run(&mut inside, &logins).await;
    }
    let mut coordinator = server.connect(name).await;
    let port = server.options.get_port();
    run(&mut coordinator, &format!("select citus_set_coordinator_host('127.0.0.1', {port})")).await;
    for port in &server.workers {
        run(&mut coordinator, &format!("select citus_add_node('127.0.0.1', {port})")).await;
    }
}

/// Lets the roles that tests of a shared database have log in on the servers, which the coordinator does in their name. Another
/// test may be doing it for its database.
pub(crate) async fn let_in(server: &Server) {
    for node in nodes(server) {
        let mut admin = node.connect("postgres").await;
        for role in ["rekomi_reader", "rekomi_test_writer"] {
            let password = settings::APP_PASSWORD;
            let statement = format!(
                "do $$ begin alter role {role} login password '{password}'; exception when internal_error then null; end $$"
            );
            run(&mut admin, &statement).await;
        }
    }
}

/// Connects to a database on each server.
pub(crate) async fn connect_everywhere(server: &Server, name: &str) -> Vec<PgConnection> {
    let mut all = Vec::new();
    for node in nodes(server) {
        all.push(node.connect(name).await);
    }
    all
}

/// Runs `rekomi scale distribute` on a database.
pub(crate) fn distribute(server: &Server, database: &str) {
    let output = server.ledger("scale", database).args(["distribute", "--shards", SHARDS]).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "rekomi scale distribute: {printed}{complaint}");
}

/// Drops a database's counterparts.
pub(crate) async fn drop_counterparts(server: &Server, name: &str) {
    for worker in nodes(server).into_iter().skip(1) {
        if let Ok(mut admin) = worker.try_connect("postgres").await {
            let statement = format!("drop database if exists {name} with (force)");
            let _ = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut admin).await;
        }
    }
}
