//! `/a/clicks`: clicks on an affiliate's links, limited to what may be shown: when, from where, and with which device.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use shared::timestamp::Timestamp;
use uuid::Uuid;

use super::{sales::pager_address, sales_store};
use identity::portal::{frame::Frame, session::AffiliateSession};
use kit::{
    api::{pagination::Pagination, query::Query},
    page::{Html, PageError, address::Address, list::Pager, span::Span},
    state::AppState,
    text::Texts,
};

const HERE: &str = "/a/clicks";

#[derive(Debug, askama::Template)]
#[template(path = "portal_clicks.html")]
struct ClicksPage {
    t: Texts,
    frame: Frame,
    organization: String,
    address: Address,
    chosen: Span,
    rows: Vec<Row>,
    pager: Pager,
}

#[derive(Debug)]
struct Row {
    at: String,
    link: String,
    from: String,
    country: String,
    device: String,
}

/// `GET /a/clicks`: shows the list.
///
/// # Errors
/// 400 naming a parameter; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: AffiliateSession,
    mut query: Query,
) -> Result<Response, PageError> {
    let t = session.t;
    let chosen = Span::read(&mut query, &session.zone, state.clock.now())?.in_language(t);
    let pagination: Pagination<(Timestamp, Uuid)> = query.page()?;
    query.finish()?;
    let mut tx = state.db.tenant(session.organization).await?;
    let span = (chosen.from(), chosen.to());
    let found = sales_store::clicks(&mut tx, session.affiliate, span, pagination.after, pagination.limit()).await?;
    tx.commit().await?;
    let page = pagination.page(
        found,
        |row| (row.at, row.id.uuid()),
        |row| Row {
            at: session.zone.full_in(t, row.at),
            link: row.link.unwrap_or_default(),
            from: row.referrer.unwrap_or_else(|| t.say("portal-clicks-direct").to_string()),
            country: row.country.unwrap_or_else(|| "—".to_owned()),
            device: row.device,
        },
    );
    let here = chosen.on(Address::new(HERE));
    let pager = Pager::of_cursor(page.next_cursor.as_deref(), &pager_address(here.clone(), pagination.after.is_some()));
    let page = ClicksPage {
        t,
        frame: session.frame("/a/sales"),
        pager: pager.in_language(t),
        rows: page.data,
        address: here,
        chosen,
        organization: session.organization_name,
    };
    Ok(Html(page).into_response())
}
