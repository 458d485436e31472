//! `/a/sales`: everything that an affiliate earned, with status and reason.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use jiff::civil::Date;
use serde_json::{Value, json};
use shared::timestamp::Timestamp;
use uuid::Uuid;

use super::{
    sales_store::{self, Days, Earning, Filter},
    statement::{self, Month},
    words::{self, StatusText},
};
use identity::portal::{frame::Frame, session::AffiliateSession};
use kit::{
    api::{pagination::Pagination, query::Query},
    error::Result,
    page::{
        Html, PageError,
        address::Address,
        list::Pager,
        span::Span,
        tab::{Tab, tabs_in},
        zone::Zone,
    },
    state::AppState,
    text::Texts,
};

pub const HERE: &str = "/a/sales";
/// In a URL, and the label's message.
const KINDS: [(&str, &str); 6] = [
    ("", "portal-sales-kind-all"),
    ("sales", "portal-sales-kind-sales"),
    ("renewals", "portal-sales-kind-renewals"),
    ("leads", "portal-sales-kind-leads"),
    ("clicks", "portal-sales-kind-clicks"),
    ("other", "portal-sales-kind-other"),
];
const STATES: [(&str, &str); 5] = [
    ("", "portal-sales-status-all"),
    ("Pending", "portal-sales-status-on-hold"),
    ("Approved", "portal-sales-status-payable"),
    ("Paid", "portal-sales-status-paid"),
    ("Refunded", "portal-sales-status-refunded"),
];

/// The list's filters, read from the query string.
#[derive(Debug, Clone)]
pub struct ListFilters {
    kind: &'static str,
    status: &'static str,
    pub span: Span,
}

impl ListFilters {
    /// # Errors
    /// 400 naming the parameter.
    pub fn read(query: &mut Query, zone: &Zone, now: Timestamp) -> Result<Self> {
        let choices = |list: &[(&'static str, &'static str)]| list.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        Ok(Self {
            kind: query.one_of("kind", &choices(&KINDS))?.unwrap_or_default(),
            status: query.one_of("status", &choices(&STATES))?.unwrap_or_default(),
            span: Span::read(query, zone, now)?,
        })
    }

    pub fn filter(&self, after: Option<(Timestamp, Uuid)>, limit: i64) -> Filter {
        let (kinds, sold): (&[&str], _) = match self.kind {
            "sales" => (&["Conversion"], Some("Sale")),
            "renewals" => (&["Conversion"], Some("Recurring")),
            "leads" => (&["Conversion"], Some("Lead")),
            "clicks" => (&["Click"], None),
            "other" => (&["Bonus", "Adjustment", "Override"], None),
            _ => (&[], None),
        };
        let next = self.span.last.tomorrow().unwrap_or(Date::MAX);
        Filter {
            id: None,
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            sold,
            status: Some(self.status).filter(|status| !status.is_empty()),
            days: Some(Days::between(&self.span.zone, self.span.first, next)),
            after,
            limit,
        }
    }

    fn address(&self) -> Address {
        self.span.on(Address::new(HERE).with("kind", self.kind).with("status", self.status))
    }
}

#[derive(Debug, askama::Template)]
#[template(path = "portal_sales.html")]
struct SalesPage {
    t: Texts,
    frame: Frame,
    organization: String,
    address: Address,
    file: Address,
    /// To choose a statement.
    months: Vec<Month>,
    chosen: Span,
    kinds: Vec<Tab>,
    states: Vec<Tab>,
    rows: Vec<Row>,
    pager: Pager,
    filtered: bool,
}

#[derive(Debug)]
pub struct Row {
    pub id: String,
    pub at: String,
    pub kind: String,
    pub program: String,
    pub link: Option<String>,
    pub customer: Option<String>,
    pub sale: Option<String>,
    pub amount: String,
    pub message: StatusText,
    /// Since when it has its status, or until when.
    pub status_day: Option<String>,
}

/// `GET /a/sales`: shows the list.
///
/// # Errors
/// 400 naming a parameter; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: AffiliateSession,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let now = state.clock.now();
    let t = session.t;
    let filters = ListFilters::read(&mut query, &session.zone, now)?;
    let pagination: Pagination<(Timestamp, Uuid)> = query.page()?;
    query.finish()?;
    let here = filters.address();
    let mut tx = state.db.tenant(session.organization).await?;
    let filter = filters.filter(pagination.after, pagination.limit());
    let found = sales_store::list(&mut tx, session.affiliate, &filter).await?;
    tx.commit().await?;
    let page = pagination.page(found, |row| (row.at, row.id.uuid()), |row| Row::of(t, &row, &session.zone, now));
    let pager = Pager::of_cursor(page.next_cursor.as_deref(), &pager_address(here.clone(), pagination.after.is_some()));
    let page = SalesPage {
        t,
        frame: session.frame(HERE),
        kinds: tabs_in(t, "kind", &KINDS, filters.kind, &here),
        states: tabs_in(t, "status", &STATES, filters.status, &here),
        file: here.clone().at("/a/sales.csv"),
        months: statement::months(t, session.zone.day_of(now)),
        filtered: !filters.kind.is_empty() || !filters.status.is_empty(),
        pager: pager.in_language(t),
        rows: page.data,
        address: here,
        chosen: filters.span.in_language(t),
        organization: session.organization_name,
    };
    Ok(Html(page).into_response())
}

/// Marks the address unless this is the first page; the pager needs to know.
pub fn pager_address(here: Address, further: bool) -> Address {
    if further { here.with("cursor", "x") } else { here }
}

/// The time of a sale, the day on which something was given or a recruit sold, or the UTC day of clicks.
fn when(t: Texts, row: &Earning, zone: &Zone) -> String {
    match row.kind.as_str() {
        _ if row.sold.is_some() => zone.full_in(t, row.at),
        _ if row.is_given() => zone.date_in(t, row.created),
        "Override" => zone.date_in(t, row.at),
        _ => t.date(row.at),
    }
}

impl Row {
    /// The same for a model that answers the affiliate's question.
    pub(super) fn facts(&self) -> Value {
        json!({
            "id": self.id, "when": self.at, "kind": self.kind, "program": self.program, "link": self.link,
            "sale": self.sale, "amount": self.amount, "status": self.message.word, "why": self.message.why,
            "statusDay": self.status_day,
        })
    }

    pub fn of(t: Texts, row: &Earning, zone: &Zone, now: Timestamp) -> Self {
        Self {
            id: row.id.to_string(),
            at: when(t, row, zone),
            kind: words::kind(t, row),
            program: row.program.clone(),
            link: row.link.clone(),
            customer: row.customer.as_ref().map(|code| t.say("portal-sales-customer").with("code", code).to_string()),
            sale: row.sale.as_ref().filter(|(amount, _)| *amount != 0).map(|(amount, code)| t.money(*amount, code)),
            amount: t.money(row.amount, &row.currency),
            message: words::message(t, row, zone, now),
            status_day: words::status_day(t, row, zone),
        }
    }
}
