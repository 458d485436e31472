//! Goal: no statement is slow because of what Postgres believes about tables: neither while verifying a restored database, whose
//! tables have no statistics yet, nor for a large organization among many small ones.
//! Method: tables without statistics; the app's own role, which may not analyze a table, has those of the large ones
//! refreshed. A large organization beside 500 small ones, from before the migrations that correct what Postgres believes, and one
//! alone; then the plan of a statement for any values shows how it finds a row. One organization with payouts among 500, and the plan of
//! the job that looks for such.

use std::fs;

use sqlx::{AssertSqlSafe, Row, migrate::Migrator};
use world::{
    database::{Database, Server, run},
    settings,
};

#[tokio::test]
async fn the_app_refreshes_those_of_large_tables() {
    let database = Server::of_this_run().migrated().await;
    database
        .run(
            "insert into tenants (id, created_at) values ('01900000-0000-7000-8000-000000000001', now());
             insert into organizations (organization_id, slug, name, created_at)
                 values ('01900000-0000-7000-8000-000000000001', 'large', 'Large', now());
             insert into events (organization_id, id, kind, digest, received_at, booked_at, request_id, body)
                 select '01900000-0000-7000-8000-000000000001', gen_random_uuid(), 'conversion', sha256('x'), now(), now(),
                        'large', repeat(md5(n::text), 30)
                 from generate_series(1, 2000) n",
        )
        .await;
    let analyzed = async |table: &str| {
        database
            .count(&format!("select count(*) from pg_class where oid = '{table}'::regclass and reltuples > 0"))
            .await
    };
    assert_eq!(analyzed("events").await, 0, "no one has analyzed it");
    let mut app = database.connect_as_app().await;
    run(&mut app, "select rekomi_refresh_statistics()").await;
    assert_eq!(analyzed("events").await, 1);
    assert_eq!(analyzed("organizations").await, 0, "a small table needs none");
}

/// How the app's role would run a statement.
async fn plan(database: &Database, explain: String) -> String {
    let mut app = database.connect_as_app().await;
    let rows = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(&mut app).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>().join("\n")
}

/// Postgres expects to read a page of an index and one of the table, which it counts as 8.
async fn is_found_at_once(database: &Database, explain: &str) {
    let found = plan(database, explain.to_owned()).await;
    let cost: f64 = found.split("..").nth(1).and_then(|rest| rest.split(' ').next()).unwrap().parse().unwrap();
    assert!(cost < 15.0, "it reads the whole organization:\n{found}");
}

#[tokio::test]
async fn a_large_organization_among_many_is_not_taken_for_one_row() {
    let server = Server::of_this_run();
    let database = server.empty().await;
    let mut migrator = Migrator::new(settings::root().join("migrations")).await.unwrap();
    migrator.set_ignore_missing(true);
    migrator.run_to(98, &mut database.connect().await).await.unwrap();
    database
        .run(
            "insert into tenants (id, created_at) select gen_random_uuid(), now() from generate_series(0, 500);
             insert into organizations (organization_id, slug, name, created_at)
                 select id, 'brand-' || row_number() over (), 'Brand', created_at from tenants;
             insert into affiliates (organization_id, id, slug, email, name, created_at)
                 select o.organization_id, gen_random_uuid(), 'lauren-' || n, n || '@creators.test', 'Lauren', now()
                 from organizations o, generate_series(1, case o.slug when 'brand-1' then 6000 else 4 end) n;
             analyze affiliates",
        )
        .await;
    server.migrate(&database.name);
    let by_id = "explain (generic_plan) select name from affiliates where organization_id = $1 and id = $2";
    is_found_at_once(&database, by_id).await;
}

/// The index on the time they joined is the smallest then: Postgres likes to read all of it.
#[tokio::test]
async fn one_of_many_who_joined_at_once_is_found_by_id() {
    let database = Server::of_this_run().migrated().await;
    database
        .run(
            "insert into tenants (id, created_at) values (gen_random_uuid(), now());
             insert into organizations (organization_id, slug, name, created_at)
                 select id, 'large', 'Large', created_at from tenants;
             insert into affiliates (organization_id, id, slug, email, name, created_at)
                 select organization_id, gen_random_uuid(), 'lauren-' || n, n || '@creators.test', 'Lauren', now()
                 from organizations, generate_series(1, 3000) n;
             analyze affiliates",
        )
        .await;
    let by_id = "explain (generic_plan) select name from affiliates where organization_id = $1 and id = $2";
    is_found_at_once(&database, by_id).await;
    let by_names = "explain (generic_plan)
                    select a.name from unnest($1::uuid[], $2::uuid[]) n (organization_id, id)
                    join affiliates a on a.organization_id = n.organization_id and a.id = n.id";
    let batch = plan(&database, by_names.to_owned()).await;
    assert!(batch.contains("(id = n.id))") && !batch.contains("Seq Scan"), "it reads all of them:\n{batch}");
}

#[tokio::test]
async fn a_few_that_pay_among_many_are_found_by_an_index() {
    let database = Server::of_this_run().migrated().await;
    database
        .run(
            "insert into tenants (id, created_at) select gen_random_uuid(), now() from generate_series(1, 500);
             insert into organizations (organization_id, slug, name, created_at)
                 select id, 'brand-' || row_number() over (), 'Brand', created_at from tenants;
             insert into affiliates (organization_id, id, slug, email, name, created_at)
                 select organization_id, gen_random_uuid(), 'lauren', 'lauren@creators.test', 'Lauren', now()
                 from organizations where slug = 'brand-1';
             insert into payouts (organization_id, id, affiliate_id, currency, amount, rail, status, actor, sent_at, created_at,
                                  updated_at)
                 select organization_id, gen_random_uuid(), id, 'USD', 100, 'PayPal', 'Sent', 'usr', now(), now(), now()
                 from affiliates, generate_series(1, 5000);
             analyze organizations, payouts",
        )
        .await;
    let store = fs::read_to_string(settings::root().join("ledger/payouts/src/tax/maintenance_store.rs")).unwrap();
    let statement = store.split('"').find(|text| text.starts_with("select o.organization_id from organizations o"));
    let statement = statement.expect("the statement that finds organizations with work");
    let explain = format!("explain {}", statement.replace("$1", "current_date").replace("$2", "2020"));
    let found = plan(&database, explain).await;
    assert!(found.contains("payouts_sent"), "it reads all payouts for each organization:\n{found}");
}
