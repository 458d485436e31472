//! Goal: `kill -9` of Postgres or of the ledger under load loses nothing that was acknowledged, and books nothing twice.
//! Method: four consumers post batches without a pause, and again what was not answered; meanwhile the part is killed and
//! started again; then every acknowledged event must be there, and every delivered one at most once.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use shared::event::Event;
use world::{
    Plan, World,
    brand::{Brand, But},
    client::intake::Intake,
    cluster::Cluster,
    http::Response,
    wait,
};

/// What was sent, and how many posts were acknowledged.
#[derive(Debug, Default)]
struct Tally {
    acknowledged: Vec<Event>,
    refused: u32,
}

/// Posts until told to stop; a batch that was not acknowledged is posted again, as the queue does.
async fn consume(intake: Intake, brand: Brand, name: String, stop: Arc<AtomicBool>, tally: Arc<Mutex<Tally>>) {
    let mut number = 0;
    while !stop.load(Ordering::SeqCst) {
        let slug = brand.partner.slug.clone();
        let customer = format!("{name}-{}", number % 9);
        let sale = brand.sale(&format!("{name}-{number}"), 9_900).but(|report| {
            report.affiliate_slug = Some(slug);
            report.customer_id = Some(customer);
        });
        let events = vec![brand.click(&brand.partner), brand.click(&brand.partner), sale];
        number += 1;
        let started = Instant::now();
        while !is_acknowledged(intake.try_post(&events).await) {
            tally.lock().unwrap().refused += 1;
            assert!(started.elapsed() < wait::patience(60), "a batch is not acknowledged");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tally.lock().unwrap().acknowledged.extend(events);
    }
}

fn is_acknowledged(answer: io::Result<Response>) -> bool {
    let Ok(response) = answer else { return false };
    assert!(matches!(response.status, 200 | 503), "{}", response.text());
    response.status == 200
}

pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    tally: Arc<Mutex<Tally>>,
    consumers: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    pub(crate) fn start(world: &World) -> Self {
        let (stop, tally) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Tally::default())));
        let consumers = (0..4)
            .map(|number| {
                let name = format!("load-{number}");
                tokio::spawn(consume(world.intake(), world.acme.clone(), name, Arc::clone(&stop), Arc::clone(&tally)))
            })
            .collect();
        Self { stop, tally, consumers }
    }

    fn acknowledged(&self) -> usize {
        self.tally.lock().unwrap().acknowledged.len()
    }

    /// Until so many more events are acknowledged.
    pub(crate) async fn runs_on(&self, more: usize) {
        let goal = self.acknowledged() + more;
        wait::until("the load to go on", 60, async || (self.acknowledged() >= goal).then_some(())).await;
    }

    /// Ends it, and returns how many posts were refused or not answered.
    pub(crate) async fn end(mut self, world: &World) -> u32 {
        self.stop.store(true, Ordering::SeqCst);
        for consumer in std::mem::take(&mut self.consumers) {
            consumer.await.unwrap();
        }
        let (acknowledged, refused) = (self.acknowledged(), self.tally.lock().unwrap().refused);
        let (clicks, sales) = (acknowledged * 2 / 3, acknowledged / 3);
        println!("{clicks} clicks and {sales} sales acknowledged, {refused} posts not answered or refused");
        let count = async |query: &str| usize::try_from(world.database.count(query).await).unwrap();
        assert_eq!(count("select count(*) from clicks").await, clicks);
        assert_eq!(count("select count(*) from conversions").await, sales);
        assert_eq!(count("select count(*) from commissions where amount = 1980").await, sales);
        assert_eq!(count("select count(*) from quarantine").await, 0);
        refused
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres() {
    let mut cluster = Cluster::start().await;
    let world = Plan::default().server(cluster.server()).start().await;
    let load = Load::start(&world);
    for _ in 0..2 {
        load.runs_on(60).await;
        cluster.kill();
        tokio::time::sleep(Duration::from_millis(300)).await; // down for a while, as a crash is
        cluster.restart().await;
    }
    load.runs_on(60).await;
    assert!(load.end(&world).await > 0, "the fault was felt");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ledger() {
    let mut world = World::start().await;
    let load = Load::start(&world);
    for _ in 0..3 {
        load.runs_on(60).await;
        world.ledger.kill();
        world.ledger.start().await;
    }
    load.runs_on(60).await;
    assert!(load.end(&world).await > 0, "the fault was felt");
    world.finish().await;
}
