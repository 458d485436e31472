//! `GET /dashboard/conversions`: the list, with its tabs and filters.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use shared::id::ConversionId;

use super::{
    PLACE,
    filters::{ListFilters, SHOWN, STATUSES},
    label::{Came, label},
    store::{self, Earned, Row},
};
use crate::dashboard::list_filters;
use identity::{
    access::{member::Choice, session::Session},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    page::{
        Html, PageError,
        address::Address,
        list::Pager,
        status::{self, Badge},
        tab::{Tab, tabs},
        zone::Zone,
    },
    state::AppState,
};
use programs::dashboard::pick_store;
use rules::format;

const NOTHING: &str = "\u{2013}";

#[derive(Debug, askama::Template)]
#[template(path = "conversions.html")]
struct ConversionsPage {
    frame: Frame,
    filters: ListFilters,
    address: Address,
    chips: Vec<Tab>,
    programs: Vec<(String, String)>,
    statuses: Vec<(String, String)>,
    rows: Vec<SaleRow>,
    pager: Pager,
    file: String,
}

impl ConversionsPage {
    fn program(&self) -> String {
        self.filters.program.map(|id| id.to_string()).unwrap_or_default()
    }
}

/// A row, formatted for display.
#[derive(Debug)]
pub struct SaleRow {
    pub id: String,
    pub at: (String, String),
    pub name: String,
    pub kind: String,
    pub source: String,
    pub verified: bool,
    pub affiliate: Option<(String, String)>,
    pub program: String,
    pub customer: Option<(String, String)>,
    pub subscription: Option<String>,
    pub amount: String,
    pub refunded: Option<String>,
    pub commission: Vec<String>,
    pub badge: Badge,
    pub in_review: bool,
}

impl SaleRow {
    pub fn of(row: Row, earned: &Earned, zone: &Zone) -> Self {
        let came = Came {
            kind: &row.kind,
            source: &row.source,
            credited_by: row.credited_by.as_deref(),
            code: row.code.as_deref(),
        };
        let commission = earned.get(&row.id).into_iter().flatten().filter(|(_, amount)| *amount != 0);
        Self {
            id: row.id.to_string(),
            at: zone.when(row.at),
            source: label(came),
            commission: commission.map(|(currency, amount)| format::money(*amount, currency)).collect(),
            affiliate: row.affiliate.map(|(id, name)| (id.to_string(), name)),
            customer: row.customer.map(|(id, name)| (id.to_string(), name)),
            amount: if row.amount == 0 { NOTHING.to_owned() } else { format::money(row.amount, &row.currency) },
            refunded: (row.refunded > 0).then(|| format::money(row.refunded, &row.currency)),
            name: row.external_id,
            kind: row.kind,
            verified: row.verified,
            program: row.program.unwrap_or_else(|| NOTHING.to_owned()),
            subscription: row.subscription,
            badge: status::conversion(&row.status, row.in_review),
            in_review: row.in_review,
        }
    }
}

/// # Errors
/// 404 if the user isn't a member of the organization; 400 for an invalid filter; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let frame = Frame::load(&state, &session, organization, PLACE).await?;
    let mut filters = ListFilters::read(query, organization, &frame.zone, state.clock.now(), list_filters::ROWS)?;
    let mut tx = state.db.tenant(organization).await?;
    filters.whom.find(&mut tx).await?;
    let programs = pick_store::programs(&mut tx).await?;
    let rows = match filters.whom.is_nobody() {
        true => Vec::new(),
        false => store::list(&mut tx, &filters.filter()).await?,
    };
    let ids: Vec<ConversionId> = rows.iter().map(|row| row.id).collect();
    let earned = store::earned(&mut tx, &ids).await?;
    tx.commit().await?;
    let page =
        filters.pagination.page(rows, |row| (row.at, row.id.uuid()), |row| SaleRow::of(row, &earned, &frame.zone));
    let address = filters.address();
    let here = match filters.pagination.after {
        Some(_) => address.clone().with("cursor", "-"),
        None => address.clone(),
    };
    Ok(Html(ConversionsPage {
        chips: tabs("show", &SHOWN, filters.show, &address),
        programs: list_filters::options(&programs, "All programs"),
        statuses: statuses(),
        pager: Pager::of_cursor(page.next_cursor.as_deref(), &here),
        file: address.clone().at(format!("{PLACE}.csv")).to_string(),
        rows: page.data,
        frame,
        filters,
        address,
    })
    .into_response())
}

fn statuses() -> Vec<(String, String)> {
    let named = STATUSES.into_iter().map(|status| (status.to_owned(), status::earned(status).to_owned()));
    std::iter::once((String::new(), "Any status".to_owned())).chain(named).collect()
}
