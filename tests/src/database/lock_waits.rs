//! Who waits for a lock, on whichever server.

use sqlx::{AssertSqlSafe, PgConnection};

use super::Database;
use crate::citus;

impl Database {
    /// How many transactions wait for a lock and meet a condition about their `query` or `application_name`.
    ///
    /// On a cluster, most wait on the server that has the rows. The coordinator lists them by its own processes: the last ten digits
    /// of their numbers are those in `pg_stat_activity`.
    pub async fn lock_waits(&self, condition: &str) -> i64 {
        let here = format!(
            "select pid::bigint from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock' and {condition}"
        );
        let elsewhere = format!(
            " union select w.waiting_gpid % 10000000000 from citus_lock_waits w
             join citus_stat_activity a on a.global_pid = w.waiting_gpid and not a.is_worker_query where {condition}"
        );
        let elsewhere = if self.server.is_coordinator() { elsewhere.as_str() } else { "" };
        self.count(&format!("select count(*) from ({here}{elsewhere}) w")).await
    }

    /// A connection to each server that has rows of the database.
    pub async fn connect_everywhere(&self) -> Vec<PgConnection> {
        citus::connect_everywhere(&self.server, &self.name).await
    }

    /// The sum of a number that each server says about itself.
    pub async fn count_everywhere(&self, query: &str) -> i64 {
        let mut sum = 0;
        for mut connection in self.connect_everywhere().await {
            let query = sqlx::query_scalar::<_, i64>(AssertSqlSafe(query.to_owned()));
            sum += query.fetch_one(&mut connection).await.unwrap();
        }
        sum
    }
}
