//! `GET /dashboard/review.csv`: exports the whole queue as CSV, read in batches so that any length works.

use axum::{extract::State, response::Response};
use shared::timestamp::Timestamp;
use uuid::Uuid;

use super::{
    list::{reported_by, suspicions},
    store::{self, Flagged},
};
use identity::access::{member::Choice, session::Session};
use kit::{
    access::role::Right,
    db::TenantTx,
    page::{PageError, csv},
    state::AppState,
};

const ROWS_AT_ONCE: i64 = 500;
const HEAD: [&str; 17] = [
    "date",
    "conversion id",
    "event id",
    "type",
    "reported by",
    "affiliate",
    "affiliate id",
    "affiliate email",
    "customer",
    "customer email",
    "amount",
    "currency",
    "held",
    "held currency",
    "why",
    "commission id",
    "customer name",
];

#[derive(Default)]
struct Queue {
    after: Option<(Timestamp, Uuid)>,
}

pub async fn download(State(state): State<AppState>, session: Session, choice: Choice) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(csv::export(&state.db, organization, "review", HEAD, Queue::default())?)
}

impl csv::Listing for Queue {
    async fn page(&mut self, tx: &mut TenantTx) -> sqlx::Result<csv::Page> {
        let rows = store::queue(tx, self.after, ROWS_AT_ONCE).await?;
        self.after = rows.last().map(|row| (row.at, row.id.uuid()));
        Ok(csv::Page::new(rows.iter().map(line), ROWS_AT_ONCE))
    }
}

fn line(row: &Flagged) -> String {
    let (id, name, email) = row
        .affiliate
        .as_ref()
        .map(|one| (one.id.to_string(), one.name.as_str(), one.email.as_str()))
        .unwrap_or_default();
    // One line per conversion: a cell lists several currencies, in the same order in each column.
    let held: Vec<String> = row.held.iter().map(|(currency, amount)| csv::major(*amount, currency)).collect();
    let currencies: Vec<&str> = row.held.iter().map(|(currency, _)| currency.as_str()).collect();
    csv::line([
        row.at.to_string().as_str(),
        &row.id.to_string(),
        &row.external_id,
        &row.kind,
        reported_by(&row.source),
        name,
        &id,
        email,
        row.customer.as_deref().unwrap_or_default(),
        row.customer_email.as_deref().unwrap_or_default(),
        &csv::major(row.amount, &row.currency),
        &row.currency,
        &held.join(" "),
        &currencies.join(" "),
        &suspicions(row).join("; "),
        &row.receipt.map(|id| id.to_string()).unwrap_or_default(),
        row.customer_name.as_deref().unwrap_or_default(),
    ])
}
