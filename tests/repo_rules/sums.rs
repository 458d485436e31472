//! Goal: sums over millions of rows are grouped by a column, not by what would have to be computed for each row.
//! Method: the statement of the click summary is prepared in a database with clicks; its plan is read, and its sums are
//! compared with those of a plain statement.

use sqlx::{AssertSqlSafe, PgConnection, Row, postgres::PgRow};
use world::database::{Server, run};

use crate::indexes::{ORGANIZATION, plan, statement};

async fn rows(app: &mut PgConnection, query: &str) -> Vec<PgRow> {
    sqlx::raw_sql(AssertSqlSafe(query.to_owned()))
        .fetch_all(app)
        .await
        .unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// A key, and its clicks, counted and uncounted.
fn group(row: &PgRow) -> (String, i64, i64) {
    (row.get(0), row.get(1), row.get(2))
}

/// The sums over all groups.
fn totals(row: &PgRow) -> (i64, i64) {
    (row.get(3), row.get(4))
}

#[tokio::test]
async fn clicks_are_grouped_by_a_column() {
    let database = Server::of_this_run().migrated().await;
    database
        .run(&format!(
            "insert into click_hours (organization_id, hour, program_id, affiliate_id, link_id, clicks, uncounted)
                 select '{ORGANIZATION}', timestamptz '2026-03-01T00:00:00Z' + n * interval '1 hour',
                        md5('program' || link % 2)::uuid, md5('affiliate' || link % 3)::uuid, md5('link' || link)::uuid,
                        n * link % 5, n % 2
                 from generate_series(0, 99) n, generate_series(1, 6) link;
             analyze click_hours"
        ))
        .await;
    let mut app = database.connect_as_app().await;
    run(&mut app, &format!("set rekomi.tenants = '{ORGANIZATION}'; set plan_cache_mode = force_custom_plan")).await;
    let summary = statement("ledger/ui/src/api/summary_store.rs", "from click_hours");
    let day = "to_char(hour at time zone 'UTC', 'YYYY-MM-DD')";
    let groupings = [
        ("affiliate", "affiliate_id", "affiliate_id::text"),
        ("link", "link_id", "link_id::text"),
        ("program", "program_id", "program_id::text"),
        ("day", "hour", day),
    ];
    for (by, column, key) in groupings {
        // Its first and last day aren't whole.
        let values = format!("'{ORGANIZATION}', '2026-03-01T05:13:00Z', '2026-03-04T02:17:00Z', null, null, '{by}'");
        let found = plan(&mut app, &summary, &values).await;
        let is_grouped = found.lines().any(|line| line.trim() == format!("Group Key: click_hours.{column}"));
        assert!(is_grouped, "{by}: millions of rows would be grouped by what is computed for each:\n{found}");
        let plain = format!(
            "select {key}, sum(clicks)::bigint, sum(uncounted)::bigint from click_hours
             where hour >= '2026-03-01T05:00:00Z' and hour < '2026-03-04T02:17:00Z' group by 1"
        );
        let mut expected: Vec<_> = rows(&mut app, &plain).await.iter().map(group).collect();
        let all =
            expected.iter().fold((0_i64, 0_i64), |all, (_, clicks, uncounted)| (all.0 + clicks, all.1 + uncounted));
        let groups = rows(&mut app, &format!("execute filtered ({values})")).await;
        assert!(groups.iter().all(|row| totals(row) == all), "{by}: all groups together are {all:?}");
        let mut groups: Vec<_> = groups.iter().map(group).collect();
        groups.sort();
        expected.sort();
        assert_eq!(groups, expected, "{by}");
    }
}
