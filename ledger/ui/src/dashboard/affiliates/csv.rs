//! `GET /dashboard/affiliates.csv`: exports a tab as CSV, with the page's filters, order and figures.

use axum::{extract::State, response::Response};
use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};

use super::{
    figures_store::{self, Figures, Within},
    filters::ListFilters,
    ranked,
    store::{self, Part, Row},
};
use identity::access::{member::Choice, session::Session};
use kit::{
    access::role::Right,
    api::query::Query,
    page::{PageError, csv},
    state::AppState,
};

const ROWS_AT_ONCE: usize = 100;
const HEAD: [&str; 13] = [
    "affiliate id",
    "name",
    "e-mail",
    "short name",
    "status",
    "segment",
    "joined",
    "days",
    "clicks",
    "sales",
    "revenue",
    "earned",
    "currency",
];

/// The remaining part of the export.
struct ExportCursor {
    state: AppState,
    organization: OrganizationId,
    /// Read once, so that changes during the export neither repeat nor skip anyone.
    ids: std::vec::IntoIter<AffiliateId>,
    within: Within,
    days: i64,
    now: Timestamp,
}

pub async fn download(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let filters = ListFilters::read(query, organization)?;
    let now = state.clock.now();
    let within = Within { from: now.plus_days(1 - filters.days), program: filters.program };
    let mut tx = state.db.tenant(organization).await?;
    let ranking = ranked::ranking(&mut tx, filters.sort, within).await?;
    let part = Part { sort: filters.sort, ranking, limit: i64::MAX, offset: 0 };
    let ids = store::ids(&mut tx, &filters.filter(), &part, now).await?.into_iter();
    tx.commit().await?;
    let cursor = ExportCursor { ids, days: filters.days, state, organization, within, now };
    Ok(csv::download("affiliates", csv::line(HEAD), cursor, next)?)
}

async fn next(mut cursor: ExportCursor) -> Result<Option<(String, Option<ExportCursor>)>, sqlx::Error> {
    let mut tx = cursor.state.db.tenant(cursor.organization).await?;
    let ids: Vec<AffiliateId> = cursor.ids.by_ref().take(ROWS_AT_ONCE).collect();
    let rows = store::rows(&mut tx, &ids, cursor.now).await?;
    let figures = figures_store::of(&mut tx, &ids, cursor.within).await?;
    tx.commit().await?;
    let none = Figures::default();
    let text = rows.iter().map(|row| lines(row, figures.get(&row.id).unwrap_or(&none), cursor.days)).collect();
    let more = !cursor.ids.as_slice().is_empty();
    Ok(Some((text, more.then_some(cursor))))
}

/// Formats one row. A cell lists several currencies, in the same order in each column.
fn lines(row: &Row, figures: &Figures, days: i64) -> String {
    let each = |of: fn(&(String, i64, i64)) -> String| figures.money.iter().map(of).collect::<Vec<_>>().join(" ");
    csv::line([
        row.id.to_string().as_str(),
        &row.name,
        &row.email,
        &row.slug,
        &row.status,
        row.segment.as_deref().unwrap_or_default(),
        &row.created_at.to_string(),
        &days.to_string(),
        &figures.clicks.to_string(),
        &figures.sales.to_string(),
        &each(|(currency, revenue, _)| csv::major(*revenue, currency)),
        &each(|(currency, _, earned)| csv::major(*earned, currency)),
        &each(|(currency, ..)| currency.clone()),
    ])
}
