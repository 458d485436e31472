//! Goal: taking in events, and the jobs after them, read what they name, and not the whole organization for each of them.
//! Method: clicks on the links of 3,000 affiliates, and sales of theirs, in batches, so that connections keep plans for any
//! values; the jobs run; then Postgres' own counters say how many rows were read. All affiliates joined at once, which makes the
//! index on that time so small that Postgres likes to read all of it. The same for the first sales of a new installation.

use shared::{event::Event, id::Id};
use tokio::task::block_in_place;
use world::{
    World,
    brand::{But, Partner},
    wait::{self, now},
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
    let tables = ["accounts", "affiliates", "links", "milestone_emails", "milestones"];
    let before = rows_read(&world, &tables).await;
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
    wait_for_counters(&world, &["conversions", "clicks"]).await;
    // Each batch may read the organization a few times, as some jobs do; a batch that did so for each event would alone read a
    // twentieth of this.
    expect_at_most(2 * BATCHES * AFFILIATES * 4, &before, &rows_read(&world, &tables).await);
    world.finish().await;
}

/// No one has analyzed the tables, and connections keep plans from when they were empty.
#[tokio::test(flavor = "multi_thread")]
async fn first_events_read_what_they_name() {
    let tables = ["click_origins", "conversions", "customer_emails", "customers", "events", "touches"];
    let world = World::start().await;
    let before = rows_read(&world, &tables).await;
    for number in 0..BATCHES {
        let sale = |number: usize| {
            world.acme.sale(&format!("first-{number}"), 4_900).but(|sale| {
                sale.click_token = Some(world.acme.token(&world.acme.partner, now()));
                sale.customer_id = Some(format!("customer-{number}"));
                sale.customer_email = Some(format!("customer-{number}@buyers.test"));
            })
        };
        let sales: Vec<Event> = (number * BATCH..(number + 1) * BATCH).map(sale).collect();
        world.intake().accept(&sales).await;
    }
    wait_for_counters(&world, &["conversions"]).await;
    // Each sale is read a few times; if each read all that came before it, there would be a thousand times as many rows.
    expect_at_most(20 * BATCHES * BATCH, &before, &rows_read(&world, &tables).await);
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

/// How many rows were read of these tables, by the index that led to them.
async fn rows_read(world: &World, tables: &[&str]) -> Vec<(String, usize)> {
    let tables = tables.join("', '");
    let counters = format!(
        "select indexrelname as a, idx_tup_read as b from pg_stat_user_indexes where relname in ('{tables}')
         union all
         select relname, coalesce(seq_tup_read, 0) from pg_stat_user_tables where relname in ('{tables}')
         order by 1"
    );
    let rows = world.database.texts(&counters).await;
    rows.into_iter().map(|row| (row[0].clone(), row[1].parse().unwrap())).collect()
}

fn expect_at_most(most: usize, before: &[(String, usize)], after: &[(String, usize)]) {
    for ((index, before), (_, after)) in before.iter().zip(after) {
        let rows = after - before;
        assert!(rows < most, "{rows} rows were read by {index}; at most {most} are expected");
    }
}

/// Waits until the events of all batches are counted in these tables. A transaction reports all that it read and wrote at once.
async fn wait_for_counters(world: &World, tables: &[&str]) {
    for table in tables {
        wait::until("Postgres to count", 60, async || (written(world, table).await >= BATCHES * BATCH).then_some(()))
            .await;
    }
}

/// How many rows were inserted into a table and its partitions.
async fn written(world: &World, table: &str) -> usize {
    let counter = format!(
        "select coalesce(sum(n_tup_ins), 0)::bigint from pg_stat_user_tables where relname ~ '^{table}(_[0-9_]+)?$'"
    );
    usize::try_from(world.database.count(&counter).await).unwrap()
}
