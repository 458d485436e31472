//! Goal: measures what attribution, commissions and the book cost beyond storing their rows. Method: the ledger's own
//! intake books batches of 1,000 sales. This alternates with (a) plain UNNEST inserts of all the rows that the batches
//! created, for another organization, into the same tables with the same indexes and keys, by the database owner, whom
//! no row-level policy restricts; and (b) the same kind of sales booked in one transaction each. Then 8 writers book
//! sales of the same affiliates concurrently, and 8 others for an organization each. At the end everything is recomputed
//! from its events. Prints ratios of medians, and what a conversion writes: rows and index entries by table, and bytes of
//! the write-ahead log.
//!
//! Run by `cargo xtask bench booking`, which starts Postgres and sets `REKOMI_TEST_PG`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a measuring tool"
)]

mod floor;
mod scene;
mod written;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use engine::intake::receive;
use kit::{
    config::Config,
    db::{Db, Share},
    state::AppState,
};
use ledger::{
    clients,
    verify::{self, progress::Progress},
};
use scene::{KEYS, execute, median, new_id, now, served, with_database};
use serde_json::value::RawValue;
use shared::{
    batch::Verdict,
    event::{Conversion, ConversionSource, ConversionType, EVENT_VERSION, Event, Payload},
    id::{EventKind, Id},
    keys::{KeyRing, Purpose},
    money::Currency,
    token::ClickToken,
};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

const ROUNDS: usize = 7;
const BATCHES_PER_ROUND: usize = 10;
const BATCH: usize = 1_000;
const SINGLES_PER_ROUND: usize = 300;
const AFFILIATES: usize = 50;
const WRITERS: usize = 8;
const BATCHES_PER_WRITER: usize = 4;

#[tokio::main]
async fn main() {
    let Ok(server) = std::env::var("REKOMI_TEST_PG") else {
        eprintln!("REKOMI_TEST_PG is not set: run `cargo xtask bench booking`");
        std::process::exit(2);
    };
    let Ok(database) = std::env::var("REKOMI_BENCH_DATABASE") else {
        return in_database_of_its_own(&server).await;
    };
    measure(&with_database(&server, &database)).await;
}

/// Starts this program again with the settings in its environment, because it reads settings only from there.
async fn in_database_of_its_own(server: &str) {
    let database = format!("rekomi_bench_{}", std::process::id());
    let mut admin = PgConnection::connect(server).await.unwrap();
    execute(&mut admin, &format!("create database {database}")).await;
    let owner_url = with_database(server, &database);
    let mut owner = PgConnection::connect(&owner_url).await.unwrap();
    kit::migrate::apply(&mut owner, "bench").await.unwrap();
    owner.close().await.unwrap();
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .env("REKOMI_BENCH_DATABASE", &database)
        .env("REKOMI_ENV", "test")
        .env("DATABASE_URL", served(&owner_url))
        .env("REKOMI_PUBLIC_URL", "http://127.0.0.1:9")
        .env("REKOMI_EDGE_URL", "http://127.0.0.1:9")
        .env("REKOMI_EDGE_KEYS", KEYS)
        .env("REKOMI_LEDGER_KEYS", KEYS)
        .status()
        .unwrap();
    execute(&mut admin, &format!("drop database {database} with (force)")).await;
    assert!(status.success(), "the measurement went wrong");
}

async fn measure(owner_url: &str) {
    let config = Config::from_env().unwrap();
    let db = Db::connect(config.database_url.expose(), Share::of(config.database_connections)).await.unwrap();
    let outbound = clients::outbound(&config).unwrap();
    let state = AppState::new(config, db, clients::http_client().unwrap(), outbound);
    let mut owner = PgConnection::connect(owner_url).await.unwrap();
    let (brand, copy) = (Brand::seed(&mut owner, "brand").await, Brand::seed(&mut owner, "copy").await);
    let rounds = Rounds::measure(&state, &mut owner, &brand, &copy).await;
    rounds.print(&written::wal_level(&mut owner).await);
    let batches = median(rounds.batches);
    let together = at_once(&state, &[&brand]).await;
    let mut others = Vec::with_capacity(WRITERS);
    for number in 0..WRITERS {
        others.push(Brand::seed(&mut owner, &format!("writer{number}")).await);
    }
    let apart = at_once(&state, &others.iter().collect::<Vec<_>>()).await;
    println!("{WRITERS} writers on the same affiliates        {together:>9.0} /s   ratio {:.2}", together / batches);
    println!("{WRITERS} writers, an organization each         {apart:>9.0} /s   ratio {:.2}", apart / batches);
    let count = brand.check(&mut owner).await;
    let start = Instant::now();
    let organization = Id::new(brand.organization);
    let progress = Arc::new(Progress::silent());
    let keys = (&brand.tokens, &state.config.keys.pseudonym);
    let report =
        verify::replay::verify(&state.db, keys, organization, verify::command::READERS, &progress).await.unwrap();
    assert_eq!(report.differences.count(), 0, "{report:?}");
    let replayed = per_second(count, start.elapsed());
    println!(
        "replayed from events                    {replayed:>9.0} /s   ratio {:.1}   (at least 3)",
        replayed / batches
    );
    owner.close().await.unwrap();
}

/// The figures of each round, in conversions per second.
#[derive(Debug, Default)]
struct Rounds {
    /// The first batches: Postgres has planned for empty tables, and knows nothing yet of what they get.
    first: f64,
    batches: Vec<f64>,
    plain: Vec<f64>,
    single: Vec<f64>,
    /// Bytes of the write-ahead log for each conversion that was booked in batches.
    logged: Vec<f64>,
    /// What the batches of one round added.
    written: Vec<written::Table>,
}

impl Rounds {
    async fn measure(state: &AppState, owner: &mut PgConnection, brand: &Brand, copy: &Brand) -> Self {
        let mut rounds = Self::default();
        for round in 0..=ROUNDS {
            let before = written::tables(owner, brand.organization).await;
            let (from, start) = (now(), written::wal(owner).await);
            let booked = book(state, brand, BATCHES_PER_ROUND, BATCH).await;
            let logged = written::wal(owner).await - start;
            rounds.written = written::added(&before, written::tables(owner, brand.organization).await);
            let inserted =
                floor::insert_again(owner, brand.organization, copy.organization, from, BATCHES_PER_ROUND).await;
            let one_by_one = book(state, brand, SINGLES_PER_ROUND, 1).await;
            // The first round warms all caches.
            if round == 0 {
                rounds.first = per_second(BATCHES_PER_ROUND * BATCH, booked);
            } else {
                rounds.batches.push(per_second(BATCHES_PER_ROUND * BATCH, booked));
                rounds.plain.push(per_second(BATCHES_PER_ROUND * BATCH, inserted));
                rounds.single.push(per_second(SINGLES_PER_ROUND, one_by_one));
                rounds.logged.push(per_conversion(logged));
            }
        }
        rounds
    }

    fn print(&self, wal_level: &str) {
        let of = |figures: &[f64]| median(figures.to_vec());
        let (batches, plain, single) = (of(&self.batches), of(&self.plain), of(&self.single));
        println!("conversions booked in batches of 1,000  {batches:>9.0} /s");
        println!(
            "the first 10 batches                    {:>9.0} /s   ratio {:.2}   (at least 0.60)",
            self.first,
            self.first / batches
        );
        println!(
            "plain insert of all their rows          {plain:>9.0} /s   ratio {:.2}   (at least 0.60)",
            batches / plain
        );
        println!(
            "one transaction per conversion          {single:>9.0} /s   ratio {:.1}   (at least 8)",
            batches / single
        );
        println!("a conversion in a batch writes:");
        for table in &self.written {
            let (rows, entries) = (per_conversion(table.rows), per_conversion(table.entries));
            println!("  {:<38}{rows:>9.3} rows {entries:>9.3} index entries", table.name);
        }
        let sum = |count: fn(&written::Table) -> i64| per_conversion(self.written.iter().map(count).sum());
        let (rows, entries, logged) = (sum(|table| table.rows), sum(|table| table.entries), of(&self.logged));
        println!("  in all tables                         {rows:>9.3} rows {entries:>9.3} index entries");
        println!("  write-ahead log                       {logged:>9.0} bytes (wal_level is {wal_level})");
    }
}

async fn book(state: &AppState, brand: &Brand, batches: usize, size: usize) -> Duration {
    let batches: Vec<Vec<Box<RawValue>>> = (0..batches).map(|_| brand.sales(size)).collect();
    let start = Instant::now();
    for batch in &batches {
        accept(state, batch).await;
    }
    start.elapsed()
}

async fn accept(state: &AppState, batch: &[Box<RawValue>]) {
    let events: Vec<&RawValue> = batch.iter().map(AsRef::as_ref).collect();
    let verdicts = receive::batch(state, &events).await.unwrap();
    assert!(verdicts.iter().all(|verdict| verdict.verdict == Verdict::Accepted));
}

/// Lets several writers book sales of these brands concurrently. Each has a connection of its own, which is warm: it has
/// booked a batch before.
async fn at_once(state: &AppState, brands: &[&Brand]) -> f64 {
    write_together(state, brands, 1).await;
    let elapsed = write_together(state, brands, BATCHES_PER_WRITER).await;
    per_second(WRITERS * BATCHES_PER_WRITER * BATCH, elapsed)
}

async fn write_together(state: &AppState, brands: &[&Brand], batches: usize) -> Duration {
    let work: Vec<Vec<Vec<Box<RawValue>>>> =
        (0..WRITERS).map(|writer| (0..batches).map(|_| brands[writer % brands.len()].sales(BATCH)).collect()).collect();
    let start = Instant::now();
    let writers: Vec<_> = work
        .into_iter()
        .map(|batches| {
            let state = state.clone();
            tokio::spawn(async move {
                for batch in &batches {
                    accept(&state, batch).await;
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    start.elapsed()
}

struct Brand {
    organization: Uuid,
    links: Vec<Uuid>,
    tokens: KeyRing,
}

impl Brand {
    /// Creates 50 affiliates; each sale pays 5 dollars and 20%.
    async fn seed(owner: &mut PgConnection, name: &str) -> Self {
        let (organization, program) = (new_id::<EventKind>().uuid(), new_id::<EventKind>().uuid());
        let links: Vec<Uuid> = (0..AFFILIATES).map(|_| new_id::<EventKind>().uuid()).collect();
        let mut statements = format!(
            "insert into tenants values ('{organization}', now());
             insert into organizations (organization_id, slug, name, created_at) values ('{organization}', '{name}', 'Bench', now());
             insert into programs (organization_id, id, slug, name, public_key, created_at)
                 values ('{organization}', '{program}', 'bench', 'Bench', 'pk_{name}', now());
             insert into program_policies (organization_id, program_id, effective_at, attribution_model, window_days,
                                           customer_binding, flag_self_referral, flag_duplicate_customer, created_at)
                 values ('{organization}', '{program}', 'epoch', 'LastTouch', 60, 'AffiliateAndPlan', true, true, now());
             insert into plan_versions (organization_id, id, program_id, effective_at, components, hold_days, created_at)
                 values ('{organization}', gen_random_uuid(), '{program}', 'epoch',
                         '[{{\"type\":\"flat\",\"amountCents\":500,\"currency\":\"USD\"}},{{\"type\":\"percentage\",\"ratePpm\":200000}}]', 30, now());
             insert into link_hosts values ('{organization}', '{name}.test', null, now());"
        );
        for (number, link) in links.iter().enumerate() {
            statements.push_str(&format!(
                "insert into affiliates (organization_id, id, slug, email, name, status, created_at)
                     values ('{organization}', '{link}', 'partner-{number}', 'p{number}@bench.test', 'P', 'Approved', now());
                 insert into links values ('{organization}', '{link}', '{program}', '{link}', '{name}.test', 'partner-{number}',
                                           'https://bench.test/', now());"
            ));
        }
        execute(owner, &statements).await;
        Self { organization, links, tokens: KeyRing::parse(KEYS, Purpose::ClickToken).unwrap() }
    }

    /// Creates sales, each from a new buyer and with a click token.
    fn sales(&self, count: usize) -> Vec<Box<RawValue>> {
        (0..count).map(|_| serde_json::value::to_raw_value(&self.sale()).unwrap()).collect()
    }

    fn sale(&self) -> Event {
        let id = new_id::<EventKind>();
        let name = format!("{:024x}", rand::random::<u128>() >> 32);
        let link = Id::new(self.links[usize::from(rand::random::<u16>()) % self.links.len()]);
        let token = ClickToken { click_id: new_id(), link_id: link, clicked_at: now() };
        Event {
            v: EVENT_VERSION,
            id,
            organization_id: Id::new(self.organization),
            received_at: now(),
            request_id: format!("{:016x}", rand::random::<u64>()),
            traceparent: None,
            payload: Payload::Conversion(Box::new(Conversion {
                source: ConversionSource::S2s,
                kind: ConversionType::Sale,
                external_event_id: format!("order_{name}"),
                program_id: None,
                affiliate_slug: None,
                click_token: Some(token.encode(&self.tokens)),
                coupon_code: None,
                amount_cents: 1_000 + i64::from(rand::random::<u16>()),
                paid_cents: None,
                currency: Currency::USD,
                customer_id: Some(format!("cus_{name}")),
                customer_email: Some(format!("{name}@buyers.test")),
                customer_name: None,
                subscription_id: Some(format!("sub_{name}")),
                product_id: Some("pro".to_owned()),
                occurred_at: None,
                refund_of: None,
                past: None,
                country: None,
                metadata: std::collections::BTreeMap::new(),
            })),
        }
    }

    /// Checks the result, because a fast but wrong answer is worthless.
    async fn check(&self, owner: &mut PgConnection) -> usize {
        let (sales, commissions, balance): (i64, i64, i64) = sqlx::query_as(
            "select (select count(*) from conversions where organization_id = $1 and affiliate_id is not null),
                    (select count(*) from commissions where organization_id = $1),
                    (select sum(balance)::bigint from accounts where organization_id = $1)",
        )
        .bind(self.organization)
        .fetch_one(owner)
        .await
        .unwrap();
        let in_rounds = (ROUNDS + 1) * (BATCHES_PER_ROUND * BATCH + SINGLES_PER_ROUND);
        let expected = in_rounds + WRITERS * (1 + BATCHES_PER_WRITER) * BATCH;
        assert_eq!(
            (sales, commissions, balance),
            (expected as i64, 2 * expected as i64, 0),
            "sales were lost or doubled"
        );
        expected
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand conversions")]
fn per_second(count: usize, elapsed: Duration) -> f64 {
    count as f64 / elapsed.as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred megabytes")]
fn per_conversion(count: i64) -> f64 {
    count as f64 / (BATCHES_PER_ROUND * BATCH) as f64
}
