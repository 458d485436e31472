//! Goal: measures matching in a network of 100,000 creators and 10,000 programs: the page of creators for a program, the page
//! of programs for a creator, and the jobs that check profiles and count track records. Method: the data is made in SQL; the
//! pages' own functions are then called for programs and creators all over it, and the jobs until nothing is left to do.
//! Prints percentiles, and fails if a page's p95 is over 50 ms or a job takes more than 10 minutes.
//!
//! Run by `cargo xtask bench network`, which starts Postgres and sets `REKOMI_TEST_PG`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a measuring tool"
)]

#[allow(dead_code, reason = "the other benchmarks use the rest")]
mod scene;

use std::time::{Duration, Instant};

use kit::{
    config::Config,
    db::{Db, Holder, Share},
    state::AppState,
    text::Texts,
};
use ledger::clients;
use network::{
    flag,
    matching::{creators, filter::CreatorFilter, programs, track_job},
};
use scene::{KEYS, execute, now, served, with_database};
use shared::id::{CreatorId, OrganizationId, ProgramId};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

const PAGES: usize = 200;
const WARM_UP: usize = 20;
const PAGE_MAX: Duration = Duration::from_millis(50);
const JOB_MAX: Duration = Duration::from_secs(600);
/// More rounds than a job needs for everyone.
const ROUNDS_MAX: usize = 20;

#[tokio::main]
async fn main() {
    let Ok(server) = std::env::var("REKOMI_TEST_PG") else {
        eprintln!("REKOMI_TEST_PG is not set: run `cargo xtask bench network`");
        std::process::exit(2);
    };
    match std::env::var("REKOMI_BENCH_DATABASE") {
        Ok(database) => measure(&with_database(&server, &database)).await,
        Err(_) => in_database_of_its_own(&server).await,
    }
}

/// Starts this program again with the settings in its environment, because it reads settings only from there.
async fn in_database_of_its_own(server: &str) {
    let database = format!("rekomi_bench_{}", std::process::id());
    let mut admin = PgConnection::connect(server).await.unwrap();
    execute(&mut admin, &format!("create database {database}")).await;
    let owner_url = with_database(server, &database);
    let mut owner = PgConnection::connect(&owner_url).await.unwrap();
    kit::migrate::apply(&mut owner, "bench").await.unwrap();
    let start = Instant::now();
    for statement in include_str!("network.sql").split_inclusive(";\n") {
        execute(&mut owner, statement).await;
    }
    println!("generated within {:.0} s", start.elapsed().as_secs_f64());
    owner.close().await.unwrap();
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .env("REKOMI_BENCH_DATABASE", &database)
        .env("REKOMI_ENV", "test")
        .env("REKOMI_NETWORK", "on")
        .env("DATABASE_URL", served(&owner_url))
        .env("REKOMI_PUBLIC_URL", "http://127.0.0.1:9")
        .env("REKOMI_EDGE_URL", "http://127.0.0.1:9")
        .env("REKOMI_EDGE_KEYS", KEYS)
        .env("REKOMI_LEDGER_KEYS", KEYS)
        .status()
        .unwrap();
    execute(&mut admin, &format!("drop database {database} with (force)")).await;
    assert!(status.success(), "the measurement went wrong, or something was too slow");
}

async fn measure(owner_url: &str) {
    let config = Config::from_env().unwrap();
    let db = Db::connect(config.database_url.expose(), Share::of(config.database_connections)).await.unwrap();
    let outbound = clients::outbound(&config).unwrap();
    let state = AppState::new(config, db, clients::http_client().unwrap(), outbound);
    let mut owner = PgConnection::connect(owner_url).await.unwrap();
    let mut is_met =
        job(&mut owner, "check of all profiles", "creator_checks", async || flag::job::once(&state).await).await;
    let counted = "creator_checks where track_at is not null";
    is_met &= job(&mut owner, "track records", counted, async || track_job::once(&state).await).await;
    execute(&mut owner, "analyze").await;
    is_met &= creators_for(&state, &mut owner).await;
    is_met &= programs_for(&state, &mut owner).await;
    owner.close().await.unwrap();
    assert!(is_met, "too slow");
}

/// Runs a job until it has nothing left to do.
async fn job(
    owner: &mut PgConnection,
    name: &str,
    done: &'static str,
    once: impl AsyncFn() -> kit::error::Result<()>,
) -> bool {
    let start = Instant::now();
    let mut before = -1;
    for _ in 0..ROUNDS_MAX {
        once().await.unwrap();
        let query = sqlx::AssertSqlSafe(format!("select count(*) from {done}"));
        let count: i64 = sqlx::query_scalar(query).fetch_one(&mut *owner).await.unwrap();
        if count == before {
            break;
        }
        before = count;
    }
    let took = start.elapsed();
    println!("{name:<28} {before:>7} creators {:>8.1} s   (at most {} s)", took.as_secs_f64(), JOB_MAX.as_secs());
    took <= JOB_MAX
}

async fn creators_for(state: &AppState, owner: &mut PgConnection) -> bool {
    let rows: Vec<(Uuid, Uuid)> =
        sqlx::query_as("select organization_id, program_id from network_listings order by md5(handle) limit $1")
            .bind(i64::try_from(PAGES + WARM_UP).unwrap())
            .fetch_all(owner)
            .await
            .unwrap();
    let mut times = Vec::new();
    for (organization, program) in rows {
        let start = Instant::now();
        let mut tx = state.db.tenant(OrganizationId::new(organization)).await.unwrap();
        let wish = (&CreatorFilter::default(), None, creators::PAGE + 1);
        let found = creators::of(&mut tx, ProgramId::new(program), wish, (now(), Texts::default())).await.unwrap();
        tx.commit().await.unwrap();
        times.push(start.elapsed());
        let found = found.map_or(0, |found| found.len());
        assert!(found >= creators::PAGE, "{program}: {found} creators");
    }
    print("creators for a program", times)
}

async fn programs_for(state: &AppState, owner: &mut PgConnection) -> bool {
    let rows: Vec<Uuid> = sqlx::query_scalar("select id from creators order by md5(email) limit $1")
        .bind(i64::try_from(PAGES + WARM_UP).unwrap())
        .fetch_all(owner)
        .await
        .unwrap();
    let mut times = Vec::new();
    for creator in rows {
        let start = Instant::now();
        let creator = CreatorId::new(creator);
        let mut tx = state.db.global(Holder::Creator(creator)).await.unwrap();
        let wish = ("", None, None, creators::PAGE + 1);
        let found = programs::of(&mut tx, creator, wish, (now(), Texts::default())).await.unwrap();
        tx.commit().await.unwrap();
        times.push(start.elapsed());
        assert!(!found.is_empty(), "{creator}");
    }
    print("programs for a creator", times)
}

fn print(name: &str, times: Vec<Duration>) -> bool {
    let mut times: Vec<Duration> = times.into_iter().skip(WARM_UP).collect();
    times.sort_unstable();
    let within = |hundredths: usize| times[(times.len() * hundredths).div_ceil(100) - 1];
    let millis = |time: Duration| time.as_secs_f64() * 1_000.0;
    let [p50, p95, p99] = [50, 95, 99].map(within);
    println!(
        "{name:<28} p50 {:>6.1}   p95 {:>6.1}   p99 {:>6.1} ms   (p95 at most {} ms)",
        millis(p50),
        millis(p95),
        millis(p99),
        PAGE_MAX.as_millis()
    );
    p95 <= PAGE_MAX
}
