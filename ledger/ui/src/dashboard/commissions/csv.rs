//! `GET /dashboard/commissions.csv`: exports a tab as CSV with the page's filters, read in batches so that any length
//! works.

use axum::{extract::State, response::Response};
use shared::id::OrganizationId;

use super::{
    filters::ListFilters,
    store::{self, Filter, Row},
};
use crate::dashboard::list_filters;
use identity::access::{member::Choice, session::Session};
use kit::{
    access::role::Right,
    api::query::Query,
    page::{PageError, csv},
    state::AppState,
};

const HEAD: [&str; 16] = [
    "commission id",
    "made",
    "type",
    "affiliate",
    "affiliate id",
    "program",
    "conversion id",
    "event id",
    "amount",
    "before refunds",
    "paid",
    "currency",
    "status",
    "held for",
    "due",
    "how",
];

/// The remaining part of the export.
struct ExportCursor {
    state: AppState,
    organization: OrganizationId,
    filter: Filter,
}

pub async fn download(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut filters = ListFilters::read(query, organization, list_filters::FILE_ROWS)?;
    let mut tx = state.db.tenant(organization).await?;
    filters.whom.find(&mut tx).await?;
    tx.commit().await?;
    let place = (!filters.whom.is_nobody()).then(|| ExportCursor { filter: filters.filter(), state, organization });
    Ok(csv::download("commissions", csv::line(HEAD), place, next)?)
}

async fn next(place: Option<ExportCursor>) -> Result<Option<(String, Option<Option<ExportCursor>>)>, sqlx::Error> {
    let Some(mut rest) = place else { return Ok(None) };
    let mut tx = rest.state.db.tenant(rest.organization).await?;
    let rows = store::list(&mut tx, &rest.filter).await?;
    tx.commit().await?;
    rest.filter.after = rows.last().map(|row| row.id.uuid());
    Ok(csv::portion(rows.iter().map(line).collect(), (rows.len(), rest.filter.limit), Some(rest)))
}

fn line(row: &Row) -> String {
    let money = |minor| csv::major(minor, &row.currency);
    let (conversion, name) =
        row.conversion.as_ref().map(|(id, name)| (id.to_string(), name.as_str())).unwrap_or_default();
    csv::line([
        row.id.to_string().as_str(),
        &row.created_at.to_string(),
        &row.kind,
        &row.name,
        &row.affiliate.to_string(),
        &row.program,
        &conversion,
        name,
        &money(row.amount),
        &money(row.earned),
        &money(row.paid),
        &row.currency,
        &row.status,
        row.held.as_deref().unwrap_or_default(),
        &row.hold_until.to_string(),
        &row.reason,
    ])
}
