//! `GET /dashboard/commissions.csv`: exports a tab as CSV with the page's filters, read in batches so that any length
//! works.

use axum::{extract::State, response::Response};

use super::{
    filters::ListFilters,
    store::{self, Filter, Row},
};
use crate::dashboard::{home_amount, list_filters};
use engine::fx_rates::convert::{self, RatesOfDays};
use identity::access::{member::Choice, session::Session};
use kit::{
    access::role::Right,
    api::query::Query,
    db::TenantTx,
    page::{PageError, csv},
    state::AppState,
};

const HEAD: [&str; 20] = [
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
    home_amount::HEAD[0],
    home_amount::HEAD[1],
    home_amount::HEAD[2],
    home_amount::HEAD[3],
];

pub async fn download(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut filters = ListFilters::read(query, organization, list_filters::FILE_ROWS)?;
    let mut tx = state.db.tenant(organization).await?;
    let found = filters.slice.found(&mut tx, state.clock.now()).await?;
    tx.commit().await?;
    let Some(found) = found else {
        return Ok(csv::attachment("commissions.csv", csv::KIND, csv::line(HEAD))?);
    };
    Ok(csv::export(&state.db, organization, "commissions", HEAD, filters.filter(found))?)
}

impl csv::Listing for Filter {
    async fn page(&mut self, tx: &mut TenantTx) -> sqlx::Result<csv::Page> {
        let rows = store::list(tx, self).await?;
        let needed = home_amount::needed(rows.iter().map(|row| (row.currency.as_str(), row.created_at)));
        let rates = convert::of_days(tx, needed).await?;
        self.after = rows.last().map(|row| row.id.uuid());
        Ok(csv::Page::new(rows.iter().map(|row| line(row, rates.as_ref())), self.limit))
    }
}

fn line(row: &Row, rates: Option<&RatesOfDays>) -> String {
    let money = |minor| csv::major(minor, &row.currency);
    let (conversion, name) =
        row.conversion.as_ref().map(|(id, name)| (id.to_string(), name.as_str())).unwrap_or_default();
    let (id, created_at, affiliate) = (row.id.to_string(), row.created_at.to_string(), row.affiliate.to_string());
    let (amount, earned, paid) = (money(row.amount), money(row.earned), money(row.paid));
    let hold_until = row.hold_until.to_string();
    let home = home_amount::cells(rates, row.amount, &row.currency, row.created_at);
    let own = [
        id.as_str(),
        &created_at,
        &row.kind,
        &row.name,
        &affiliate,
        &row.program,
        &conversion,
        name,
        &amount,
        &earned,
        &paid,
        &row.currency,
        &row.status,
        row.held.as_deref().unwrap_or_default(),
        &hold_until,
        &row.reason,
    ];
    csv::line(own.into_iter().chain(home.iter().map(String::as_str)))
}
