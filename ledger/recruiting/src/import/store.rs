//! SQL of imports.

use serde_json::Value;
use shared::{
    id::{ImportId, OrganizationId, ProgramId},
    text_enum,
    timestamp::Timestamp,
};

use super::{
    date::Order,
    field::{Kind, Mapping, Source},
    sale_row::{SaleTerms, Unpaid},
};
use kit::db::{TenantTx, TenantsTx, corrupt_column};

text_enum! {
    /// The progress of an import.
    State { Mapping, Checked, Running, Done, Cancelled }
}

/// An import as stored.
#[derive(Debug, Clone)]
pub struct Import {
    pub id: ImportId,
    pub kind: Kind,
    pub source: Source,
    pub program: ProgramId,
    pub program_name: String,
    pub destination: Option<String>,
    pub notify: bool,
    pub head: Vec<String>,
    pub mapping: Mapping,
    pub dates: Order,
    /// For past sales.
    pub terms: SaleTerms,
    pub state: State,
    pub rows: i32,
    pub actor: String,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
}

pub async fn insert(tx: &mut TenantTx, import: &Import) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into imports (organization_id, id, kind, source, program_id, destination, notify, head, mapping, dates, state,
                              rows, actor, created_at, unpaid, taxed_there, currency, in_cents)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        tx.organization().uuid(),
        import.id.uuid(),
        import.kind.as_str(),
        import.source.as_str(),
        import.program.uuid(),
        import.destination,
        import.notify,
        Value::from(import.head.clone()),
        mapped(&import.mapping),
        import.dates.as_str(),
        import.state.as_str(),
        import.rows,
        import.actor,
        import.created_at,
        import.terms.unpaid.as_str(),
        import.terms.taxed_there,
        import.terms.currency.map(|currency| currency.code().to_owned()),
        import.terms.in_cents,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

fn mapped(mapping: &Mapping) -> Value {
    Value::Object(mapping.iter().map(|(field, column)| (field.clone(), Value::from(*column))).collect())
}

/// Returns imports, newest first: only one, or those after a given one.
pub async fn list(
    tx: &mut TenantTx,
    only: Option<ImportId>,
    after: Option<uuid::Uuid>,
    limit: i64,
) -> Result<Vec<Import>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select i.id, i.kind as "kind: Kind", i.source as "source: Source", i.program_id, p.name as program_name,
                i.destination, i.notify, i.head, i.mapping, i.dates as "dates: Order", i.state as "state: State", i.rows,
                i.actor, i.created_at, i.started_at, i.finished_at, i.unpaid as "unpaid: Unpaid", i.taxed_there, i.currency,
                i.in_cents
         from imports i join programs p on p.organization_id = i.organization_id and p.id = i.program_id
         where i.organization_id = $1 and ($2::uuid is null or i.id = $2) and ($3::uuid is null or i.id < $3)
         order by i.id desc limit $4"#,
        tx.organization().uuid(),
        only.map(|id| id.uuid()),
        after,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Import {
                id: row.id,
                kind: row.kind,
                source: row.source,
                program: row.program_id,
                program_name: row.program_name,
                destination: row.destination,
                notify: row.notify,
                head: serde_json::from_value(row.head).map_err(|_| corrupt_column("imports.head"))?,
                mapping: serde_json::from_value(row.mapping).map_err(|_| corrupt_column("imports.mapping"))?,
                dates: row.dates,
                terms: SaleTerms {
                    unpaid: row.unpaid,
                    taxed_there: row.taxed_there,
                    currency: row
                        .currency
                        .map(|code| code.parse().map_err(|_| corrupt_column("imports.currency")))
                        .transpose()?,
                    in_cents: row.in_cents,
                },
                state: row.state,
                rows: row.rows,
                actor: row.actor,
                created_at: row.created_at,
                started_at: row.started_at,
                finished_at: row.finished_at,
            })
        })
        .collect()
}

pub async fn read(tx: &mut TenantTx, id: ImportId) -> Result<Option<Import>, sqlx::Error> {
    Ok(list(tx, Some(id), None, 1).await?.pop())
}

/// As [`read`], and locks the import until this transaction ends.
pub async fn lock(tx: &mut TenantTx, id: ImportId) -> Result<Option<Import>, sqlx::Error> {
    sqlx::query!(
        "select id from imports where organization_id = $1 and id = $2 for update",
        tx.organization().uuid(),
        id.uuid()
    )
    .fetch_optional(tx.conn())
    .await?;
    read(tx, id).await
}

/// Sets how its rows are parsed from now on, and its state.
pub async fn set_reading(tx: &mut TenantTx, import: &Import, state: State) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update imports set mapping = $3, dates = $4, state = $5, unpaid = $6, taxed_there = $7, currency = $8, in_cents = $9
         where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        import.id.uuid(),
        mapped(&import.mapping),
        import.dates.as_str(),
        state.as_str(),
        import.terms.unpaid.as_str(),
        import.terms.taxed_there,
        import.terms.currency.map(|currency| currency.code().to_owned()),
        import.terms.in_cents,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Sets the state; also records when the import first started and when it ended.
pub async fn set_state(tx: &mut TenantTx, id: ImportId, state: State, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update imports
         set state = $3, started_at = case when $3 = 'Running' then coalesce(started_at, $4) else started_at end,
             finished_at = case when $3 in ('Done', 'Cancelled') then $4 end
         where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        state.as_str(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Turns off sequential scans: rows that were just inserted have no statistics yet, so Postgres would read whole tables
/// instead of using the indexes.
pub async fn by_index(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    sqlx::query!("select set_config('enable_seqscan', 'off', true)").fetch_one(tx.conn()).await.map(drop)
}

/// Returns the running imports of all tenants in the transaction.
pub async fn running(tx: &mut TenantsTx) -> Result<Vec<(OrganizationId, ImportId)>, sqlx::Error> {
    let organizations = tx.tenant_ids();
    let rows = sqlx::query!(
        "select organization_id, id from imports where organization_id = any ($1) and state = 'Running' order by started_at",
        &organizations,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.organization_id, row.id)).collect())
}
