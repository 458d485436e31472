//! A cluster of Postgres servers (Citus), where `cargo xtask test --citus` started one: each test's database is one of its own
//! on every server.

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection};

use crate::{
    database::{Database, LOCK, Server, run},
    settings,
};

/// Few, as each test creates all shards of all tables.
const SHARDS: &str = "2";
/// A server takes a role's login only once it has the role, which it gets from the migrations otherwise.
const CREATE_ROLE: &str = "do $$ begin
    create role rekomi_app nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
exception when duplicate_object or unique_violation then null;
end $$";

/// A database whose tables are distributed. It has no template, as a copy would know nothing of its shards.
pub(crate) async fn distributed(server: &Server, demo: bool) -> Database {
    let mut database = server.create(None, Value::Null).await;
    // Roles belong to a whole server, and two sessions can't write the same one: databases are set up one by one.
    let mut turn = server.connect("postgres").await;
    sqlx::query("select pg_advisory_lock($1)").bind(LOCK).execute(&mut turn).await.unwrap();
    set_up(server, &database.name).await;
    server.migrate(&database.name);
    turn.close().await.unwrap();
    distribute(server, &database.name);
    if demo {
        database.demo = server.load_demo(&database.name).await;
    }
    database
}

/// The server on another port, with the same superuser.
fn beside(server: &Server, port: u16) -> Server {
    Server { options: server.options.clone().port(port), password: server.password.clone(), workers: Vec::new() }
}

/// Makes an empty database the coordinator's, and creates its counterparts.
async fn set_up(server: &Server, name: &str) {
    for port in server.workers.iter().copied() {
        let worker = beside(server, port);
        let mut admin = worker.connect("postgres").await;
        run(&mut admin, CREATE_ROLE).await;
        run(&mut admin, &format!("create database {name}")).await;
        run(&mut worker.connect(name).await, "create extension citus").await;
    }
    let mut admin = server.connect("postgres").await;
    run(&mut admin, CREATE_ROLE).await;
    run(&mut admin, &format!("alter database {name} set citus.propagate_set_commands = 'local'")).await;
    run(&mut admin, &format!("alter database {name} set citus.enable_unsafe_triggers = on")).await;
    // What the coordinator logs in with, there and on itself.
    let logins = format!(
        "insert into pg_dist_authinfo (nodeid, rolename, authinfo)
         values (0, '{}', 'password={}'), (0, 'rekomi_app', 'password={}')",
        server.options.get_username(),
        server.password,
        settings::APP_PASSWORD
    );
    let mut coordinator = server.connect(name).await;
    run(&mut coordinator, "create extension citus").await;
    run(&mut coordinator, &logins).await;
    let port = server.options.get_port();
    run(&mut coordinator, &format!("select citus_set_coordinator_host('127.0.0.1', {port})")).await;
    for port in server.workers.iter().copied() {
        run(&mut beside(server, port).connect(name).await, &logins).await;
        run(&mut coordinator, &format!("select citus_add_node('127.0.0.1', {port})")).await;
    }
}

/// Runs `rekomi scale distribute` on a database.
fn distribute(server: &Server, database: &str) {
    let output = server.ledger("scale", database).args(["distribute", "--shards", SHARDS]).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "rekomi scale distribute: {printed}{complaint}");
}

/// Drops the counterparts of a test's database.
pub(crate) async fn drop_database(server: &Server, name: &str) {
    for port in server.workers.iter().copied() {
        if let Ok(mut admin) = beside(server, port).try_connect("postgres").await {
            let statement = format!("drop database if exists {name} with (force)");
            let _ = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut admin).await;
        }
    }
}
