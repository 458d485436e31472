//! `GET /a/sales.csv`: exports all rows of the sales page as CSV.

use axum::{extract::State, response::Response};
use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{
    sales::ListFilters,
    sales_store::{self, Earning},
    words,
};
use identity::portal::session::AffiliateSession;
use kit::{
    api::query::Query,
    page::{PageError, csv, zone::Zone},
    state::AppState,
};

const ROWS_AT_ONCE: i64 = 500;
const HEAD: [&str; 11] = [
    "receipt",
    "when (UTC)",
    "what",
    "program",
    "sale",
    "sale currency",
    "earned",
    "worth now",
    "currency",
    "state",
    "why",
];

/// The remaining part of the export.
struct ExportCursor {
    state: AppState,
    organization: OrganizationId,
    affiliate: AffiliateId,
    filters: ListFilters,
    zone: Zone,
    after: Option<(Timestamp, Uuid)>,
}

pub async fn download(
    State(state): State<AppState>,
    session: AffiliateSession,
    mut query: Query,
) -> Result<Response, PageError> {
    let filters = ListFilters::read(&mut query, &session.zone, state.clock.now())?;
    query.finish()?;
    let (organization, affiliate, zone) = (session.organization, session.affiliate, session.zone);
    let cursor = ExportCursor { state, organization, affiliate, filters, zone, after: None };
    Ok(csv::download("sales", csv::line(HEAD), cursor, next)?)
}

async fn next(mut cursor: ExportCursor) -> Result<Option<(String, Option<ExportCursor>)>, sqlx::Error> {
    let mut tx = cursor.state.db.tenant(cursor.organization).await?;
    let filter = cursor.filters.filter(cursor.after, ROWS_AT_ONCE);
    let rows = sales_store::list(&mut tx, cursor.affiliate, &filter).await?;
    tx.commit().await?;
    cursor.after = rows.last().map(|last| (last.at, last.id.uuid()));
    let now = cursor.state.clock.now();
    let text: String = rows.iter().map(|row| line(row, &cursor.zone, now)).collect();
    Ok(csv::portion(text, (rows.len(), ROWS_AT_ONCE), cursor))
}

fn line(row: &Earning, zone: &Zone, now: Timestamp) -> String {
    let message = words::message(row, zone, now);
    let (sale, currency) = row
        .sale
        .as_ref()
        .map_or_else(Default::default, |(amount, currency)| (csv::major(*amount, currency), currency.clone()));
    csv::line([
        row.id.to_string().as_str(),
        &row.at.to_string(),
        words::kind(row),
        &row.program,
        &sale,
        &currency,
        &csv::major(row.earned, &row.currency),
        &csv::major(row.amount, &row.currency),
        &row.currency,
        message.word,
        &message.why,
    ])
}
