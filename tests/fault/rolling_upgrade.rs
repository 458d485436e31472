//! Goal: an upgrade keeps no one waiting. On a schema that a later build has expanded, the processes of this build go on; each
//! is replaced while requests come, no request fails, and everything is booked exactly once. A process that lacks one of its
//! own migrations doesn't start, and one that stops says so before it takes no more requests.
//! Method: two ledgers behind a load balancer that knows `/readyz` only, and callers of every kind who never pause. Meanwhile
//! migrations of a later build are applied, and each ledger is replaced by a new one. There is one program, which is the
//! older build on that schema, also where it starts anew, as it does when people go back.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Instant,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::json;
use shared::batch::{Verdict, Verdicts};
use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};
use tokio::task::{JoinHandle, block_in_place};
use world::{
    Plan, World,
    balancer::Balancer,
    brand::{Brand, But},
    child::Child,
    client::{api::Api, dashboard::Marketer, intake::Intake},
    http::Request,
    ledger::Ledger,
    settings,
    wait::{self, patience},
};

/// What a later build adds: one table a migration, so that none waits for one lock while it holds another.
const LATER: [&str; 4] = [
    "alter table conversions add column rollout text default 'later'",
    "alter table links add column rollout text default 'later'",
    "create table rollouts (
         organization_id uuid not null references organizations,
         id uuid not null,
         reason text,
         primary key (organization_id, id)
     );
     call rekomi_tenant_table('rollouts')",
    "create index commissions_rollout on commissions (organization_id, updated_at)",
];
/// How many answers each caller gets between two steps, from either process.
const ANSWERS: usize = 4;

/// What a caller knows of the others: when to end; and what they know of it: how many answers it got.
#[derive(Debug)]
struct Pulse {
    stop: Arc<AtomicBool>,
    answers: Arc<AtomicUsize>,
}

impl Pulse {
    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::SeqCst)
    }

    fn answered(&self) {
        self.answers.fetch_add(1, Ordering::SeqCst);
    }
}

/// Posts batches as the edge's queue does, each twice: the second time, every event is known, whichever process got it first.
/// Returns how many batches there were.
async fn report(intake: Intake, brand: Brand, pulse: Pulse) -> usize {
    let mut number = 0;
    while pulse.goes_on() {
        let sale = brand.sale(&format!("sale-{number}"), 9_900).but(|report| {
            report.affiliate_slug = Some(brand.partner.slug.clone());
            report.customer_id = Some(format!("buyer-{}", number % 9));
        });
        let events = [brand.click(&brand.partner), brand.click(&brand.partner), sale];
        number += 1;
        for expected in [Verdict::Accepted, Verdict::Duplicate] {
            let answer = intake.try_post(&events).await.expect("an answer").expect_status(200);
            let verdicts = serde_json::from_value::<Verdicts>(answer.json()).unwrap().verdicts;
            assert!(verdicts.len() == 3 && verdicts.iter().all(|item| item.verdict == expected), "{verdicts:?}");
            pulse.answered();
        }
    }
    number
}

/// Creates links, and requests each again with its idempotency key. Returns how many there were.
async fn create(api: Api, brand: Brand, pulse: Pulse) -> usize {
    let mut number = 0;
    while pulse.goes_on() {
        let slug = format!("rolling-{number}");
        let body = json!({"programId": brand.program.to_string(), "affiliateId": brand.partner.affiliate.to_string(),
                          "slug": slug, "destination": "https://acme.test/rolling"});
        let once = || Request::post("/api/v1/links", body.to_string()).header("Idempotency-Key", &slug);
        let made = api.send(once()).await.expect_status(201).json();
        pulse.answered();
        let again = api.send(once()).await.expect_status(201);
        assert_eq!((again.header("idempotency-replayed"), again.json() == made), (Some("true"), true), "{slug}");
        pulse.answered();
        number += 1;
    }
    number
}

/// Reads lists by API. Returns how many.
async fn read(api: Api, pulse: Pulse) -> usize {
    let mut number = 0;
    while pulse.goes_on() {
        for list in ["programs", "conversions", "commissions", "links"] {
            api.get(&format!("/{list}?perPage=20")).await.expect_status(200);
            pulse.answered();
            number += 1;
        }
    }
    number
}

/// Opens pages of the dashboard. Returns how many.
async fn browse(mut marketer: Marketer, organization: String, pulse: Pulse) -> usize {
    let mut number = 0;
    while pulse.goes_on() {
        for page in ["", "/conversions", "/affiliates", "/commissions"] {
            let target = format!("/dashboard{page}?organization={organization}");
            marketer.browser.get(&target).await.expect_status(200);
            pulse.answered();
            number += 1;
        }
    }
    number
}

struct Caller {
    name: &'static str,
    answers: Arc<AtomicUsize>,
    running: JoinHandle<usize>,
}

/// Callers that never pause, and don't try again.
struct Traffic {
    stop: Arc<AtomicBool>,
    callers: Vec<Caller>,
}

impl Traffic {
    async fn start(world: &World, base: &str) -> Self {
        let mut traffic = Self { stop: Arc::default(), callers: Vec::new() };
        let (acme, globex) = (world.acme.clone(), world.globex.clone());
        let (organization, api) = (acme.organization.to_string(), Api::new(base, &acme.api_key));
        let mut marketer = Marketer::new(base);
        marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
        let (intake, brand, writer) = (Intake::new(base), acme.clone(), api.clone());
        traffic.add("acme", |pulse| report(intake, acme, pulse));
        let intake = Intake::new(base);
        traffic.add("globex", |pulse| report(intake, globex, pulse));
        traffic.add("links", |pulse| create(writer, brand, pulse));
        traffic.add("lists", |pulse| read(api, pulse));
        traffic.add("pages", |pulse| browse(marketer, organization, pulse));
        traffic
    }

    fn add<F>(&mut self, name: &'static str, call: impl FnOnce(Pulse) -> F)
    where
        F: Future<Output = usize> + Send + 'static,
    {
        let answers = Arc::<AtomicUsize>::default();
        let pulse = Pulse { stop: Arc::clone(&self.stop), answers: Arc::clone(&answers) };
        self.callers.push(Caller { name, answers, running: tokio::spawn(call(pulse)) });
    }

    /// Until every caller has got more answers.
    async fn runs_on(&self) {
        let answers = |caller: &Caller| caller.answers.load(Ordering::SeqCst);
        let goals: Vec<usize> = self.callers.iter().map(|caller| answers(caller) + ANSWERS).collect();
        wait::until("every caller to be answered", 60, async || {
            for caller in &self.callers {
                assert!(!caller.running.is_finished(), "a request of {} failed", caller.name);
            }
            self.callers.iter().zip(&goals).all(|(caller, goal)| answers(caller) >= *goal).then_some(())
        })
        .await;
    }

    /// What each caller did.
    async fn end(self) -> BTreeMap<&'static str, usize> {
        self.stop.store(true, Ordering::SeqCst);
        let mut done = BTreeMap::new();
        for caller in self.callers {
            done.insert(caller.name, caller.running.await.unwrap());
        }
        done
    }
}

/// Applies the migrations of a later build, as its `rekomi migrate` would.
async fn expand(world: &World) {
    let last = world.database.count("select max(version) from _sqlx_migrations").await;
    let migrations = (last + 1..).zip(LATER).map(|(version, statements)| {
        let statements = statements.into_sql_str();
        Migration::new(version, "later".into(), MigrationType::Simple, statements, false)
    });
    let mut later = Migrator::with_migrations(migrations.collect());
    // Those of this build are applied already.
    later.set_ignore_missing(true);
    later.run(&mut world.database.connect().await).await.unwrap();
}

/// Stops a process once the one that takes its place gets connections, which it returns.
async fn replace(old: &mut Ledger, balancer: &Balancer, traffic: &Traffic) -> Ledger {
    let mut new = old.beside();
    new.start().await;
    balancer.add(&new.base()).await;
    traffic.runs_on().await;
    block_in_place(|| old.stop());
    traffic.runs_on().await;
    new
}

#[tokio::test(flavor = "multi_thread")]
async fn every_process_is_replaced_while_requests_come() {
    let balancer = Balancer::start();
    let plan = Plan::default().ledger_setting("REKOMI_PUBLIC_URL", &balancer.base());
    let mut world = plan.ledger_setting("REKOMI_DRAIN_SECONDS", "2").start().await;
    let mut second = world.ledger.beside();
    second.start().await;
    for ledger in [&world.ledger, &second] {
        balancer.add(&ledger.base()).await;
    }
    let traffic = Traffic::start(&world, &balancer.base()).await;
    traffic.runs_on().await;

    expand(&world).await;
    traffic.runs_on().await;
    // Its own `migrate`, as at each start of a container, has nothing to do there.
    block_in_place(|| world.database.server.migrate(&world.database.name));
    let mut third = replace(&mut world.ledger, &balancer, &traffic).await;
    let mut fourth = replace(&mut second, &balancer, &traffic).await;
    let done = traffic.end().await;

    println!("{done:?}");
    for ledger in [&world.ledger, &second, &third, &fourth] {
        assert!(balancer.connections(&ledger.base()) > 0, "each gets its part");
        assert!(!ledger.log().contains("still open at the shutdown deadline"), "{}", ledger.log());
    }
    assert_eq!(balancer.dropped(), 0, "there was always one that is ready");
    let batches = done["acme"] + done["globex"];
    let count = async |query: &str| usize::try_from(world.database.count(query).await).unwrap();
    assert_eq!(count("select count(*) from clicks").await, batches * 2);
    assert_eq!(count("select count(*) from conversions").await, batches);
    assert_eq!(count("select count(*) from commissions where amount = 1980").await, batches);
    assert_eq!(count("select count(*) from quarantine").await, 0);
    assert_eq!(count("select count(*) from links where slug like 'rolling-%'").await, done["links"]);
    block_in_place(|| {
        third.stop();
        fourth.stop();
    });
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_without_its_migrations_does_not_start() {
    let world = World::start().await;
    let last = "where version = (select max(version) from _sqlx_migrations)";
    world.database.run(&format!("update _sqlx_migrations set success = false {last}")).await;
    let unready = Request::get("/readyz").send(&world.ledger.base()).await.unwrap();
    assert_eq!(unready.refusal(), (503, "not_ready".to_owned()), "nor is one ready that runs");
    let log = settings::folder().join("refused.log");
    let mut refused = Child::start("another ledger", world.ledger.beside().command("serve"), &log);
    let status = wait::until("the other ledger to end", 20, async || refused.exited()).await;
    assert!(!status.success() && refused.last_words().contains("is missing migrations"), "{}", refused.last_words());
    world.database.run(&format!("update _sqlx_migrations set success = true {last}")).await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_stops_first_says_that_it_is_not_ready() {
    let mut world = Plan::default().ledger_setting("REKOMI_DRAIN_SECONDS", "300").start().await;
    let process = Pid::from_raw(i32::try_from(world.ledger.id().unwrap()).unwrap());
    kill(process, Signal::SIGTERM).unwrap();
    let unready = wait::until("it to say that it stops", 10, async || {
        let answer = Request::get("/readyz").send(&world.ledger.base()).await.unwrap();
        (answer.status == 503).then_some(answer)
    })
    .await;
    assert_eq!(unready.refusal(), (503, "not_ready".to_owned()));
    // A balancer that hasn't seen it yet still sends requests.
    world.api().get("/programs").await.expect_status(200);
    world.intake().accept(&[world.acme.click(&world.acme.partner)]).await;
    // A second signal, which ends the wait.
    let started = Instant::now();
    block_in_place(|| world.ledger.stop());
    assert!(started.elapsed() < patience(9), "{:?}: it was killed", started.elapsed());
    assert_eq!(world.database.count("select count(*) from clicks").await, 1);
    world.finish().await;
}
