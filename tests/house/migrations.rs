//! Goal: migrations may run twice, two at once, or be killed midway: the schema is the same, and nothing is lost.
//! Method: `ledger migrate` on an empty database, in each of these ways; the result is compared with a plain run.

use std::process::Stdio;

use world::database::{Database, Server};

async fn shape(database: &Database) -> Vec<Vec<String>> {
    database
        .texts(
            "select c.relname::text || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) as column from pg_class c
             join pg_attribute a on a.attrelid = c.oid where c.relnamespace = 'public'::regnamespace and a.attnum > 0 order by 1",
        )
        .await
}

#[tokio::test]
async fn twice_and_two_at_once() {
    let server = Server::of_this_run();
    let plain = server.migrated().await;
    let database = server.empty().await;
    let start = || {
        let mut ledger = server.ledger("migrate", &database.name);
        ledger.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let both = [start(), start()];
    for migrate in both {
        let output = tokio::task::spawn_blocking(|| migrate.wait_with_output().unwrap()).await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    server.migrate(&database.name);
    assert_eq!(shape(&plain).await, shape(&database).await);
    assert_eq!(database.count("select count(*) from _sqlx_migrations where not success").await, 0);
}

#[tokio::test]
async fn killed_midway() {
    let server = Server::of_this_run();
    let database = server.empty().await;
    for _ in 0..5 {
        let mut ledger = server.ledger("migrate", &database.name);
        let mut migrate = ledger.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Killed as soon as it has begun to work, wherever that is.
        world::wait::until("migrations to begin", 10, async || {
            let busy =
                "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
            (database.count(busy).await > 0 || migrate.try_wait().unwrap().is_some()).then_some(())
        })
        .await;
        let _ = migrate.kill();
        let _ = migrate.wait();
    }
    server.migrate(&database.name);
    assert_eq!(shape(&server.migrated().await).await, shape(&database).await);
}
