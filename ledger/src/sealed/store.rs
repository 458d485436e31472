//! SQL over the registry's columns, and of the hashes that can't be resealed. Names of tables and columns come only from [`super::registry::COLUMNS`]; everything
//! else is bound.

use shared::id::OrganizationId;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::registry::{Column, KeyKind};
use kit::db::TenantTx;

/// A sealed value with its row's key as text.
#[derive(Debug)]
pub struct Value {
    pub key: String,
    pub sealed: String,
}

/// The next values after a key, in the order of keys.
pub async fn page(
    conn: &mut PgConnection,
    column: &Column,
    organization: Option<OrganizationId>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Value>, sqlx::Error> {
    let Column { table, column: name, key, .. } = column;
    let (text, read) = (as_text(column), from_text(column, "$2"));
    let statement = format!(
        "select {text} as key, {name} as sealed from {table}
         where {} and {name} is not null and ($2::text is null or {key} > {read}) order by {key} limit $3",
        owner(column),
    );
    let rows = sqlx::query(AssertSqlSafe(statement))
        .bind(organization.map(|organization| organization.uuid()))
        .bind(after)
        .bind(limit)
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(|row| Ok(Value { key: row.try_get("key")?, sealed: row.try_get("sealed")? })).collect()
}

/// Replaces a value. Returns false if it changed since it was read: the newer one is kept.
pub async fn replace(
    conn: &mut PgConnection,
    column: &Column,
    organization: Option<OrganizationId>,
    old: &Value,
    sealed: &str,
) -> Result<bool, sqlx::Error> {
    let Column { table, column: name, key, .. } = column;
    let read = from_text(column, "$2");
    let statement =
        format!("update {table} set {name} = $3 where {} and {key} = {read} and {name} = $4", owner(column));
    let replaced = sqlx::query(AssertSqlSafe(statement))
        .bind(organization.map(|organization| organization.uuid()))
        .bind(&old.key)
        .bind(sealed)
        .bind(&old.sealed)
        .execute(conn)
        .await?;
    Ok(replaced.rows_affected() == 1)
}

/// Whether the organization has keyed hashes of erased people, and of payout accounts.
pub async fn hashes(tx: &mut TenantTx) -> Result<(bool, bool), sqlx::Error> {
    let row = sqlx::query!(
        r#"select exists (select from erased_identities where organization_id = $1) as "people!",
                  exists (select from payout_account_keys where organization_id = $1 and account_key is not null)
                  or exists (select from payout_accounts where organization_id = $1 and bank_key is not null)
                      as "accounts!""#,
        tx.organization().uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok((row.people, row.accounts))
}

/// The condition on the tenant: the first parameter is the tenant, or null if there is none.
const fn owner(column: &Column) -> &'static str {
    if column.of_tenant { "organization_id = $1::uuid" } else { "$1::uuid is null" }
}

fn as_text(column: &Column) -> String {
    match column.kind {
        KeyKind::Uuid => format!("{}::text", column.key),
        KeyKind::Bytes => format!("encode({}, 'hex')", column.key),
    }
}

fn from_text(column: &Column, parameter: &str) -> String {
    match column.kind {
        KeyKind::Uuid => format!("{parameter}::text::uuid"),
        KeyKind::Bytes => format!("decode({parameter}::text, 'hex')"),
    }
}
