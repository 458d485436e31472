//! `GET /a/sales.csv`: exports all rows of the sales page as CSV.

use axum::{extract::State, response::Response};
use shared::{id::AffiliateId, timestamp::Timestamp};

use super::{
    sales::ListFilters,
    sales_store::{self, Earning, Filter},
    words,
};
use identity::portal::session::AffiliateSession;
use kit::{
    api::query::Query,
    db::TenantTx,
    page::{PageError, csv, zone::Zone},
    state::AppState,
    text::Texts,
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

struct Sales {
    affiliate: AffiliateId,
    filter: Filter,
    zone: Zone,
    now: Timestamp,
}

pub async fn download(
    State(state): State<AppState>,
    session: AffiliateSession,
    mut query: Query,
) -> Result<Response, PageError> {
    let now = state.clock.now();
    let filter = ListFilters::read(&mut query, &session.zone, now)?.filter(None, ROWS_AT_ONCE);
    query.finish()?;
    let listing = Sales { affiliate: session.affiliate, filter, zone: session.zone, now };
    Ok(csv::export(&state.db, session.organization, "sales", HEAD, listing)?)
}

impl csv::Listing for Sales {
    async fn page(&mut self, tx: &mut TenantTx) -> sqlx::Result<csv::Page> {
        let rows = sales_store::list(tx, self.affiliate, &self.filter).await?;
        self.filter.after = rows.last().map(|last| (last.at, last.id.uuid()));
        Ok(csv::Page::new(rows.iter().map(|row| line(row, &self.zone, self.now)), ROWS_AT_ONCE))
    }
}

/// A file is in English in every language, as programs read it too.
fn line(row: &Earning, zone: &Zone, now: Timestamp) -> String {
    let t = Texts::default();
    let message = words::message(t, row, zone, now);
    let (sale, currency) = row
        .sale
        .as_ref()
        .map_or_else(Default::default, |(amount, currency)| (csv::major(*amount, currency), currency.clone()));
    csv::line([
        row.id.to_string().as_str(),
        &row.listed_at().to_string(),
        &words::kind(t, row),
        &row.program,
        &sale,
        &currency,
        &csv::major(row.earned, &row.currency),
        &csv::major(row.amount, &row.currency),
        &row.currency,
        &message.word,
        &message.why,
    ])
}
