//! Searches the whole database for what an erased person was called.

use sqlx::{AssertSqlSafe, Row};

use crate::database::Database;

/// Searches every text, JSON and byte column of every table, as the owner.
///
/// # Panics
/// If the text is anywhere, in upper or lower case.
pub async fn nowhere(database: &Database, text: &str) {
    let mut connection = database.connect().await;
    let columns = sqlx::query(
        "select c.table_name::text, c.column_name::text, c.data_type::text from information_schema.columns c
         join information_schema.tables t using (table_schema, table_name)
         where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
           and c.data_type in ('text', 'character varying', 'json', 'jsonb', 'bytea', 'ARRAY', 'name')",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(columns.len() > 100, "the catalogue was read");
    for column in columns {
        let (table, name, kind): (String, String, String) = (column.get(0), column.get(1), column.get(2));
        let value = if kind == "bytea" { format!("encode(\"{name}\", 'escape')") } else { format!("\"{name}\"::text") };
        let query = format!("select count(*) from \"{table}\" where strpos(lower({value}), lower($1)) > 0");
        let found: i64 = sqlx::query_scalar(AssertSqlSafe(query)).bind(text).fetch_one(&mut connection).await.unwrap();
        assert_eq!(found, 0, "{text:?} stands in {table}.{name}");
    }
}
