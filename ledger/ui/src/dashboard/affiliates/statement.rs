//! `/dashboard/affiliates/{id}/statement`: every change to what an affiliate is owed in one currency, with the running
//! balance, as a page and as CSV.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use shared::{
    id::{AffiliateId, OrganizationId},
    money::Currency,
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::PLACE;
use crate::dashboard::list_filters;
use identity::{
    access::{member::Choice, session::Session},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::{pagination::Pagination, query::Query},
    db::TenantTx,
    error::{Error, Result},
    page::{Html, PageError, address::Address, csv, list::Pager, span, tab::Tab, zone::Zone},
    state::AppState,
};
use payouts::statement::{
    lines::in_words,
    store::{self, Move},
};
use programs::affiliate::status_change;
use rules::format;

#[derive(Debug, askama::Template)]
#[template(path = "affiliate_statement.html")]
struct StatementPage {
    frame: Frame,
    id: String,
    name: String,
    address: Address,
    chosen: span::Span,
    currencies: Vec<Tab>,
    currency: String,
    opening: String,
    closing: String,
    lines: Vec<Line>,
    pager: Pager,
    file: String,
}

#[derive(Debug)]
struct Line {
    place: (Timestamp, Uuid),
    at: (String, String),
    what: String,
    commission: String,
    payout: Option<String>,
    amount: String,
    balance: String,
}

/// The request's parameters.
struct StatementFilters {
    id: AffiliateId,
    name: String,
    currency: Currency,
    /// Currencies in which they ever had a balance.
    known: Vec<Currency>,
    chosen: span::Span,
    pagination: Pagination<(Timestamp, Uuid)>,
}

impl StatementFilters {
    async fn read(
        state: &AppState,
        organization: OrganizationId,
        id: &str,
        mut query: Query,
        zone: &Zone,
        rows: &str,
    ) -> Result<Self> {
        let id: AffiliateId = id.parse().map_err(|_| Error::not_found())?;
        list_filters::without_blanks(&mut query, &["currency", "from", "to", "cursor"]);
        query.text("organization");
        let mut tx = state.db.tenant(organization).await?;
        let name = status_change::read(&mut tx, state, id).await?.name;
        let known: Vec<Currency> = store::sums(&mut tx, Some(id)).await?.iter().map(|sum| sum.currency).collect();
        tx.commit().await?;
        let currency = query.currency("currency")?.and_then(|code| code.parse().ok());
        let filters = Self {
            id,
            name,
            currency: currency.or_else(|| known.first().copied()).unwrap_or(Currency::USD),
            known,
            chosen: span::Span::read(&mut query, zone, state.clock.now())?,
            pagination: Pagination::read(Some(rows), query.text("cursor").as_deref())?,
        };
        query.finish()?;
        Ok(filters)
    }

    fn span(&self, after: Option<(Timestamp, Uuid)>) -> store::Span {
        store::Span { from: Some(self.chosen.from()), to: Some(self.chosen.to()), after }
    }

    fn address(&self, organization: OrganizationId) -> Address {
        let path = format!("{PLACE}/{}/statement", self.id);
        self.chosen.on(Address::of(path, organization).with("currency", self.currency.code()))
    }
}

/// # Errors
/// 404 if the user can't access it; 400 for an invalid parameter; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(id): Path<String>,
    query: Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let frame = Frame::load(&state, &session, organization, PLACE).await?;
    let filters = StatementFilters::read(&state, organization, &id, query, &frame.zone, list_filters::ROWS).await?;
    let mut tx = state.db.tenant(organization).await?;
    let accounts = store::owed_accounts(&mut tx, filters.id, filters.currency).await?;
    let span = filters.span(filters.pagination.after);
    let owed = store::owed(&mut tx, &accounts, span, state.clock.now()).await?;
    let moves = store::moves(&mut tx, &accounts, span, filters.pagination.limit()).await?;
    tx.commit().await?;
    let code = filters.currency.code();
    let mut balance = owed.before_page;
    let line = |row: Move| {
        balance = balance.saturating_add(row.change);
        Line {
            place: (row.at, row.id.uuid()),
            at: (row.at.to_string(), frame.zone.full(row.at)),
            what: in_words(&row),
            commission: row.commission.to_string(),
            payout: row.payout.map(|id| id.to_string()),
            amount: format::money(row.change, code),
            balance: format::money(balance, code),
        }
    };
    let page = filters.pagination.page(moves.into_iter().map(line).collect(), |line: &Line| line.place, |line| line);
    let address = filters.address(organization);
    let here = match filters.pagination.after {
        Some(_) => address.clone().with("cursor", "-"),
        None => address.clone(),
    };
    Ok(Html(StatementPage {
        opening: format::money(owed.at_start, code),
        closing: format::money(owed.at_end, code),
        currencies: choices(&filters, &address),
        currency: code.to_owned(),
        pager: Pager::of_cursor(page.next_cursor.as_deref(), &here),
        file: address.clone().at(format!("{PLACE}/{}/statement.csv", filters.id)).to_string(),
        lines: page.data,
        id: filters.id.to_string(),
        name: filters.name,
        chosen: filters.chosen,
        address,
        frame,
    })
    .into_response())
}

fn choices(filters: &StatementFilters, address: &Address) -> Vec<Tab> {
    let choice = |currency: &Currency| Tab {
        title: String::new(),
        href: address.clone().with("currency", currency.code()).to_string(),
        here: *currency == filters.currency,
        count: Some(currency.code().to_owned()),
    };
    filters.known.iter().map(choice).collect()
}

/// The lines of the export.
struct Moves {
    accounts: Vec<Uuid>,
    span: store::Span,
    currency: Currency,
    /// After the last line.
    balance: i64,
}

const ROWS_AT_ONCE: i64 = 500;
const HEAD: [&str; 7] = ["date", "what", "amount", "balance", "currency", "commission id", "payout id"];

pub async fn download(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(id): Path<String>,
    query: Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let frame = Frame::load(&state, &session, organization, PLACE).await?;
    let filters =
        StatementFilters::read(&state, organization, &id, query, &frame.zone, list_filters::FILE_ROWS).await?;
    let mut tx = state.db.tenant(organization).await?;
    let accounts = store::owed_accounts(&mut tx, filters.id, filters.currency).await?;
    let span = filters.span(None);
    let owed = store::owed(&mut tx, &accounts, span, state.clock.now()).await?;
    tx.commit().await?;
    let listing = Moves { accounts, span, currency: filters.currency, balance: owed.at_start };
    Ok(csv::export(&state.db, organization, &format!("statement-{}", filters.id), HEAD, listing)?)
}

impl csv::Listing for Moves {
    async fn page(&mut self, tx: &mut TenantTx) -> sqlx::Result<csv::Page> {
        let moves = store::moves(tx, &self.accounts, self.span, ROWS_AT_ONCE).await?;
        self.span.after = moves.last().map(|row| (row.at, row.id.uuid()));
        let code = self.currency.code();
        let lines = moves.iter().map(|row| {
            self.balance = self.balance.saturating_add(row.change);
            csv::line([
                row.at.to_string().as_str(),
                &in_words(row),
                &csv::major(row.change, code),
                &csv::major(self.balance, code),
                code,
                &row.commission.to_string(),
                &row.payout.map(|id| id.to_string()).unwrap_or_default(),
            ])
        });
        Ok(csv::Page::new(lines, ROWS_AT_ONCE))
    }
}
