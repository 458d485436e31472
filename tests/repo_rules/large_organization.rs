//! Goal: taking in events, and the jobs after them, read what they name, and not the whole organization for each of them.
//! Method: clicks on the links of 3,000 affiliates, and sales of theirs, in batches, so that connections keep plans for any
//! values; the jobs run; then Postgres' own counters say how many rows were read. All affiliates joined at once, which makes the index on
//! that time so small that Postgres likes to read all of it.

use shared::{event::Event, id::Id};
use tokio::task::block_in_place;
use world::{
    World,
    brand::{But, Partner},
    wait,
};

const AFFILIATES: usize = 3_000;
const BATCHES: usize = 20;
const BATCH: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_large_organization_read_what_they_name() {
    let mut world = World::start().await;
    let partners = crowd(&world).await;
    // Connections keep plans for checking foreign keys, too, until the table is analyzed: those from when it was empty.
    block_in_place(|| world.ledger.stop());
    world.ledger.start().await;
    let named = |number: usize| &partners[number * 7 % AFFILIATES];
    let batch =
        |first: usize, event: &dyn Fn(usize) -> Event| -> Vec<Event> { (first..first + BATCH).map(event).collect() };
    let before = rows_read(&world).await;
    for number in 0..BATCHES {
        let clicks = batch(number * BATCH, &|number| world.acme.click(named(number)));
        world.intake().accept(&clicks).await;
        let sales = batch(number * BATCH, &|number| {
            let sale = world.acme.sale(&format!("crowd-{number}"), 4_900);
            sale.but(|sale| sale.affiliate_slug = Some(named(number).slug.clone()))
        });
        world.intake().accept(&sales).await;
    }
    // Emails about first clicks and sales read each affiliate.
    world.ledger.run_jobs().await;
    // A transaction reports all that it read and wrote at once.
    for table in ["conversions", "clicks"] {
        wait::until("Postgres to count", 60, async || (written(&world, table).await >= BATCHES * BATCH).then_some(()))
            .await;
    }
    let after = rows_read(&world).await;
    for ((index, before), (_, after)) in before.iter().zip(&after) {
        let rows = after - before;
        // Each batch may read the organization a few times, as some jobs do; a batch that did so for each event would alone read
        // a twentieth of this.
        let most = 2 * BATCHES * AFFILIATES * 4;
        assert!(rows < most, "{rows} rows were read by {index}, for {} events", 2 * BATCHES * BATCH);
    }
    world.finish().await;
}

/// Affiliates with a link each.
async fn crowd(world: &World) -> Vec<Partner> {
    let (organization, program, host) =
        (world.acme.organization.uuid(), world.acme.program.uuid(), &world.acme.partner.host);
    let insert = format!(
        "insert into affiliates (organization_id, id, slug, email, name, status, created_at)
         select '{organization}', gen_random_uuid(), 'crowd-' || n, n || '@crowd.test', 'Crowd ' || n, 'Approved', now()
         from generate_series(1, {AFFILIATES}) n;
         insert into links (organization_id, id, program_id, affiliate_id, host, slug, destination, created_at)
         select organization_id, gen_random_uuid(), '{program}', id, '{host}', slug, 'https://brand.test/', created_at
         from affiliates where slug like 'crowd-%';
         analyze affiliates; analyze links"
    );
    world.database.run(&insert).await;
    let links = "select affiliate_id as a, id as b, slug as c from links where slug like 'crowd-%' order by slug";
    let id = |text: &str| text.parse().unwrap();
    let partner = |row: Vec<String>| {
        let [affiliate, link, slug] = <[String; 3]>::try_from(row).unwrap();
        Partner { affiliate: Id::new(id(&affiliate)), link: Id::new(id(&link)), slug, host: host.clone() }
    };
    world.database.texts(links).await.into_iter().map(partner).collect()
}

/// How many rows were read of tables in which affiliates have rows, by the index that led to them.
async fn rows_read(world: &World) -> Vec<(String, usize)> {
    let counters = "select indexrelname as a, idx_tup_read as b from pg_stat_user_indexes
                    where relname in ('accounts', 'affiliates', 'links', 'milestone_emails', 'milestones')
                    union all
                    select relname, coalesce(seq_tup_read, 0) from pg_stat_user_tables
                    where relname in ('accounts', 'affiliates', 'links', 'milestone_emails', 'milestones')
                    order by 1";
    let rows = world.database.texts(counters).await;
    rows.into_iter().map(|row| (row[0].clone(), row[1].parse().unwrap())).collect()
}

/// How many rows were inserted into a table and its partitions.
async fn written(world: &World, table: &str) -> usize {
    let counter = format!(
        "select coalesce(sum(n_tup_ins), 0)::bigint from pg_stat_user_tables where relname ~ '^{table}(_[0-9_]+)?$'"
    );
    usize::try_from(world.database.count(&counter).await).unwrap()
}
