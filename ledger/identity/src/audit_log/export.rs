//! Exports the whole audit log as NDJSON or CSV: however long it is, only one page is in memory.

use axum::{
    extract::State,
    http::{HeaderMap, header::ACCEPT},
    response::Response,
};
use serde_json::{Value, json};
use shared::id::OrganizationId;
use uuid::Uuid;

use super::view;
use crate::{
    access::{actor::Actor, api_key::ReadKey, member::Choice, session::Session},
    audit::{
        Entry, names,
        read::{self, Filter},
        record,
    },
    organization::{gate, plan::Feature, time_zone},
};
use kit::{
    access::role::Right,
    api::{
        document::{ErrorSchema, Refused},
        query::Query,
    },
    db::TenantTx,
    error::{Error, Result},
    page::{PageError, csv, zone::Zone},
    state::AppState,
};

const LINES_AT_ONCE: i64 = 500;
const FORMATS: [&str; 2] = ["ndjson", "csv"];
const COLUMNS: [&str; 11] =
    ["id", "at", "actor", "actorName", "action", "target", "before", "after", "requestId", "source", "via"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Ndjson,
    Csv,
}

/// Export the audit log
///
/// Returns a file: one JSON object per line, or CSV with `format=csv` or `Accept: text/csv`. Spreadsheets don't read
/// any cell of the CSV as a formula. The export is recorded in the audit log.
#[utoipa::path(get, path = "/api/v1/audit-log/export", tag = "Audit log", operation_id = "exportAuditLog",
    params(
        ("format" = Option<String>, Query, description = "`ndjson` (default) or `csv`", example = "csv"),
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
    responses(
        (status = 200, description = "All entries, newest first",
            content((view::AuditEntry = "application/x-ndjson"), (String = "text/csv"))),
        (status = 402, description = "`plan_tier_required`: requires Pro where plans are sold", body = ErrorSchema),
        (status = 403, description = "The key's role is below admin", body = ErrorSchema),
        Refused))]
pub async fn export(
    State(state): State<AppState>,
    key: ReadKey,
    headers: HeaderMap,
    mut query: Query,
) -> Result<Response> {
    if !key.role.may(Right::Configure) {
        return Err(Error::forbidden("Exporting the audit log requires the key of an owner or admin."));
    }
    let format = format(&mut query, &headers)?;
    let filter = view::filter(&mut query, &Zone::utc())?;
    query.finish()?;
    send(state, key.organization, &key.actor, filter, format).await
}

/// `GET /dashboard/settings/audit-log/export`: the same for a person, with days in the organization's time zone.
///
/// # Errors
/// 404 for an organization that isn't the person's, 403 for a manager or viewer, 400 for an invalid filter.
pub async fn download(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    headers: HeaderMap,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let member = session.member(choice.named(), Right::Configure)?;
    let format = format(&mut query, &headers)?;
    let mut tx = state.db.tenant(member.organization).await?;
    let zone = time_zone::of(&mut tx).await?;
    tx.commit().await?;
    let filter = view::filter(&mut query, &zone)?;
    Ok(send(state, member.organization, &member.actor, filter, format).await?)
}

fn format(query: &mut Query, headers: &HeaderMap) -> Result<Format> {
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let prefers = if accepts.contains("text/csv") { Format::Csv } else { Format::Ndjson };
    Ok(match query.one_of("format", &FORMATS)? {
        Some("csv") => Format::Csv,
        Some(_) => Format::Ndjson,
        None => prefers,
    })
}

struct AuditLog {
    filter: Filter,
    format: Format,
    /// The last line sent; `None` before the first.
    after: Option<Uuid>,
}

async fn send(
    state: AppState,
    organization: OrganizationId,
    actor: &Actor,
    filter: Filter,
    format: Format,
) -> Result<Response> {
    let mut tx = state.db.tenant(organization).await?;
    gate::require(&mut tx, &state, Feature::AuditExport).await?;
    let now = state.clock.now();
    record(&mut tx, actor, now, Entry::new("audit_log.exported", organization).after(message(&filter))).await?;
    tx.commit().await?;
    let (name, kind, head) = match format {
        Format::Ndjson => ("audit-log.ndjson", "application/x-ndjson", String::new()),
        Format::Csv => ("audit-log.csv", csv::KIND, csv::line(COLUMNS)),
    };
    let log = AuditLog { filter, format, after: None };
    csv::attachment(name, kind, csv::pages(&state.db, organization, head, log))
}

/// The filter as recorded in the log's own entry.
fn message(filter: &Filter) -> Value {
    json!({
        "action": filter.action, "actor": filter.actor, "target": filter.target,
        "from": filter.from.map(|from| from.to_string()), "to": filter.to.map(|to| to.to_string()),
    })
}

impl csv::Listing for AuditLog {
    async fn page(&mut self, tx: &mut TenantTx) -> sqlx::Result<csv::Page> {
        let lines = read::list(tx, &self.filter, self.after, LINES_AT_ONCE).await?;
        let names = names::of(tx, lines.iter().map(|line| line.actor.as_str())).await?;
        self.after = lines.last().map(|line| line.id.uuid());
        let lines = lines.into_iter().map(|line| written(&view::AuditEntry::of(line, &names), self.format));
        Ok(csv::Page::new(lines, LINES_AT_ONCE))
    }
}

fn written(entry: &view::AuditEntry, format: Format) -> String {
    let value = serde_json::to_value(entry).unwrap_or_default();
    match format {
        Format::Ndjson => format!("{value}\n"),
        Format::Csv => {
            let cells = COLUMNS.map(|column| match &value[column] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            });
            csv::line(cells.iter().map(String::as_str))
        }
    }
}
