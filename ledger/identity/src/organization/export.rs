//! Exports all data of an organization as lines of JSON.
//!
//! Tables and columns come from the database catalog, so that none can be forgotten; secrets and hashes are excluded.
//! All lines show the same point in time. Rows are streamed as the database returns them: however large the book,
//! little of it is in memory. The last line contains the number of rows; a file without it is incomplete.

use std::{io, time::Duration};

use axum::{
    body::Body,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use futures_util::{TryStreamExt, stream};
use serde_json::json;
use shared::{id::OrganizationId, timestamp::Timestamp};
use sqlx::AssertSqlSafe;
use tokio::sync::{Semaphore, mpsc};

use super::store;
use crate::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{
    db::TenantTx,
    error::{Code, Error},
    state::AppState,
};

/// Each export holds a connection for as long as its reader takes.
static AT_ONCE: Semaphore = Semaphore::const_new(2);
const CHUNK_BYTES: usize = 64 * 1024;
/// A reader that accepts nothing for this long is considered gone.
const READER_PATIENCE: Duration = Duration::from_secs(60);
/// The maximum duration, however fast the reader is: while an export lasts, the database must keep all rows that were
/// deleted since it began.
const WHOLE_WITHIN: Duration = Duration::from_secs(30 * 60);

type Chunk = std::result::Result<String, io::Error>;

/// A table and its exported columns. Names are quoted by Postgres's rules.
#[derive(Debug)]
struct Table {
    name: String,
    quoted: String,
    columns: Vec<String>,
}

/// # Errors
/// 409 `export_running` if an export of this organization is already running; 503 if two exports are running or the
/// database is unavailable.
pub async fn answer(state: &AppState, organization: OrganizationId, actor: &Actor) -> Result<Response, Error> {
    let permit = AT_ONCE.try_acquire().map_err(|_| Error::unavailable("two exports are running").retry_after(60))?;
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    only(&mut tx).await?;
    audit::record(&mut tx, actor, now, Entry::new("organization.exported", organization)).await?;
    tx.commit().await?;
    let mut snapshot = state.db.snapshot(organization).await?;
    // Holds the lock until the snapshot ends, across all processes.
    only(&mut snapshot).await?;
    let tables = tables(&mut snapshot).await?;
    let (sender, receiver) = mpsc::channel::<Chunk>(2);
    tokio::spawn(async move {
        let _permit = permit;
        let mut writer = Writer { sender, held: String::new() };
        let written = tokio::time::timeout(WHOLE_WITHIN, write(&mut snapshot, &tables, now, &mut writer));
        let written = written.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        if let Err(error) = written {
            tracing::warn!(
                event = "organization.export_interrupted", %organization,
                "an organization export was interrupted: {error}"
            );
            // Breaks the connection, so that the reader sees that the file is incomplete.
            drop(writer.sender.send(Err(error)).await);
        }
    });
    let body = stream::unfold(receiver, |mut receiver| async { receiver.recv().await.map(|chunk| (chunk, receiver)) });
    let name = format!("attachment; filename=\"{organization}.ndjson\"");
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (CONTENT_DISPOSITION, HeaderValue::from_str(&name).map_err(|error| Error::internal(error))?),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

async fn only(tx: &mut TenantTx) -> Result<(), Error> {
    if store::lock_export(tx).await? {
        return Ok(());
    }
    let message = "An export of this organization is already running. Wait until it ends, then try again.";
    Err(Error::new(StatusCode::CONFLICT, Code::ExportRunning, message).retry_after(60))
}

struct Writer {
    sender: mpsc::Sender<Chunk>,
    held: String,
}

impl Writer {
    async fn line(&mut self, line: &str) -> io::Result<()> {
        self.held.push_str(line);
        self.held.push('\n');
        if self.held.len() < CHUNK_BYTES {
            return Ok(());
        }
        self.flush().await
    }

    async fn flush(&mut self) -> io::Result<()> {
        let chunk = std::mem::take(&mut self.held);
        let sent = tokio::time::timeout(READER_PATIENCE, self.sender.send(Ok(chunk))).await;
        sent.map_err(io::Error::other)?.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

async fn write(snapshot: &mut TenantTx, tables: &[Table], now: Timestamp, writer: &mut Writer) -> io::Result<()> {
    let organization = snapshot.organization();
    writer.line(&json!({"organization": organization, "exportedAt": now.to_string()}).to_string()).await?;
    let mut rows = 0_u64;
    for (name, query) in tables.iter().map(|table| (table.name.as_str(), query(table))).chain([people()]) {
        let mut found = sqlx::query_scalar::<_, String>(AssertSqlSafe(query)).bind(organization).fetch(snapshot.conn());
        while let Some(row) = found.try_next().await.map_err(io::Error::other)? {
            // The row is already JSON, and a table's name is a plain word that needs no escaping.
            writer.line(&format!("{{\"table\":\"{name}\",\"row\":{row}}}")).await?;
            rows += 1;
        }
    }
    writer.line(&json!({"end": true, "rows": rows}).to_string()).await?;
    writer.flush().await
}

fn query(table: &Table) -> String {
    let columns = table.columns.join(", ");
    // A brand doesn't learn which creators reported it.
    let own = if table.name == "network_reports" { "by_brand" } else { "true" };
    format!(
        "select to_jsonb(t)::text from (select {columns} from {} where organization_id = $1 and {own}) t",
        table.quoted
    )
}

/// Members are global rows: only their ids and email addresses are exported.
fn people() -> (&'static str, String) {
    let query =
        "select to_jsonb(t)::text from (select u.id, u.email from memberships m join users u on u.id = m.user_id
                 where m.organization_id = $1) t";
    ("users", query.to_owned())
}

async fn tables(tx: &mut TenantTx) -> Result<Vec<Table>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.relname::text as "name!", quote_ident(c.relname) as "quoted!",
                  array_agg(a.attname::text order by a.attnum) as "columns!",
                  array_agg(format_type(a.atttypid, a.atttypmod) order by a.attnum) as "types!"
           from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
           where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
             and exists (select from pg_attribute o where o.attrelid = c.oid and o.attname = 'organization_id')
             -- What operators noted about the brand.
             and c.relname <> 'network_flags'
           group by c.oid, c.relname order by c.relname"#
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Table {
            columns: row
                .columns
                .iter()
                .zip(&row.types)
                .filter(|(column, kind)| goes_out(&row.name, column, kind))
                .map(|(column, _)| format!("\"{}\"", column.replace('"', "\"\"")))
                .collect(),
            name: row.name,
            quoted: row.quoted,
        })
        .collect())
}

/// Excludes all secrets, even sealed ones, and all hashes: they aren't data about anyone, and both attract attackers. What
/// operators wrote for themselves stays, too, and so does which other brands an affiliate works for.
fn goes_out(table: &str, column: &str, kind: &str) -> bool {
    let sealed = column.starts_with("sealed") || column.contains("secret");
    let hash = kind == "bytea" || column.ends_with("_hash");
    // Edge records contain sealed secrets, under names that are hashes of keys; and a stored response may contain a key
    // that was shown once.
    let machinery = matches!(
        (table, column),
        ("edge_config", "key" | "record" | "withheld") | ("idempotency_keys", "answer") | ("clicks", "visitor")
    );
    let operators = matches!((table, column), ("network_reports", "note" | "decided_by"));
    let others = matches!((table, column), ("affiliate_sessions", "elsewhere"));
    !sealed && !hash && !machinery && !operators && !others
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_hashes_stay() {
        for (table, column, kind) in [
            ("api_keys", "bearer_hash", "bytea"),
            ("api_keys", "sealed_secret", "text"),
            ("gateway_connections", "sealed_api_key", "text"),
            ("audit_log", "source_hash", "text"),
            ("clicks", "visitor", "text"),
            ("edge_config", "withheld", "jsonb"),
            ("edge_config", "key", "text"),
            ("idempotency_keys", "answer", "text"),
            ("network_reports", "note", "text"),
            ("affiliate_sessions", "elsewhere", "uuid[]"),
        ] {
            assert!(!goes_out(table, column, kind), "{table}.{column}");
        }
        assert!(goes_out("affiliates", "email", "text") && goes_out("events", "body", "text"));
    }

    #[test]
    fn a_table_is_read_by_its_columns() {
        let table = Table { name: "a".to_owned(), quoted: "a".to_owned(), columns: vec!["\"id\"".to_owned()] };
        assert_eq!(
            query(&table),
            "select to_jsonb(t)::text from (select \"id\" from a where organization_id = $1 and true) t"
        );
    }
}
