//! SQL for per-program overrides.

use connector::Choice;
use shared::{
    id::{CrmConnectionId, ProgramId},
    timestamp::Timestamp,
};
use sqlx::types::Json;
use uuid::Uuid;

use kit::db::TenantTx;

/// A program's own list, and its tags in addition to the account's.
#[derive(Debug, Clone)]
pub struct Override {
    pub program: ProgramId,
    /// The list that replaces the default one; `None` keeps the default.
    pub list: Option<Choice>,
    pub tags: Vec<String>,
    pub created_at: Timestamp,
}

/// Selects among a connection's overrides.
#[derive(Debug, Default)]
pub struct Filter {
    pub program: Option<ProgramId>,
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// Lists overrides, those of the newest programs first.
pub async fn list(
    tx: &mut TenantTx,
    connection: CrmConnectionId,
    filter: &Filter,
) -> Result<Vec<Override>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select program_id, list as "list: Json<Choice>", tags, created_at from crm_overrides
           where organization_id = $1 and connection_id = $2 and ($3::uuid is null or program_id = $3)
             and ($4::uuid is null or program_id < $4)
           order by program_id desc limit $5"#,
        tx.organization().uuid(),
        connection.uuid(),
        filter.program.map(|program| program.uuid()),
        filter.after,
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter().map(|row| Override {
        program: row.program_id,
        list: row.list.map(|list| list.0),
        tags: row.tags,
        created_at: row.created_at,
    });
    Ok(rows.collect())
}

pub async fn one(
    tx: &mut TenantTx,
    connection: CrmConnectionId,
    program: ProgramId,
) -> Result<Option<Override>, sqlx::Error> {
    let filter = Filter { program: Some(program), limit: 1, ..Filter::default() };
    Ok(list(tx, connection, &filter).await?.pop())
}

/// Creates or replaces the override; a replaced one keeps its creation time.
///
/// # Errors
/// Constraint `crm_overrides_organization_id_program_id_fkey` for a program of another organization.
pub async fn put(tx: &mut TenantTx, connection: CrmConnectionId, requested: &Override) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into crm_overrides (organization_id, connection_id, program_id, list, tags, created_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (organization_id, connection_id, program_id) do update set list = excluded.list, tags = excluded.tags",
        tx.organization().uuid(),
        connection.uuid(),
        requested.program.uuid(),
        requested.list.as_ref().map(Json) as _,
        &requested.tags,
        requested.created_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Clears each program's list that isn't among the account's, so that the default one applies: by its id and, unless
/// `by_id`, also by its name. Returns the programs.
pub async fn keep_lists(
    tx: &mut TenantTx,
    connection: CrmConnectionId,
    shown: &[Choice],
    by_id: bool,
) -> Result<Vec<ProgramId>, sqlx::Error> {
    sqlx::query_scalar!(
        "update crm_overrides set list = null
         where organization_id = $1 and connection_id = $2 and list is not null and not exists (
             select from unnest($3::text[], $4::text[]) c (id, name)
             where c.id = list ->> 'id' and ($5 or c.name = list ->> 'name'))
         returning program_id",
        tx.organization().uuid(),
        connection.uuid(),
        &shown.iter().map(|choice| choice.id.clone()).collect::<Vec<_>>(),
        &shown.iter().map(|choice| choice.name.clone()).collect::<Vec<_>>(),
        by_id,
    )
    .fetch_all(tx.conn())
    .await
}

/// Returns false where the override didn't exist.
pub async fn delete(tx: &mut TenantTx, connection: CrmConnectionId, program: ProgramId) -> Result<bool, sqlx::Error> {
    let gone = sqlx::query!(
        "delete from crm_overrides where organization_id = $1 and connection_id = $2 and program_id = $3",
        tx.organization().uuid(),
        connection.uuid(),
        program.uuid(),
    )
    .execute(tx.conn())
    .await?;
    Ok(gone.rows_affected() == 1)
}
