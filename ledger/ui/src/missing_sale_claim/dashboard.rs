//! `/dashboard/inquiries`: missing-sale claims, open ones first.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::store::{self, Claim, Filter, Status};
use crate::portal::sales::pager_address;
use identity::{
    access::{member::Choice, session::Session},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::{pagination::Pagination, query::Query},
    error::Result,
    page::{
        Html, PageError,
        address::Address,
        list::Pager,
        tab::{Tab, tabs},
        zone::Zone,
    },
    state::AppState,
};
use rules::format;

pub(super) const HERE: &str = "/dashboard/inquiries";
const TABS: [(&str, &str); 4] = [("", "Open"), ("Credited", "Credited"), ("Rejected", "Not credited"), ("all", "All")];

/// Which claims to show.
#[derive(Debug, Clone, Copy)]
pub(super) struct ListFilters(&'static str);

impl ListFilters {
    /// # Errors
    /// 400 naming the parameter.
    pub(super) fn read(query: &mut Query) -> Result<Self> {
        let choices: Vec<&'static str> = TABS.iter().map(|(name, _)| *name).collect();
        Ok(Self(query.one_of("status", &choices)?.unwrap_or_default()))
    }

    pub(super) fn filter(self, after: Option<Uuid>, limit: i64) -> Filter {
        let status = match self.0 {
            "" => Some(Status::Open),
            other => Status::parse(other),
        };
        Filter { status, after, limit, ..Filter::default() }
    }
}

#[derive(Debug, askama::Template)]
#[template(path = "missing_sale_claims.html")]
struct ClaimsPage {
    frame: Frame,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    pager: Pager,
    file: Address,
    done: Option<&'static str>,
    is_open: bool,
}

#[derive(Debug)]
struct Row {
    id: String,
    filters: String,
    affiliate: String,
    affiliate_id: AffiliateId,
    bought: String,
    ordered_on: String,
    word: &'static str,
    tone: &'static str,
}

/// `GET /dashboard/inquiries`: shows the list.
///
/// # Errors
/// 404 if the user isn't a member of the organization; 400 naming a parameter; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    query.text("organization");
    let filters = ListFilters::read(&mut query)?;
    let done = match query.text("done").as_deref() {
        Some("credited") => Some("Sale credited. We've emailed the affiliate."),
        Some("rejected") => Some("Claim rejected. We've emailed the affiliate."),
        _ => None,
    };
    let pagination: Pagination<Uuid> = query.page()?;
    query.finish()?;
    let frame = Frame::load(&state, &session, organization, HERE).await?;
    let here = address(organization, filters);
    let mut tx = state.db.tenant(organization).await?;
    let found = store::list(&mut tx, &filters.filter(pagination.after, pagination.limit())).await?;
    let open = store::open_count(&mut tx).await?;
    tx.commit().await?;
    let mut tabs = tabs("status", &TABS, filters.0, &here);
    if let Some(first) = tabs.first_mut().filter(|_| open > 0) {
        first.count = Some(format::count(open.unsigned_abs()));
    }
    let page = pagination.page(found, |row| row.id.uuid(), |row| Row::of(row, &frame.zone));
    let page = ClaimsPage {
        tabs,
        pager: Pager::of_cursor(page.next_cursor.as_deref(), &pager_address(here.clone(), pagination.after.is_some())),
        rows: page.data,
        file: here.at("/dashboard/inquiries.csv"),
        done,
        is_open: filters.0.is_empty(),
        frame,
    };
    Ok(Html(page).into_response())
}

/// The day of the order: `20 Nov 2026`.
pub(super) fn ordered_on(claim: &Claim) -> String {
    format::date(Timestamp::from_date_time(claim.ordered_on.midnight().assume_utc()))
}

fn address(organization: OrganizationId, filters: ListFilters) -> Address {
    Address::of(HERE, organization).with("status", filters.0)
}

impl Row {
    fn of(row: Claim, zone: &Zone) -> Self {
        let (word, tone) = row.status.label();
        let ordered_on = ordered_on(&row);
        Self {
            id: row.id.to_string(),
            filters: zone.moment(row.submitted_at),
            affiliate: row.affiliate_name,
            affiliate_id: row.affiliate,
            bought: row.bought,
            ordered_on,
            word,
            tone,
        }
    }
}
