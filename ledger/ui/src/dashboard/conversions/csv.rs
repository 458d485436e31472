//! `GET /dashboard/conversions.csv`: exports the list as CSV with the page's filters, read in batches so that any
//! length works.

use axum::{extract::State, response::Response};
use shared::id::ConversionId;

use super::{
    filters::ListFilters,
    label::{Came, label},
    store::{self, Earned, Filter, Row},
};
use crate::dashboard::{home_amount, list_filters};
use engine::{
    fx_rates::convert::{self, RatesOfDays},
    lead::names_store,
};
use identity::{
    access::{member::Choice, session::Session},
    organization,
};
use kit::{
    access::role::Right,
    api::query::Query,
    db::TenantTx,
    page::{PageError, csv, zone::Zone},
    state::AppState,
};

const HEAD: [&str; 22] = [
    "date",
    "conversion id",
    "event id",
    "type",
    "source",
    "affiliate",
    "affiliate id",
    "program",
    "customer",
    "subscription id",
    "amount",
    "refunded",
    "currency",
    "commission",
    "commission currency",
    "status",
    "verified",
    home_amount::HEAD[0],
    home_amount::HEAD[1],
    home_amount::HEAD[2],
    home_amount::HEAD[3],
    "customer name",
];

pub async fn download(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut tx = state.db.tenant(organization).await?;
    let profile = organization::store::profile(&mut tx).await?;
    let zone = profile.map_or_else(Zone::utc, |profile| Zone::named(&profile.time_zone));
    let now = state.clock.now();
    let mut filters = ListFilters::read(query, organization, &zone, now, list_filters::FILE_ROWS)?;
    let filter = filters.find(&mut tx, now).await?;
    tx.commit().await?;
    let Some(filter) = filter else {
        return Ok(csv::attachment("conversions.csv", csv::KIND, csv::line(HEAD))?);
    };
    Ok(csv::export(&state.db, organization, "conversions", HEAD, filter)?)
}

impl csv::Listing for Filter {
    async fn page(&mut self, tx: &mut TenantTx) -> sqlx::Result<csv::Page> {
        let rows = store::list(tx, self).await?;
        let ids: Vec<ConversionId> = rows.iter().map(|row| row.id).collect();
        let earned = store::earned(tx, &ids).await?;
        let people = names_store::of_leads(tx, &ids).await?;
        let needed = home_amount::needed(rows.iter().map(|row| (row.currency.as_str(), row.at)));
        let rates = convert::of_days(tx, needed).await?;
        self.after = rows.last().map(|row| (row.at, row.id.uuid()));
        let shown = |row: &Row| {
            let person = people.get(&row.id).map(String::as_str).unwrap_or_default();
            line(row, person, &earned, rates.as_ref())
        };
        Ok(csv::Page::new(rows.iter().map(shown), self.limit))
    }
}

/// `person` is a lead's name.
fn line(row: &Row, person: &str, earned: &Earned, rates: Option<&RatesOfDays>) -> String {
    let came = Came {
        kind: &row.kind,
        source: &row.source,
        credited_by: row.credited_by.as_deref(),
        code: row.code.as_deref(),
    };
    let (affiliate, name) =
        row.affiliate.as_ref().map(|(id, name)| (id.to_string(), name.as_str())).unwrap_or_default();
    // One line per conversion: a cell lists several currencies, in the same order in each column.
    let earned = earned.get(&row.id).map(Vec::as_slice).unwrap_or_default();
    let amounts: Vec<String> = earned.iter().map(|(currency, amount)| csv::major(*amount, currency)).collect();
    let currencies: Vec<&str> = earned.iter().map(|(currency, _)| currency.as_str()).collect();
    let home = home_amount::cells(rates, row.amount, &row.currency, row.at);
    let (at, id, source) = (row.at.to_string(), row.id.to_string(), label(came));
    let (amount, refunded) = (csv::major(row.amount, &row.currency), csv::major(row.refunded, &row.currency));
    let (amounts, currencies) = (amounts.join(" "), currencies.join(" "));
    let own = [
        at.as_str(),
        &id,
        &row.external_id,
        &row.kind,
        &source,
        name,
        &affiliate,
        row.program.as_deref().unwrap_or_default(),
        row.customer.as_ref().map(|(_, name)| name.as_str()).unwrap_or_default(),
        row.subscription.as_deref().unwrap_or_default(),
        &amount,
        &refunded,
        &row.currency,
        &amounts,
        &currencies,
        &row.status,
        if row.verified { "yes" } else { "no" },
    ];
    csv::line(own.into_iter().chain(home.iter().map(String::as_str)).chain([person]))
}
