//! `GET /dashboard/payouts.csv`: exports a tab as CSV with the page's filters. Rows are read in batches and sent as
//! they are read, so that any length works.

use axum::{extract::State, response::Response};
use shared::id::{AffiliateId, OrganizationId, PayoutId};

use super::{
    filters::{ListFilters, Tab},
    owed_store::{self, Owed},
    store::{self, Row},
    verdict::{self, Verdicts},
};
use identity::{
    access::{member::Choice, session::Session},
    organization::time_zone,
};
use kit::{
    access::role::Right,
    api::query::Query,
    page::{PageError, csv},
    state::AppState,
};

const ROWS_AT_ONCE: i64 = 250;
const OWED: [&str; 9] = [
    "affiliate id",
    "name",
    "e-mail",
    "currency",
    "payable",
    "paid too much",
    "next run",
    "why not",
    "payout on its way",
];
const PAYOUTS: [&str; 18] = [
    "payout id",
    "affiliate id",
    "name",
    "e-mail",
    "currency",
    "gross",
    "withheld",
    "net",
    "came back",
    "paid by",
    "status",
    "reason code",
    "reason",
    "run id",
    "reference",
    "created",
    "sent",
    "ended",
];

/// The remaining part of the export.
struct ExportCursor {
    state: AppState,
    organization: OrganizationId,
    filters: ListFilters,
    before: Option<PayoutId>,
    after: Option<(AffiliateId, String)>,
}

pub async fn download(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut tx = state.db.tenant(organization).await?;
    let filters = ListFilters::read(&mut query, &time_zone::of(&mut tx).await?)?;
    tx.commit().await?;
    let head = if filters.tab == Tab::Pending { csv::line(OWED) } else { csv::line(PAYOUTS) };
    let name = format!("payouts-{}", filters.tab.name());
    let cursor = ExportCursor { state, organization, filters, before: None, after: None };
    Ok(csv::download(&name, head, cursor, next)?)
}

async fn next(mut cursor: ExportCursor) -> Result<Option<(String, Option<ExportCursor>)>, sqlx::Error> {
    let mut text = String::new();
    let mut tx = cursor.state.db.tenant(cursor.organization).await?;
    let count = if cursor.filters.tab == Tab::Pending {
        let after = cursor.after.as_ref().map(|(affiliate, currency)| (*affiliate, currency.as_str()));
        let rows = owed_store::list(&mut tx, &cursor.filters, after, ROWS_AT_ONCE).await?;
        cursor.after = rows.last().map(|last| (last.affiliate, last.currency.clone()));
        // Whom the next run pays.
        let verdicts = verdict::of(&mut tx, &rows, cursor.state.clock.now()).await?;
        rows.iter().for_each(|row| text.push_str(&owed(row, &verdicts)));
        rows.len()
    } else {
        let rows = store::list(&mut tx, &cursor.filters, cursor.before, ROWS_AT_ONCE).await?;
        cursor.before = rows.last().map(|last| last.id);
        rows.iter().for_each(|row| text.push_str(&payout(row)));
        rows.len()
    };
    tx.commit().await?;
    Ok(csv::portion(text, (count, ROWS_AT_ONCE), cursor))
}

fn owed(row: &Owed, verdicts: &Verdicts) -> String {
    let verdict = row.currency.parse().ok().and_then(|currency| verdicts.get(&(row.affiliate, currency)));
    let open = row.open.map(|(id, _)| id.to_string()).unwrap_or_default();
    csv::line([
        row.affiliate.to_string().as_str(),
        &row.name,
        &row.email,
        &row.currency,
        &csv::major(row.amount.max(0), &row.currency),
        &csv::major(row.amount.min(0).saturating_neg(), &row.currency),
        if row.amount > 0 && verdict.is_none_or(|one| one.code.is_none()) { "yes" } else { "no" },
        verdict.and_then(|one| one.code).unwrap_or_default(),
        &open,
    ])
}

fn payout(row: &Row) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let moment = |at: Option<shared::timestamp::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let money = |minor| csv::major(minor, &row.currency);
    csv::line([
        row.id.to_string().as_str(),
        &row.affiliate.to_string(),
        &row.name,
        &row.email,
        &row.currency,
        &money(row.amount),
        &money(row.withheld),
        &money(row.amount - row.withheld),
        &money(row.returned),
        &row.rail,
        &row.status,
        &text(&row.reason_code),
        &text(&row.reason),
        &row.run.map(|id| id.to_string()).unwrap_or_default(),
        &text(&row.reference),
        &row.created_at.to_string(),
        &moment(row.sent_at),
        &moment(row.ended_at),
    ])
}
