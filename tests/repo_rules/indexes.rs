//! Goal: filters, and jobs that run every few minutes, find their rows by an index, however many an organization has.
//! Method: in a database with thousands of rows, the plans of statements show which index they use.

use std::{fs, path::PathBuf};

use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection, Row};
use world::{
    database::{Server, run},
    settings,
};

pub(crate) const ORGANIZATION: &str = "01900000-0000-7000-8000-000000000001";

/// The statement of a file with this part.
pub(crate) fn statement(path: &str, part: &str) -> String {
    let source = fs::read_to_string(settings::root().join(path)).unwrap();
    let texts = source.split("r#\"").skip(1).filter_map(|rest| rest.split("\"#").next());
    let found: Vec<&str> = texts.filter(|text| text.contains(part)).collect();
    assert_eq!(found.len(), 1, "{path}: {part}");
    found.concat()
}

/// The recorded statement with this part, for one that its file puts together.
fn recorded(part: &str) -> String {
    let files = fs::read_dir(settings::root().join(".sqlx")).unwrap();
    let read = |path: PathBuf| serde_json::from_str::<Value>(&fs::read_to_string(path).unwrap()).unwrap();
    let texts = files.map(|file| read(file.unwrap().path())["query"].as_str().unwrap().to_owned());
    let found: Vec<String> = texts.filter(|text| text.contains(part)).collect();
    assert_eq!(found.len(), 1, "{part}");
    found.concat()
}

/// How the app's role would run a statement with these values. It stays prepared as `filtered`.
pub(crate) async fn plan(app: &mut PgConnection, statement: &str, values: &str) -> String {
    run(app, &format!("deallocate all; prepare filtered as {statement}")).await;
    let explain = AssertSqlSafe(format!("explain execute filtered ({values})"));
    let rows = sqlx::raw_sql(explain).fetch_all(app).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn what_a_customer_bought_is_found_by_the_customer() {
    let database = Server::of_this_run().migrated().await;
    database
        .run(&format!(
            "insert into tenants (id, created_at) values ('{ORGANIZATION}', now());
             insert into organizations (organization_id, slug, name, created_at)
                 values ('{ORGANIZATION}', 'large', 'Large', now());
             insert into customers (organization_id, id, external_id, buyer_id, group_id, created_at)
                 select '{ORGANIZATION}', id, 'customer-' || n, id, id, now()
                 from (select n, gen_random_uuid() as id from generate_series(1, 3000) n) c;
             insert into customer_emails (organization_id, customer_id, email_key)
                 select organization_id, id, external_id || '@buyers.test' from customers;
             insert into conversions (organization_id, id, event_id, external_id, source, verified, kind, status, customer_id,
                                      amount, paid, currency, occurred_at, created_at, updated_at)
                 select organization_id, gen_random_uuid(), gen_random_uuid(), 'lead-' || external_id, 'S2s', true, 'Lead',
                        'Unattributed', id, 0, 0, 'USD', now(), now(), now() from customers;
             analyze customers, customer_emails, conversions"
        ))
        .await;
    let mut app = database.connect_as_app().await;
    run(&mut app, &format!("set rekomi.tenants = '{ORGANIZATION}'; set plan_cache_mode = force_custom_plan")).await;
    let conversions = recorded("n.external_id = $7");
    let leads = statement("ledger/engine/src/lead/store.rs", "y.email_key = own.email_key");
    let (four, five) = ("null, null, null, null", "null, null, null, null, null");
    let values = [
        (&conversions, format!("{five}, 'customer-7', {four}, 51, false, false, {five}")),
        (&leads, format!("{five}, 'customer-7', null, {four}, false, 51, '{{}}'")),
        (&leads, format!("{five}, null, 'customer-7@buyers.test', {four}, false, 51, '{{}}'")),
    ];
    for (statement, values) in values {
        let found = plan(&mut app, statement, &format!("'{ORGANIZATION}', {values}")).await;
        assert!(found.contains("conversions_customer on conversions c "), "{values}: it reads all of them:\n{found}");
    }
}

#[tokio::test]
async fn a_recount_of_clicks_reads_what_the_last_days_earned() {
    let database = Server::of_this_run().with_demo().await;
    let acme = database.texts("select organization_id::text from organizations where slug = 'acme'").await.concat();
    database
        .run(
            "insert into commissions (organization_id, id, kind, day, affiliate_id, program_id, component, amount,
                                      earned, currency, status, hold_until, happened_at, reason, created_at, updated_at)
             select a.organization_id, gen_random_uuid(), 'Click', date '2010-01-01' + n, a.id, p.id, 0, 0,
                    0, 'USD', 'Denied', now(), now(), 'So many visitors', now(), now()
             from organizations o
             join lateral (select organization_id, id from affiliates a where a.organization_id = o.organization_id
                           order by id limit 5) a on true
             join lateral (select id from programs p where p.organization_id = o.organization_id
                           order by id limit 1) p on true,
                  generate_series(1, 3000) n
             where o.slug = 'acme';
             analyze commissions",
        )
        .await;
    let mut app = database.connect_as_app().await;
    run(&mut app, &format!("set rekomi.tenants = '{}'", acme[0])).await;
    let plan = format!(
        "explain (format json) select id from commissions
         where organization_id = '{}' and kind = 'Click' and day >= date '2018-03-01'",
        acme[0]
    );
    let plan: serde_json::Value = sqlx::query_scalar(AssertSqlSafe(plan)).fetch_one(&mut app).await.unwrap();
    assert!(plan.to_string().contains("commissions_click_days"), "{plan}");
}

/// A condition serves an index only if its functions are leakproof.
#[tokio::test]
async fn whom_an_applicant_names_is_found_by_an_index() {
    let database = Server::of_this_run().with_demo().await;
    let organization = database.texts("select organization_id from organizations where slug = 'acme'").await.concat();
    let mut app = database.connect_as_app().await;
    run(&mut app, &format!("set rekomi.tenants = '{}'", organization[0])).await;
    run(&mut app, "set enable_seqscan = off").await;
    let plan = format!(
        "explain (format json) select id from affiliates
         where organization_id = '{}' and name_key = lower('Lauren') and status = 'Approved'",
        organization[0]
    );
    let plan: serde_json::Value = sqlx::query_scalar(AssertSqlSafe(plan)).fetch_one(&mut app).await.unwrap();
    assert!(plan.to_string().contains("affiliates_by_name_key"), "{plan}");
}

/// The period begins and ends with a UTC day, so no part of a day is left over: nothing but the days' totals is to be read.
#[tokio::test]
async fn what_was_sold_on_parts_of_days_is_found_by_its_time() {
    let database = Server::of_this_run().migrated().await;
    database
        .run(&format!(
            "insert into tenants (id, created_at) values ('{ORGANIZATION}', now());
             insert into organizations (organization_id, slug, name, created_at)
                 values ('{ORGANIZATION}', 'large', 'Large', now());
             insert into programs (organization_id, id, slug, name, public_key, created_at)
                 values ('{ORGANIZATION}', gen_random_uuid(), 'main', 'Main', 'pk_large', now());
             insert into affiliates (organization_id, id, slug, email, name, created_at)
                 values ('{ORGANIZATION}', gen_random_uuid(), 'lauren', 'lauren@creators.test', 'Lauren', now());
             insert into conversions (organization_id, id, event_id, external_id, source, verified, kind, status, program_id,
                                      affiliate_id, amount, paid, currency, occurred_at, created_at, updated_at)
                 select '{ORGANIZATION}', gen_random_uuid(), gen_random_uuid(), 'sale-' || n, 'S2s', true, 'Sale', 'Pending',
                        p.id, a.id, 100, 100, 'USD', timestamptz '2026-01-01T00:00:00Z' + n * interval '10 minutes', now(), now()
                 from programs p, affiliates a, generate_series(1, 20000) n;
             insert into commissions (organization_id, id, kind, conversion_id, affiliate_id, program_id, component, amount,
                                      earned, currency, status, hold_until, happened_at, reason, created_at, updated_at)
                 select organization_id, gen_random_uuid(), 'Conversion', id, affiliate_id, program_id, 0, 20, 20, 'USD', 'Pending',
                        now(), occurred_at, '20 %', now(), now() from conversions;
             analyze conversions, commissions"
        ))
        .await;
    let source = fs::read_to_string(settings::root().join("ledger/engine/src/figures/sold_store.rs")).unwrap();
    let sold = source.split("$beginning\n").nth(1).and_then(|rest| rest.split_once("+ \"")).unwrap().1;
    let sold = sold.split("\"\n                + $end").next().unwrap();
    let sold = sold.replace("\" + $from + \"", "$2::timestamptz").replace("\" + $to + \"", "$3::timestamptz");
    let mut app = database.connect_as_app().await;
    run(&mut app, &format!("set rekomi.tenants = '{ORGANIZATION}'")).await;
    let statement = format!("select affiliate_id, sum(s.conversions) from {sold} group by 1");
    let march = format!("'{ORGANIZATION}', '2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z'");
    let found = plan(&mut app, &statement, &march).await;
    assert!(found.contains("conversions_newest") && !found.contains("Seq Scan"), "it reads all of them:\n{found}");
}
