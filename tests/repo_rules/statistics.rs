//! Goal: verifying a restored database doesn't depend on statistics that no one has gathered yet.
//! Method: tables without statistics; the app's own role, which may not analyze a table, has those of the large ones
//! refreshed.

use world::database::{Server, run};

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
