//! `GET /a/payouts.csv`: an affiliate's payouts as a file, newest first.

use axum::{extract::State, response::Response};
use shared::id::{AffiliateId, OrganizationId, PayoutId};

use super::{
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

/// What is yet to be sent.
struct Rest {
    state: AppState,
    organization: OrganizationId,
    affiliate: AffiliateId,
    before: Option<PayoutId>,
}

pub async fn download(State(state): State<AppState>, session: AffiliateSession) -> Result<Response, PageError> {
    let rest = Rest { state, organization: session.organization, affiliate: session.affiliate, before: None };
    Ok(file::private(csv::download("payouts", csv::line(HEAD), rest, next)?))
}

async fn next(mut rest: Rest) -> Result<Option<(String, Option<Rest>)>, sqlx::Error> {
    let mut tx = rest.state.db.tenant(rest.organization).await?;
    let rows = list_store::list(&mut tx, rest.organization, rest.affiliate, rest.before, ROWS_AT_ONCE).await?;
    tx.commit().await?;
    rest.before = rows.last().map(|row| row.id);
    Ok(csv::portion(rows.iter().map(line).collect(), (rows.len(), ROWS_AT_ONCE), rest))
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
