//! `GET /dashboard/conversions`: the list, with its tabs and filters.

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use shared::id::ConversionId;

use super::{
    PLACE,
    filters::{ListFilters, SHOWN},
    label::{Came, label},
    store::{self, Earned, Row},
};
use crate::dashboard::{
    facets::Choices,
    home_amount::{self, HomeAmount},
    list_filters,
    views::{self, Views},
};
use engine::{fx_rates::convert, lead::names_store};
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
        columns::Columns,
        filter::FilterBar,
        list::{Heading, Pager, Shown, Total},
        status::{self, Badge},
        tab::{Tab, tabs},
        zone::Zone,
    },
    state::AppState,
};
use rules::format;

const NOTHING: &str = "\u{2013}";

#[derive(Debug, askama::Template)]
#[template(path = "conversions.html")]
struct ConversionsPage {
    frame: Frame,
    filters: ListFilters,
    address: Address,
    chips: Vec<Tab>,
    filter_bar: FilterBar,
    columns: Columns,
    views: Views,
    date: Vec<Heading>,
    /// Whether *Paid* lists what an import left to the earlier platform.
    has_left: bool,
    rows: Vec<SaleRow>,
    pager: Pager,
    file: String,
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
    /// A lead's name.
    pub person: Option<String>,
    pub subscription: Option<String>,
    pub amount: String,
    pub home: Option<HomeAmount>,
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
            person: None,
            amount: if row.amount == 0 { NOTHING.to_owned() } else { format::money(row.amount, &row.currency) },
            home: None,
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
/// 404 if the user isn't a member of the organization; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    RawQuery(sent): RawQuery,
    query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let frame = Frame::load(&state, &session, organization, PLACE).await?;
    let now = state.clock.now();
    let mut filters = match ListFilters::read(query, organization, &frame.zone, now, list_filters::ROWS) {
        Ok(filters) => filters,
        Err(error) => return views::without_refused(&state, organization, (PLACE, sent.as_deref()), error).await,
    };
    let mut tx = state.db.tenant(organization).await?;
    let filter = filters.find(&mut tx, now).await?;
    let choices = Choices::load(&mut tx).await?;
    let rows = match &filter {
        Some(filter) => store::list(&mut tx, filter).await?,
        None => Vec::new(),
    };
    let total = match &filter {
        Some(filter) if list_filters::is_more(&filters.pagination, rows.len()) => {
            Some(Total { rows: store::count(&mut tx, filter).await?, most: filter.found.counted_max() })
        }
        _ => None,
    };
    let ids: Vec<ConversionId> = rows.iter().map(|row| row.id).collect();
    let earned = store::earned(&mut tx, &ids).await?;
    let people = names_store::of_leads(&mut tx, &ids).await?;
    let needed = home_amount::needed(rows.iter().map(|row| (row.currency.as_str(), row.at)));
    let rates = convert::of_days(&mut tx, needed).await?;
    let address = filters.address();
    let views = Views::load(&mut tx, session.user, &frame, &address, now).await?;
    tx.commit().await?;
    let has_left = filters.status == Some("Paid") && rows.iter().any(|row| row.status == "SettledThere");
    let page = filters.pagination.page(
        rows,
        |row| (row.at, row.id.uuid()),
        |row| {
            let home = home_amount::of(rates.as_ref(), row.amount, &row.currency, row.at);
            let person = people.get(&row.id).cloned();
            SaleRow { home, person, ..SaleRow::of(row, &earned, &frame.zone) }
        },
    );
    let shown = Shown { before: filters.seen, rows: page.data.len(), total };
    Ok(Html(ConversionsPage {
        chips: tabs("show", &SHOWN, filters.show, &address),
        filter_bar: filters.bar(&choices),
        columns: Columns::of(
            "conversions",
            &[
                ("program", "Program", choices.programs.len() > 1),
                ("event", "Event ID", false),
                ("subscription", "Subscription ID", false),
            ],
        ),
        views,
        date: list_filters::date_heading("Date", filters.sort, &address),
        pager: Pager::of_counted(shown, page.next_cursor.as_deref(), &address),
        file: address.clone().at(format!("{PLACE}.csv")).to_string(),
        has_left,
        rows: page.data,
        frame,
        filters,
        address,
    })
    .into_response())
}
