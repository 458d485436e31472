//! SQL of imports' rows.

use std::collections::HashMap;

use serde_json::Value;
use shared::{
    id::ImportId,
    money::{Currency, Money},
    timestamp::Timestamp,
};

use super::{decide::Outcome, sale_row::Settled};
use kit::db::{TenantTx, TenantsTx, corrupt_column};

/// A row that the run hasn't processed.
#[derive(Debug, Clone)]
pub struct Open {
    pub line: i32,
    pub cells: Vec<String>,
    /// The code, if the check refused the row.
    pub refused: Option<String>,
}

/// The outcome of a row.
#[derive(Debug, Clone)]
pub struct Done {
    pub line: i32,
    pub outcome: Outcome,
    pub reason: Option<&'static str>,
    pub message: Option<String>,
    /// For a past sale that is imported or was.
    pub worth: Option<Worth>,
}

/// What a row of a past sale is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worth {
    pub amount: Money,
    /// In the same currency.
    pub earned: Money,
    pub settled: Settled,
}

/// The sums of the rows that create something, in one currency and settled in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    pub currency: Currency,
    pub settled: Settled,
    pub rows: i64,
    /// In minor units.
    pub amount: i64,
    pub earned: i64,
}

/// A row of the report.
#[derive(Debug, Clone)]
pub struct Reported {
    pub line: i32,
    pub cells: Option<Vec<String>>,
    pub outcome: String,
    pub reason: Option<String>,
    pub message: Option<String>,
}

/// Counts of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub new: i64,
    pub updated: i64,
    pub unchanged: i64,
    pub refused: i64,
    /// The number of rows that the run has processed.
    pub done: i64,
}

fn texts(cells: Value) -> Vec<String> {
    serde_json::from_value(cells).unwrap_or_default()
}

pub async fn insert(tx: &mut TenantTx, import: ImportId, rows: &[(u32, Vec<String>)]) -> Result<(), sqlx::Error> {
    let lines: Vec<i32> = rows.iter().map(|row| i32::try_from(row.0).unwrap_or(i32::MAX)).collect();
    let cells: Vec<Value> = rows.iter().map(|row| Value::from(row.1.clone())).collect();
    sqlx::query!(
        "insert into import_rows (organization_id, import_id, line, cells)
         select $1, $2, line, cells from unnest($3::integer[], $4::jsonb[]) r (line, cells)
         returning 1 as one",
        tx.organization().uuid(),
        import.uuid(),
        &lines,
        &cells,
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}

/// Returns the first rows of the file, as samples.
pub async fn first(tx: &mut TenantTx, import: ImportId, limit: i64) -> Result<Vec<Vec<String>>, sqlx::Error> {
    let rows = sqlx::query_scalar!(
        r#"select cells as "cells!" from import_rows
           where organization_id = $1 and import_id = $2 and cells is not null order by line limit $3"#,
        tx.organization().uuid(),
        import.uuid(),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(texts).collect())
}

/// Returns the first value in that column that isn't empty.
pub async fn first_in(tx: &mut TenantTx, import: ImportId, column: usize) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select cells ->> $3::integer as "cell!" from import_rows
           where organization_id = $1 and import_id = $2 and cells ->> $3::integer <> '' order by line limit 1"#,
        tx.organization().uuid(),
        import.uuid(),
        i32::try_from(column).unwrap_or(i32::MAX),
    )
    .fetch_optional(tx.conn())
    .await
}

/// Returns rows that the run hasn't processed; a row whose cells were deleted comes without cells.
pub async fn open(tx: &mut TenantTx, import: ImportId, limit: i64) -> Result<Vec<Open>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select line, coalesce(cells, '[]') as "cells!", case when foreseen = 'Refused' then reason end as "refused?"
           from import_rows
           where organization_id = $1 and import_id = $2 and result is null order by line limit $3"#,
        tx.organization().uuid(),
        import.uuid(),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| Open { line: row.line, cells: texts(row.cells), refused: row.refused }).collect())
}

/// Returns what rows that the run hasn't processed have in that column.
pub async fn open_cells(tx: &mut TenantTx, import: ImportId, column: usize) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select cells ->> $3::integer as "cell!" from import_rows
           where organization_id = $1 and import_id = $2 and result is null and cells ->> $3::integer <> ''"#,
        tx.organization().uuid(),
        import.uuid(),
        i32::try_from(column).unwrap_or(i32::MAX),
    )
    .fetch_all(tx.conn())
    .await
}

/// The number of rows that one statement updates. Postgres doesn't know how many it gets, and may compare each with each.
const KEPT_AT_ONCE: usize = 100;

/// Stores the check's expected outcomes (`is_run` false), or the run's results.
pub async fn keep(tx: &mut TenantTx, import: ImportId, rows: &[Done], is_run: bool) -> Result<(), sqlx::Error> {
    for rows in rows.chunks(KEPT_AT_ONCE) {
        keep_few(tx, import, rows, is_run).await?;
    }
    Ok(())
}

async fn keep_few(tx: &mut TenantTx, import: ImportId, rows: &[Done], is_run: bool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update import_rows r
         set foreseen = case when $7 then r.foreseen else d.outcome end, result = case when $7 then d.outcome end,
             reason = d.reason, message = d.message, currency = d.currency, amount = d.amount, earned = d.earned,
             settlement = d.settlement
         from unnest($3::integer[], $4::text[], $5::text[], $6::text[], $8::text[], $9::bigint[], $10::bigint[], $11::text[])
              d (line, outcome, reason, message, currency, amount, earned, settlement)
         where r.organization_id = $1 and r.import_id = $2 and r.line = any ($3) and r.line = d.line",
        tx.organization().uuid(),
        import.uuid(),
        &rows.iter().map(|row| row.line).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.outcome.as_str().to_owned()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.reason.map(str::to_owned)).collect::<Vec<_>>() as &[Option<String>],
        &rows.iter().map(|row| row.message.clone()).collect::<Vec<_>>() as &[Option<String>],
        is_run,
        &rows.iter().map(|row| Some(row.worth?.amount.currency.code().to_owned())).collect::<Vec<_>>() as &[Option<String>],
        &rows.iter().map(|row| Some(row.worth?.amount.minor)).collect::<Vec<_>>() as &[Option<i64>],
        &rows.iter().map(|row| Some(row.worth?.earned.minor)).collect::<Vec<_>>() as &[Option<i64>],
        &rows.iter().map(|row| Some(row.worth?.settled.as_str().to_owned())).collect::<Vec<_>>() as &[Option<String>],
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Returns the counts of each import.
pub async fn counts(tx: &mut TenantTx, imports: &[ImportId]) -> Result<HashMap<ImportId, Counts>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select import_id, coalesce(result, foreseen) as outcome, count(*) as "rows!",
                  count(result) as "done!"
           from import_rows where organization_id = $1 and import_id = any ($2) group by 1, 2"#,
        tx.organization().uuid(),
        &imports.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut counts: HashMap<ImportId, Counts> = HashMap::new();
    for row in rows {
        let own = counts.entry(row.import_id).or_default();
        own.done += row.done;
        match row.outcome.as_deref().and_then(Outcome::parse) {
            Some(Outcome::New) => own.new += row.rows,
            Some(Outcome::Updated) => own.updated += row.rows,
            Some(Outcome::Unchanged) => own.unchanged += row.rows,
            Some(Outcome::Refused) => own.refused += row.rows,
            None => {}
        }
    }
    Ok(counts)
}

/// Returns the sums of each import's past sales: those that it books, or has booked.
pub async fn sums(tx: &mut TenantTx, imports: &[ImportId]) -> Result<HashMap<ImportId, Vec<Sum>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select import_id, currency as "currency!", settlement as "settlement!: Settled", count(*) as "rows!", sum(amount)::bigint as "amount!",
                  sum(earned)::bigint as "earned!"
           from import_rows
           where organization_id = $1 and import_id = any ($2) and coalesce(result, foreseen) = 'New' and settlement is not null
           group by 1, 2, 3 order by 1, 2, 3"#,
        tx.organization().uuid(),
        &imports.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut sums: HashMap<ImportId, Vec<Sum>> = HashMap::new();
    for row in rows {
        sums.entry(row.import_id).or_default().push(Sum {
            currency: row.currency.parse().map_err(|_| corrupt_column("import_rows.currency"))?,
            settled: row.settlement,
            rows: row.rows,
            amount: row.amount,
            earned: row.earned,
        });
    }
    Ok(sums)
}

/// Returns the report: rows after a line, all or those with one outcome.
pub async fn report(
    tx: &mut TenantTx,
    import: ImportId,
    outcome: Option<Outcome>,
    after: i32,
    limit: i64,
) -> Result<Vec<Reported>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select line, cells, coalesce(result, foreseen, '') as "outcome!", reason, message from import_rows
           where organization_id = $1 and import_id = $2 and line > $4
             and ($3::text is null or coalesce(result, foreseen) = $3)
           order by line limit $5"#,
        tx.organization().uuid(),
        import.uuid(),
        outcome.map(Outcome::as_str),
        after,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let report = rows.into_iter().map(|row| Reported {
        line: row.line,
        cells: row.cells.map(texts),
        outcome: row.outcome,
        reason: row.reason,
        message: row.message,
    });
    Ok(report.collect())
}

/// Deletes the cells of imports created before a time, and cancels those that were never run.
pub async fn forget(tx: &mut TenantsTx, before: Timestamp, now: Timestamp) -> Result<(), sqlx::Error> {
    let organizations = tx.tenant_ids();
    sqlx::query!(
        "with old as (
             update imports set emptied = true, head = '[]',
                 state = case when state in ('Mapping', 'Checked') then 'Cancelled' else state end,
                 finished_at = coalesce(finished_at, $2)
             where organization_id = any ($3) and not emptied and created_at < $1 and state <> 'Running'
             returning organization_id, id)
         update import_rows r set cells = null, message = null from old
         where old.organization_id = r.organization_id and old.id = r.import_id",
        before,
        now,
        &organizations,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
