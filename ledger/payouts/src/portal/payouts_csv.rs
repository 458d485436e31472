//! `GET /a/payouts.csv`: exports an affiliate's payouts as a file, newest first.

use axum::{extract::State, response::Response};
use shared::id::{AffiliateId, PayoutId};

use crate::receipt::{
    file,
    list_store::{self, Payout},
};
use identity::portal::session::AffiliateSession;
use kit::{
    db::TenantTx,
    page::{PageError, csv},
    state::AppState,
};

const ROWS_AT_ONCE: i64 = 500;
const HEAD: [&str; 8] = ["payout id", "made", "sent", "currency", "amount", "came back", "paid by", "status"];

struct Payouts {
    affiliate: AffiliateId,
    before: Option<PayoutId>,
}

pub async fn download(State(state): State<AppState>, session: AffiliateSession) -> Result<Response, PageError> {
    let listing = Payouts { affiliate: session.affiliate, before: None };
    Ok(file::private(csv::export(&state.db, session.organization, "payouts", HEAD, listing)?))
}

impl csv::Listing for Payouts {
    async fn page(&mut self, tx: &mut TenantTx) -> sqlx::Result<csv::Page> {
        let rows = list_store::list(tx, self.affiliate, self.before, ROWS_AT_ONCE).await?;
        self.before = rows.last().map(|row| row.id);
        Ok(csv::Page::new(rows.iter().map(line), ROWS_AT_ONCE))
    }
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
