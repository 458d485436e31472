//! Goal: what a job reads every few minutes, it finds by an index, however much there is of earlier years.
//! Method: rows of many years, and the plan that Postgres makes of the job's condition.

use sqlx::AssertSqlSafe;
use world::database::{Server, run};

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
