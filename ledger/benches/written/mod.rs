//! Counts what booking writes: rows and index entries of each table, and bytes of the write-ahead log (WAL).

use sqlx::{AssertSqlSafe, PgConnection, Row};
use uuid::Uuid;

/// What a table has of one organization.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) rows: i64,
    /// The entries of these rows in all indexes of the table.
    pub(crate) entries: i64,
}

/// Counts each tenant table's rows, and their entries in its indexes: a partial index has only those of its condition.
pub(crate) async fn tables(owner: &mut PgConnection, organization: Uuid) -> Vec<Table> {
    let described = "select c.relname::text,
                            array(select coalesce(pg_get_expr(i.indpred, i.indrelid), 'true') from pg_index i
                                  where i.indrelid = c.oid)
                     from pg_class c
                     join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped
                     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
                     order by 1";
    let described: Vec<(String, Vec<String>)> = sqlx::query_as(described).fetch_all(&mut *owner).await.unwrap();
    let mut tables = Vec::with_capacity(described.len());
    for (name, conditions) in described {
        let entries: Vec<String> =
            conditions.iter().map(|condition| format!(" + count(*) filter (where {condition})")).collect();
        let count = format!("select count(*), 0{} from {name} where organization_id = $1", entries.concat());
        let row = sqlx::query(AssertSqlSafe(count)).bind(organization).fetch_one(&mut *owner).await.unwrap();
        tables.push(Table { name, rows: row.get(0), entries: row.get(1) });
    }
    tables
}

/// The tables that have grown in between, with what was added.
pub(crate) fn added(before: &[Table], after: Vec<Table>) -> Vec<Table> {
    let grown = after.into_iter().zip(before).map(|(after, before)| {
        assert_eq!(after.name, before.name, "the same tables");
        Table { rows: after.rows - before.rows, entries: after.entries - before.entries, ..after }
    });
    grown.filter(|table| table.rows > 0).collect()
}

/// The position in the write-ahead log, in bytes.
pub(crate) async fn wal(owner: &mut PgConnection) -> i64 {
    let position = "select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint";
    sqlx::query_scalar(position).fetch_one(owner).await.unwrap()
}

/// How much is written to the log: the setting `wal_level`.
pub(crate) async fn wal_level(owner: &mut PgConnection) -> String {
    sqlx::query_scalar("select current_setting('wal_level')").fetch_one(owner).await.unwrap()
}
