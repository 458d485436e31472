//! `GET /dashboard/affiliates.csv`: a tab as a file, with the filters, the order and the figures of the page.

use axum::{extract::State, response::Response};
use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};

use super::{
    asked::Asked,
    figures_store::{self, Figures, Within},
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

/// What is yet to be sent.
struct Rest {
    state: AppState,
    organization: OrganizationId,
    /// Read once: whatever changes meanwhile, nobody is told twice or passed over.
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
    let asked = Asked::read(query, organization)?;
    let now = state.clock.now();
    let within = Within { from: now.plus_days(1 - asked.days), program: asked.program };
    let mut tx = state.db.tenant(organization).await?;
    let ranking = ranked::ranking(&mut tx, organization, asked.sort, within).await?;
    let part = Part { sort: asked.sort, ranking, limit: i64::MAX, offset: 0 };
    let ids = store::ids(&mut tx, organization, &asked.filter(), &part, now).await?.into_iter();
    tx.commit().await?;
    let rest = Rest { ids, days: asked.days, state, organization, within, now };
    Ok(csv::download("affiliates", csv::line(HEAD), rest, next)?)
}

async fn next(mut rest: Rest) -> Result<Option<(String, Option<Rest>)>, sqlx::Error> {
    let mut tx = rest.state.db.tenant(rest.organization).await?;
    let ids: Vec<AffiliateId> = rest.ids.by_ref().take(ROWS_AT_ONCE).collect();
    let rows = store::rows(&mut tx, rest.organization, &ids, rest.now).await?;
    let figures = figures_store::of(&mut tx, rest.organization, &ids, rest.within).await?;
    tx.commit().await?;
    let none = Figures::default();
    let text = rows.iter().map(|row| lines(row, figures.get(&row.id).unwrap_or(&none), rest.days)).collect();
    let more = !rest.ids.as_slice().is_empty();
    Ok(Some((text, more.then_some(rest))))
}

/// One line: several currencies stand in one cell each, in the same order.
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
