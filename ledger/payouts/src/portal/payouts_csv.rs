//! `GET /a/payouts.csv`: exports an affiliate's payouts as a file, newest first.

use axum::{extract::State, response::Response};
use shared::id::{AffiliateId, OrganizationId, PayoutId};

use crate::receipt::{
    file,
    list_store::{self, Payout},
};
use identity::portal::session::AffiliateSession;
use kit::{
    page::{PageError, csv},
    state::AppState,
};

const ROWS_AT_ONCE: i64 = 500;
const HEAD: [&str; 8] = ["payout id", "made", "sent", "currency", "amount", "came back", "paid by", "status"];

/// The position in the export.
struct ExportCursor {
    state: AppState,
    organization: OrganizationId,
    affiliate: AffiliateId,
    before: Option<PayoutId>,
}

pub async fn download(State(state): State<AppState>, session: AffiliateSession) -> Result<Response, PageError> {
    let cursor = ExportCursor { state, organization: session.organization, affiliate: session.affiliate, before: None };
    Ok(file::private(csv::download("payouts", csv::line(HEAD), cursor, next)?))
}

async fn next(mut cursor: ExportCursor) -> Result<Option<(String, Option<ExportCursor>)>, sqlx::Error> {
    let mut tx = cursor.state.db.tenant(cursor.organization).await?;
    let rows = list_store::list(&mut tx, cursor.affiliate, cursor.before, ROWS_AT_ONCE).await?;
    tx.commit().await?;
    cursor.before = rows.last().map(|row| row.id);
    Ok(csv::portion(rows.iter().map(line).collect(), (rows.len(), ROWS_AT_ONCE), cursor))
}

fn line(row: &Payout) -> String {
    let code = row.currency.code();
    csv::line([
        row.id.to_string().as_str(),
        &row.created_at.to_string(),
        &row.sent_at.map(|at| at.to_string()).unwrap_or_default(),
        code,
        &csv::major(row.net, code),
        &csv::major(row.returned, code),
        &row.rail,
        row.status.as_str(),
    ])
}
