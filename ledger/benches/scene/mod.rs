//! What the benchmarks share: ids, clocks, medians and a separate database.

use std::time::{SystemTime, UNIX_EPOCH};

use shared::{
    id::{Id, Kind},
    timestamp::Timestamp,
};
use sqlx::{AssertSqlSafe, PgConnection};

pub(crate) const KEYS: &str = "1:4242424242424242424242424242424242424242424242424242424242424242";

pub(crate) fn now() -> Timestamp {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    Timestamp::from_millis(i64::try_from(millis).unwrap()).unwrap()
}

pub(crate) fn new_id<K: Kind>() -> Id<K> {
    Id::v7(now().millis().unsigned_abs(), &rand::random())
}

pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

pub(crate) async fn execute(connection: &mut PgConnection, statement: &str) {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(connection).await.unwrap();
}

pub(crate) fn with_database(server: &str, database: &str) -> String {
    let mut url = url::Url::parse(server).unwrap();
    url.set_path(database);
    url.into()
}

/// The same URL with the database role that serves requests.
pub(crate) fn served(owner_url: &str) -> String {
    let mut url = url::Url::parse(owner_url).unwrap();
    url.set_username("rekomi_app").unwrap();
    url.set_password(Some("bench")).unwrap();
    url.into()
}
