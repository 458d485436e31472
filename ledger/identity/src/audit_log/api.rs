//! `/api/v1/audit-log`: lists changes, newest first.

use axum::{Json, extract::State};

use super::view;
use crate::{
    access::api_key::ReadKey,
    audit::{names, read},
};
use kit::{
    api::{
        document::Refused,
        pagination::{Page, PageParams, Pagination},
        query::Query,
    },
    error::Result,
    page::zone::Zone,
    state::AppState,
};

/// List audit log entries
///
/// Returns every change by a person or an API key, with the request that made it. Entries are never changed or removed.
#[utoipa::path(get, path = "/api/v1/audit-log", tag = "Audit log", operation_id = "listAuditLog",
    params(PageParams,
        ("action" = Option<String>, Query,
            description = "An action such as `api_key.rotated`, or a noun such as `api_key` for all of its actions",
            example = "api_key.rotated"),
        ("actor" = Option<String>, Query, description = "The id of a person, key or affiliate, or `system`",
            example = "usr_01kdvdna00e5v8r2m6q1w9d3xk"),
        ("target" = Option<String>, Query, description = "The id of the changed object",
            example = "key_01kdvdna00e5v8r2m6q1w9d3xk"),
        ("from" = Option<String>, Query, description = "Made on or after this date or time", example = "2026-11-01"),
        ("to" = Option<String>, Query, description = "Made before this time; a date includes the whole day",
            example = "2026-11-30")),
    responses((status = 200, description = "The entries, newest first", body = Page<view::AuditEntry>), Refused))]
pub async fn list(
    State(state): State<AppState>,
    key: ReadKey,
    mut query: Query,
) -> Result<Json<Page<view::AuditEntry>>> {
    let pagination: Pagination<uuid::Uuid> = query.page()?;
    let filter = view::filter(&mut query, &Zone::utc())?;
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let lines = read::list(&mut tx, &filter, pagination.after, pagination.limit()).await?;
    let names = names::of(&mut tx, lines.iter().map(|line| line.actor.as_str())).await?;
    tx.end();
    Ok(Json(pagination.page(lines, |line| line.id.uuid(), |line| view::AuditEntry::of(line, &names))))
}
