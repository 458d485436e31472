//! The baseline: inserts all rows that booking created since a given time once more for another organization, with
//! plain UNNEST statements, one transaction per batch. Arrays are read and built before the clock starts.

use std::time::{Duration, Instant};

use shared::timestamp::Timestamp;
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, Postgres, Row,
    postgres::PgArguments,
    query::Query,
    types::{JsonValue, time::Date},
};
use uuid::Uuid;

/// Tables in foreign-key order, each with the clause that selects the rows of a round in the order of their batches.
const TABLES: &[(&str, &str)] = &[
    ("events", "where t.organization_id = $1 and t.booked_at >= $2 order by t.booked_at, t.id"),
    ("customers", "where t.organization_id = $1 and t.created_at >= $2 order by t.created_at, t.id"),
    (
        "customer_emails",
        "join customers c on c.organization_id = t.organization_id and c.id = t.customer_id
         where t.organization_id = $1 and c.created_at >= $2 order by c.created_at, c.id",
    ),
    (
        "touches",
        "join events e on e.organization_id = t.organization_id and e.id = t.event_id
         where t.organization_id = $1 and e.booked_at >= $2 order by e.booked_at, e.id",
    ),
    (
        "click_origins",
        "join conversions c on c.organization_id = t.organization_id and c.click_id = t.click_id
         where t.organization_id = $1 and c.created_at >= $2 order by c.created_at, c.id",
    ),
    ("conversions", "where t.organization_id = $1 and t.created_at >= $2 order by t.created_at, t.id"),
    ("commissions", "where t.organization_id = $1 and t.created_at >= $2 order by t.created_at, t.id"),
    ("transfers", "where t.organization_id = $1 and t.created_at >= $2 order by t.created_at, t.id"),
    ("messages", "where t.organization_id = $1 and t.created_at >= $2 order by t.created_at, t.id"),
];

enum Column {
    Uuids(Vec<Option<Uuid>>),
    Texts(Vec<Option<String>>),
    Bigs(Vec<Option<i64>>),
    Ints(Vec<Option<i32>>),
    Truths(Vec<Option<bool>>),
    Moments(Vec<Option<Timestamp>>),
    Dates(Vec<Option<Date>>),
    Jsons(Vec<Option<JsonValue>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

struct Table {
    statement: String,
    /// One list of columns per batch.
    columns: Vec<Vec<Column>>,
}

/// Returns how long the inserts took.
pub(crate) async fn insert_again(
    owner: &mut PgConnection,
    from: Uuid,
    to: Uuid,
    since: Timestamp,
    batches: usize,
) -> Duration {
    let accounts = "insert into accounts (organization_id, id, kind, affiliate_id, currency, balance)
                    select $2, id, kind, null, currency, 0 from accounts a where organization_id = $1 and affiliate_id is null
                    on conflict do nothing";
    sqlx::query(accounts).bind(from).bind(to).execute(&mut *owner).await.unwrap();
    let partners = "insert into affiliates (organization_id, id, slug, email, name, status, created_at)
                    select $2, id, id::text, id::text, name, status, created_at from affiliates where organization_id = $1
                    on conflict do nothing";
    sqlx::query(partners).bind(from).bind(to).execute(&mut *owner).await.unwrap();
    let theirs = "insert into accounts (organization_id, id, kind, affiliate_id, currency, balance)
                  select $2, id, kind, affiliate_id, currency, 0 from accounts where organization_id = $1 and affiliate_id is not null
                  on conflict do nothing";
    sqlx::query(theirs).bind(from).bind(to).execute(&mut *owner).await.unwrap();
    let mut tables = Vec::new();
    for (name, chosen) in TABLES {
        tables.push(read(owner, name, chosen, from, to, since, batches).await);
    }
    let start = Instant::now();
    for batch in 0..batches {
        let mut tx = owner.begin().await.unwrap();
        for table in &tables {
            let mut query = sqlx::query(AssertSqlSafe(table.statement.clone()));
            for column in &table.columns[batch] {
                query = column.bind(query);
            }
            query.execute(&mut *tx).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    start.elapsed()
}

async fn read(
    owner: &mut PgConnection,
    name: &str,
    chosen: &str,
    from: Uuid,
    to: Uuid,
    since: Timestamp,
    batches: usize,
) -> Table {
    let described = "select a.attname::text, format_type(a.atttypid, a.atttypmod) from pg_attribute a
                     where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum";
    let columns: Vec<(String, String)> = sqlx::query_as(described).bind(name).fetch_all(&mut *owner).await.unwrap();
    let names: Vec<String> = columns
        .iter()
        .map(|(column, kind)| match kind.as_str() {
            "text[]" => format!("array_to_string(t.{column}, ',') as {column}"),
            _ => format!("t.{column}"),
        })
        .collect();
    let select = format!("select {} from {name} t {chosen}", names.join(", "));
    let rows = sqlx::query(AssertSqlSafe(select)).bind(from).bind(since).fetch_all(&mut *owner).await.unwrap();
    assert!(!rows.is_empty() && rows.len().is_multiple_of(batches), "{name}: {} rows", rows.len());
    let parts = rows
        .chunks(rows.len() / batches)
        .map(|chunk| {
            columns
                .iter()
                .enumerate()
                .map(|(index, (column, kind))| {
                    if column == "organization_id" {
                        return Column::Uuids(vec![Some(to); chunk.len()]);
                    }
                    Column::read(chunk, index, kind)
                })
                .collect()
        })
        .collect();
    Table { statement: statement(name, &columns), columns: parts }
}

fn statement(name: &str, columns: &[(String, String)]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.0.as_str()).collect();
    let values: Vec<String> = columns
        .iter()
        .map(|(column, kind)| match kind.as_str() {
            "text[]" => format!("string_to_array({column}, ',')"),
            _ => column.clone(),
        })
        .collect();
    let arrays: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(index, (_, kind))| match kind.as_str() {
            "text[]" => format!("${}::text[]", index + 1),
            kind => format!("${}::{kind}[]", index + 1),
        })
        .collect();
    let (names, values, arrays) = (names.join(", "), values.join(", "), arrays.join(", "));
    format!("insert into {name} ({names}) select {values} from unnest({arrays}) r ({names})")
}

impl Column {
    fn read(rows: &[sqlx::postgres::PgRow], index: usize, kind: &str) -> Self {
        match kind {
            "uuid" => Self::Uuids(rows.iter().map(|row| row.get(index)).collect()),
            "text" | "text[]" => Self::Texts(rows.iter().map(|row| row.get(index)).collect()),
            "bigint" => Self::Bigs(rows.iter().map(|row| row.get(index)).collect()),
            "integer" => Self::Ints(rows.iter().map(|row| row.get(index)).collect()),
            "boolean" => Self::Truths(rows.iter().map(|row| row.get(index)).collect()),
            "timestamp with time zone" => Self::Moments(rows.iter().map(|row| row.get(index)).collect()),
            "date" => Self::Dates(rows.iter().map(|row| row.get(index)).collect()),
            "jsonb" => Self::Jsons(rows.iter().map(|row| row.get(index)).collect()),
            "bytea" => Self::Bytes(rows.iter().map(|row| row.get(index)).collect()),
            other => panic!("a column of type {other}"),
        }
    }

    fn bind<'q>(&self, query: Query<'q, Postgres, PgArguments>) -> Query<'q, Postgres, PgArguments> {
        match self {
            Self::Uuids(values) => query.bind(values.clone()),
            Self::Texts(values) => query.bind(values.clone()),
            Self::Bigs(values) => query.bind(values.clone()),
            Self::Ints(values) => query.bind(values.clone()),
            Self::Truths(values) => query.bind(values.clone()),
            Self::Moments(values) => query.bind(values.clone()),
            Self::Dates(values) => query.bind(values.clone()),
            Self::Jsons(values) => query.bind(values.clone()),
            Self::Bytes(values) => query.bind(values.clone()),
        }
    }
}
