//! Goal: measures what taking clicks costs beyond storing them. Method: the real ledger takes signed batches of 1,000
//! clicks over HTTP, alternating with a plain UNNEST insert of the same rows into a copy of the table (same indexes and
//! partitions, no row-level security, no deduplication answer, no hourly figures). Prints the ratio of the medians.
//!
//! Run by `cargo xtask bench intake`, which starts Postgres and sets `REKOMI_TEST_PG`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a measuring tool"
)]

mod scene;

use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use shared::{
    batch::{BATCH_PATH, Batch},
    event::{Click, ClickClass, ClickSource, Device, EVENT_VERSION, Event, Payload},
    id::Id,
    keys::{KeyRing, Purpose},
    sign::{SIGNATURE_HEADER, SIGNED_ID_HEADER, sign_with_id},
};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use scene::{KEYS, execute, median, new_id, now, served, with_database};

const ROUNDS: usize = 9;
const BATCHES_PER_ROUND: usize = 20;
const BATCH: usize = 1_000;
const LINKS: usize = 200;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let Ok(server) = std::env::var("REKOMI_TEST_PG") else {
        eprintln!("REKOMI_TEST_PG is not set: run `cargo xtask bench intake`");
        std::process::exit(2);
    };
    let database = format!("rekomi_bench_{}", std::process::id());
    let mut admin = PgConnection::connect(&server).await.unwrap();
    execute(&mut admin, &format!("create database {database}")).await;
    let owner_url = with_database(&server, &database);
    let mut owner = PgConnection::connect(&owner_url).await.unwrap();
    kit::migrate::apply(&mut owner, "bench").await.unwrap();
    let bench = Bench::seed(&mut owner).await;
    let ledger = Ledger::start(&owner_url).await;
    let (mut over_http, mut plain) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let batches: Vec<Batch> = (0..BATCHES_PER_ROUND).map(|_| bench.batch()).collect();
        let posted = ledger.post(&batches).await;
        let inserted = insert_plain(&mut owner, &batches).await;
        if round > 0 {
            // The first round warms the caches and the statement cache of both.
            over_http.push(per_second(posted));
            plain.push(per_second(inserted));
        }
    }
    bench.check(&mut owner).await;
    drop(ledger);
    let (over_http, plain) = (median(over_http), median(plain));
    println!("clicks over HTTP into the ledger  {over_http:>9.0} /s");
    println!("plain UNNEST insert               {plain:>9.0} /s");
    println!("ratio                             {:>9.2}   (at least 0.35)", over_http / plain);
    owner.close().await.unwrap();
    execute(&mut admin, &format!("drop database {database} with (force)")).await;
}

struct Bench {
    organization: Uuid,
    program: Uuid,
    affiliate: Uuid,
    links: Vec<Uuid>,
}

impl Bench {
    async fn seed(owner: &mut PgConnection) -> Self {
        let bench = Self {
            organization: Uuid::now(),
            program: Uuid::now(),
            affiliate: Uuid::now(),
            links: (0..LINKS).map(|_| Uuid::now()).collect(),
        };
        let Self { organization, program, affiliate, .. } = &bench;
        // The baseline's copy of the table: same columns, indexes and partitioning.
        execute(
            owner,
            &format!(
                "insert into tenants values ('{organization}', now());
                 insert into organizations values ('{organization}', 'bench', 'Bench', 'UTC', now());
                 insert into programs (organization_id, id, slug, name, public_key, created_at)
                     values ('{organization}', '{program}', 'bench', 'Bench', 'pk_bench', now());
                 insert into affiliates values ('{organization}', '{affiliate}', 'bench', 'b@bench.test', 'B', 'Approved', now());
                 insert into link_hosts values ('{organization}', 'bench.test', null, now());
                 create table plain_clicks (like clicks including all) partition by range (clicked_at);
                 create table plain_clicks_now partition of plain_clicks default;"
            ),
        )
        .await;
        for (number, link) in bench.links.iter().enumerate() {
            execute(
                owner,
                &format!(
                    "insert into links values ('{organization}', '{link}', '{program}', '{affiliate}', 'bench.test',
                                               'link-{number}', 'https://bench.test/', now())"
                ),
            )
            .await;
        }
        bench
    }

    fn batch(&self) -> Batch {
        let events = (0..BATCH).map(|_| self.event()).collect();
        Batch { id: new_id(), events }
    }

    fn event(&self) -> Event {
        let id = new_id();
        let link = usize::from(rand::random::<u16>()) % LINKS;
        Event {
            v: EVENT_VERSION,
            id,
            organization_id: Id::new(self.organization),
            received_at: now(),
            request_id: format!("{:016x}", rand::random::<u64>()),
            traceparent: None,
            payload: Payload::Click(Click {
                link_id: Id::new(self.links[link]),
                program_id: Id::new(self.program),
                affiliate_id: Id::new(self.affiliate),
                class: ClickClass::Human,
                source: ClickSource::Redirect,
                country: Some("US".into()),
                referrer_host: Some("www.youtube.com".into()),
                device: Device::Mobile,
                visitor: Some(format!("{:032x}", rand::random::<u128>())),
                previous: None,
                landing: Some("/pricing".into()),
            }),
        }
    }

    /// Checks the result, because a fast but wrong answer is worthless.
    async fn check(&self, owner: &mut PgConnection) {
        let expected = i64::try_from((ROUNDS + 1) * BATCHES_PER_ROUND * BATCH).unwrap();
        let (stored, counted): (i64, i64) =
            sqlx::query_as("select (select count(*) from clicks), (select sum(clicks)::bigint from click_hours)")
                .fetch_one(owner)
                .await
                .unwrap();
        assert_eq!((stored, counted), (expected, expected), "the ledger lost or doubled clicks");
    }
}

trait Now {
    fn now() -> Self;
}

impl Now for Uuid {
    fn now() -> Self {
        new_id::<shared::id::EventKind>().uuid()
    }
}

struct Ledger {
    process: Child,
    url: String,
    http: reqwest::Client,
    key: [u8; 32],
}

impl Ledger {
    async fn start(owner_url: &str) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}");
        let process = Command::new(env!("CARGO_BIN_EXE_rekomi"))
            .arg("serve")
            .env("REKOMI_ENV", "test")
            .env("DATABASE_URL", served(owner_url))
            .env("REKOMI_LISTEN", format!("127.0.0.1:{port}"))
            .env("REKOMI_PUBLIC_URL", &url)
            .env("REKOMI_EDGE_URL", "http://127.0.0.1:9")
            .env("REKOMI_EDGE_KEYS", KEYS)
            .env("REKOMI_LEDGER_KEYS", KEYS)
            .env("REKOMI_LOG", "error")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let ledger = Self {
            process,
            url,
            http: reqwest::Client::new(),
            key: *KeyRing::parse(KEYS, Purpose::Internal).unwrap().current().bytes(),
        };
        for _ in 0..200 {
            if ledger.http.get(format!("{}/healthz", ledger.url)).send().await.is_ok() {
                return ledger;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the ledger did not start");
    }

    /// Builds bodies and signatures before the clock starts.
    async fn post(&self, batches: &[Batch]) -> Duration {
        let requests: Vec<reqwest::Request> = batches
            .iter()
            .map(|batch| {
                let body = serde_json::to_vec(batch).unwrap();
                let id = batch.id.to_string();
                self.http
                    .post(format!("{}{BATCH_PATH}", self.url))
                    .header(SIGNED_ID_HEADER, &id)
                    .header(SIGNATURE_HEADER, sign_with_id(&self.key, Some(&id), now(), &body))
                    .body(body)
                    .build()
                    .unwrap()
            })
            .collect();
        let start = Instant::now();
        for request in requests {
            let answer = self.http.execute(request).await.unwrap();
            assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
            answer.bytes().await.unwrap();
        }
        start.elapsed()
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Inserts the same rows, one transaction per batch; builds the arrays before the clock starts.
async fn insert_plain(owner: &mut PgConnection, batches: &[Batch]) -> Duration {
    let mut elapsed = Duration::ZERO;
    for batch in batches {
        let clicks: Vec<(&Event, &Click)> = batch
            .events
            .iter()
            .filter_map(|event| match &event.payload {
                Payload::Click(click) => Some((event, click)),
                _ => None,
            })
            .collect();
        let uuids = |of: &dyn Fn(&(&Event, &Click)) -> Uuid| clicks.iter().map(of).collect::<Vec<_>>();
        let texts = |of: &dyn Fn(&Click) -> Option<String>| clicks.iter().map(|row| of(row.1)).collect::<Vec<_>>();
        let query = sqlx::query(
            "insert into plain_clicks (organization_id, id, clicked_at, link_id, program_id, affiliate_id, class, source,
                                       country, referrer_host, device, visitor, previous, landing, digest)
             select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::uuid[], $5::uuid[], $6::uuid[],
                                  $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::uuid[],
                                  $14::text[], $15::bigint[])",
        )
        .bind(uuids(&|row| row.0.organization_id.uuid()))
        .bind(uuids(&|row| row.0.id.uuid()))
        .bind(clicks.iter().map(|row| row.0.received_at).collect::<Vec<_>>())
        .bind(uuids(&|row| row.1.link_id.uuid()))
        .bind(uuids(&|row| row.1.program_id.uuid()))
        .bind(uuids(&|row| row.1.affiliate_id.uuid()))
        .bind(vec!["human"; clicks.len()])
        .bind(vec!["redirect"; clicks.len()])
        .bind(texts(&|click| click.country.clone()))
        .bind(texts(&|click| click.referrer_host.clone()))
        .bind(vec!["mobile"; clicks.len()])
        .bind(texts(&|click| click.visitor.clone()))
        .bind(clicks.iter().map(|row| row.1.previous.map(|id| id.uuid())).collect::<Vec<_>>())
        .bind(texts(&|click| click.landing.clone()))
        .bind(clicks.iter().map(|_| rand::random::<i64>()).collect::<Vec<_>>());
        let start = Instant::now();
        query.execute(&mut *owner).await.unwrap();
        elapsed += start.elapsed();
    }
    elapsed
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand clicks")]
fn per_second(elapsed: Duration) -> f64 {
    (BATCHES_PER_ROUND * BATCH) as f64 / elapsed.as_secs_f64()
}
