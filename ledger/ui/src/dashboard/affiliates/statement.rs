//! `/dashboard/affiliates/{id}/statement`: every change of what an affiliate is owed in one currency, with the balance after
//! it; as a page and as a file.

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
use crate::dashboard::ask;
use identity::{
    access::{member::Choice, session::Session},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::{page::Wanted, query::Query},
    error::{Error, Result},
    page::{Html, PageError, address::Address, csv, list::Pager, span, tab::Tab, zone::Zone},
    state::AppState,
};
use payouts::statement::{
    lines::in_words,
    store::{self, Move},
};
use programs::affiliate::standing;
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

/// What is asked for, by the address.
struct Asked {
    id: AffiliateId,
    name: String,
    currency: Currency,
    /// Those in which they ever had anything.
    known: Vec<Currency>,
    chosen: span::Span,
    wanted: Wanted<(Timestamp, Uuid)>,
}

impl Asked {
    async fn read(
        state: &AppState,
        organization: OrganizationId,
        id: &str,
        mut query: Query,
        zone: &Zone,
        rows: &str,
    ) -> Result<Self> {
        let id: AffiliateId = id.parse().map_err(|_| Error::not_found())?;
        ask::without_blanks(&mut query, &["currency", "from", "to", "cursor"]);
        query.text("organization");
        let mut tx = state.db.tenant(organization).await?;
        let name = standing::read(&mut tx, state, organization, id).await?.name;
        let known: Vec<Currency> =
            store::sums(&mut tx, organization, Some(id)).await?.iter().map(|sum| sum.currency).collect();
        tx.commit().await?;
        let currency = query.currency("currency")?.and_then(|code| code.parse().ok());
        let asked = Self {
            id,
            name,
            currency: currency.or_else(|| known.first().copied()).unwrap_or(Currency::USD),
            known,
            chosen: span::Span::read(&mut query, zone, state.clock.now())?,
            wanted: Wanted::read(Some(rows), query.text("cursor").as_deref())?,
        };
        query.finish()?;
        Ok(asked)
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
/// 404 for what is not the person's; 400 for a parameter that can't be read; 503 where the database is away.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(id): Path<String>,
    query: Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let frame = Frame::gather(&state, &session, organization, PLACE).await?;
    let asked = Asked::read(&state, organization, &id, query, &frame.zone, ask::ROWS).await?;
    let mut tx = state.db.tenant(organization).await?;
    let accounts = store::owed_accounts(&mut tx, organization, asked.id, asked.currency).await?;
    let span = asked.span(asked.wanted.after);
    let owed = store::owed(&mut tx, organization, &accounts, span).await?;
    let moves = store::moves(&mut tx, organization, &accounts, span, asked.wanted.limit()).await?;
    tx.commit().await?;
    let code = asked.currency.code();
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
    let page = asked.wanted.page(moves.into_iter().map(line).collect(), |line: &Line| line.place, |line| line);
    let address = asked.address(organization);
    let here = match asked.wanted.after {
        Some(_) => address.clone().with("cursor", "-"),
        None => address.clone(),
    };
    Ok(Html(StatementPage {
        opening: format::money(owed.at_start, code),
        closing: format::money(owed.at_end, code),
        currencies: choices(&asked, &address),
        currency: code.to_owned(),
        pager: Pager::of_cursor(page.next_cursor.as_deref(), &here),
        file: address.clone().at(format!("{PLACE}/{}/statement.csv", asked.id)).to_string(),
        lines: page.data,
        id: asked.id.to_string(),
        name: asked.name,
        chosen: asked.chosen,
        address,
        frame,
    })
    .into_response())
}

fn choices(asked: &Asked, address: &Address) -> Vec<Tab> {
    let choice = |currency: &Currency| Tab {
        title: "",
        href: address.clone().with("currency", currency.code()).to_string(),
        here: *currency == asked.currency,
        count: Some(currency.code().to_owned()),
    };
    asked.known.iter().map(choice).collect()
}

/// What is yet to be sent.
struct Rest {
    state: AppState,
    organization: OrganizationId,
    accounts: Vec<Uuid>,
    span: store::Span,
    code: String,
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
    let frame = Frame::gather(&state, &session, organization, PLACE).await?;
    let asked = Asked::read(&state, organization, &id, query, &frame.zone, ask::FILE_ROWS).await?;
    let mut tx = state.db.tenant(organization).await?;
    let accounts = store::owed_accounts(&mut tx, organization, asked.id, asked.currency).await?;
    let span = asked.span(None);
    let owed = store::owed(&mut tx, organization, &accounts, span).await?;
    tx.commit().await?;
    let code = asked.currency.code().to_owned();
    let rest = Rest { state, organization, accounts, span, code, balance: owed.at_start };
    Ok(csv::download(&format!("statement-{}", asked.id), csv::line(HEAD), rest, next)?)
}

async fn next(mut rest: Rest) -> std::result::Result<Option<(String, Option<Rest>)>, sqlx::Error> {
    let mut tx = rest.state.db.tenant(rest.organization).await?;
    let moves = store::moves(&mut tx, rest.organization, &rest.accounts, rest.span, ROWS_AT_ONCE).await?;
    tx.commit().await?;
    let mut text = String::new();
    for row in &moves {
        rest.balance = rest.balance.saturating_add(row.change);
        text.push_str(&csv::line([
            row.at.to_string().as_str(),
            &in_words(row),
            &csv::major(row.change, &rest.code),
            &csv::major(rest.balance, &rest.code),
            &rest.code,
            &row.commission.to_string(),
            &row.payout.map(|id| id.to_string()).unwrap_or_default(),
        ]));
    }
    rest.span.after = moves.last().map(|row| (row.at, row.id.uuid()));
    Ok(csv::portion(text, (moves.len(), ROWS_AT_ONCE), rest))
}
