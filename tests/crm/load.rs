//! Goal: thousands of affiliates at once, into a vendor that takes ten calls a second: paced below that, fair to another
//! connection, finished, and the ledger's memory stays flat.
//! Method: everybody is re-synced into a fake server that answers 429 beyond its limit; meanwhile another brand approves
//! somebody. Pace and limit are multiplied by the same factor, so that it ends within minutes. The small one runs always;
//! the whole one by `cargo xtask bench crm`.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use connector::Choice;
use serde_json::json;
use world::{
    crm_fixture::{CrmFixture, connect, text},
    fakes::{
        Answer, Call, Mood, Vendor,
        crm::{self, Contact, Crm},
    },
    memory,
};

/// What the vendor takes a second, before the factor.
const LIMIT: usize = 10;
const FACTOR: u32 = 20;
const SLUG: &str = "brevo";

/// A CRM with a limit of its own.
struct Limited {
    crm: Box<dyn Crm>,
    lately: VecDeque<Instant>,
    refused: Arc<AtomicUsize>,
}

impl Vendor for Limited {
    fn answer(&mut self, call: &Call) -> Answer {
        while self.lately.front().is_some_and(|at| at.elapsed() > Duration::from_secs(1)) {
            self.lately.pop_front();
        }
        if self.lately.len() >= LIMIT * FACTOR as usize {
            self.refused.fetch_add(1, Ordering::SeqCst);
            return Answer(429, json!({"code": "too_many_requests", "message": "Too many requests"}));
        }
        self.lately.push_back(Instant::now());
        self.crm.answer(call)
    }
}

impl Crm for Limited {
    fn slug(&self) -> &'static str {
        self.crm.slug()
    }

    fn hosts(&self) -> &'static [&'static str] {
        self.crm.hosts()
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        self.crm.credentials()
    }

    fn revoke(&mut self) {
        self.crm.revoke();
    }

    fn list(&self) -> Option<Choice> {
        self.crm.list()
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        self.crm.contact(email)
    }

    fn contacts(&self) -> usize {
        self.crm.contacts()
    }

    fn unsubscribed(&mut self, email: &str) {
        self.crm.unsubscribed(email);
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        self.crm.too_fast()
    }
}

/// Re-syncs so many people. `seconds` only ends a run that hangs. How long the other brand waits is measured where nothing else keeps the machine busy (`alone`);
/// beside the other suites it is asked that they needn't wait for the end.
async fn everybody(people: usize, seconds: u64, alone: bool) {
    let refused = Arc::new(AtomicUsize::new(0));
    let limited = Limited { crm: crm::of(SLUG), lately: VecDeque::new(), refused: Arc::clone(&refused) };
    let crms: Vec<Box<dyn Crm>> = vec![Box::new(limited), crm::of("customer-io")];
    let fixture = CrmFixture::with(crms, FACTOR).await;
    let crm = fixture.crm(SLUG);
    connect(&fixture.world.other_api(), &fixture.crm("customer-io").vendor, &json!({})).await;
    let organization = fixture.world.acme.organization.uuid();
    let many = format!(
        "insert into affiliates (organization_id, id, slug, email, name, status, created_at)
         select '{organization}', gen_random_uuid(), 'many-' || n, 'many-' || n || '@creators.test', 'Many Comer', 'Approved', now()
         from generate_series(1, {people}) n"
    );
    fixture.world.database.run(&many).await;
    let analyzed = fixture.world.database.keep_analyzed("affiliates, crm_syncs, crm_contacts, crm_steps").await;
    let process = fixture.world.ledger.id().unwrap();
    let (before, calls, started) = (memory::of(process), crm.count(), Instant::now());
    let batch = fixture.api().post(&format!("/connections/{}/resync", crm.connection), &json!({})).await;
    let batch = batch.expect_status(202).json();
    assert_eq!(batch["total"].as_u64().unwrap() as usize, people + 1);
    println!("{people} queued in {:?}", started.elapsed());
    let path = format!("/connections/{}/resyncs/{}", crm.connection, text(&batch["id"]));
    let (mut highest, mut slowest, mut number, mut meanwhile) = (before, Duration::ZERO, 0, 0);
    let done = loop {
        let progress = fixture.api().get(&path).await.expect_status(200).json();
        highest = highest.max(memory::of(process));
        if progress["percent"] == 100 {
            break progress;
        }
        assert!(started.elapsed() < Duration::from_secs(seconds), "{progress}");
        number += 1;
        slowest = slowest.max(somebody_else(&fixture, number, Duration::from_secs(seconds)).await);
        if fixture.api().get(&path).await.expect_status(200).json()["percent"] != 100 {
            meanwhile += 1;
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    };
    drop(analyzed);
    let took = started.elapsed();
    let calls: Vec<Instant> = crm.vendor.calls().iter().skip(calls).map(|call| call.at).collect();
    let per_second = calls.len() as f64 / took.as_secs_f64();
    let busiest = busiest(&calls);
    println!(
        "{people} affiliates, {} calls in {took:?}: {per_second:.1} calls a second of {} allowed, {busiest} in the busiest one, {} \
         refused; another brand waited {slowest:?} at most; memory {before} to {highest} kB",
        calls.len(),
        LIMIT * FACTOR as usize,
        refused.load(Ordering::SeqCst),
    );
    assert_eq!(done["succeeded"], done["total"], "{done}");
    assert_eq!(crm.vendor.with(|crm| crm.contacts()), people + 1);
    assert!(meanwhile > 0, "another connection waits until all of them have gone through");
    assert!(refused.load(Ordering::SeqCst) * 50 <= calls.len(), "the limit is kept, not found out");
    if alone {
        assert!(slowest < Duration::from_secs(10), "another connection waits {slowest:?}");
    }
    assert!(highest < before + 64 * 1024, "memory grows from {before} to {highest} kB");
    fixture.finish().await;
}

/// How long it takes until an affiliate of another brand has arrived.
async fn somebody_else(fixture: &CrmFixture, number: usize, patience: Duration) -> Duration {
    let (api, started) = (fixture.world.other_api(), Instant::now());
    let body = json!({"name": "Other Comer", "email": format!("other-{number}@creators.test")});
    let id = text(&api.post("/affiliates", &body).await.expect_status(201).json()["id"]);
    loop {
        let syncs = api.all(&format!("/syncs?affiliateId={id}")).await;
        if syncs.iter().any(|sync| sync["state"] == "Succeeded") {
            return started.elapsed();
        }
        assert!(started.elapsed() < patience, "{syncs:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The most calls within any second.
fn busiest(calls: &[Instant]) -> usize {
    let (mut most, mut from) = (0, 0);
    for (at, call) in calls.iter().enumerate() {
        while *call - calls[from] > Duration::from_secs(1) {
            from += 1;
        }
        most = most.max(at - from + 1);
    }
    most
}

#[tokio::test(flavor = "multi_thread")]
async fn some_hundreds() {
    everybody(400, 900, false).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: `cargo xtask bench crm` runs it"]
async fn ten_thousand() {
    everybody(10_000, 3_000, true).await;
}
