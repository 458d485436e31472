//! `/dashboard/programs`: all programs with what they pay and their figures, also as CSV.

use axum::{extract::State, response::IntoResponse};
use shared::{id::OrganizationId, timestamp::Timestamp};

use super::{
    Answer, PLACE,
    store::{self, Row},
    toast,
};
use engine::commission::offer::in_short;
use identity::{
    access::{member::Choice, session::Session},
    organization::time_zone,
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    db::TenantTx,
    error::Result,
    page::{
        Html,
        address::Address,
        csv,
        list::{Column, Heading, PageOf, Pager, Sort, headings},
        span::Span,
        tab::{Tab, tabs},
    },
    state::AppState,
    text::Texts,
};
use rules::format;

const ROWS: u32 = 50;
const DAYS: i32 = 30;
const COLUMNS: [Column; 6] = [
    Column::text("Program", "name"),
    Column::plain("Commission plan"),
    Column::number("Affiliates", "affiliates"),
    Column::number("Clicks (30 days)", "clicks"),
    Column::number("Conversions (30 days)", "conversions"),
    Column::plain("Status"),
];
const NEWEST: Sort = Sort { key: "newest", descending: true };
const FILE: [&str; 8] = [
    "program id",
    "name",
    "slug",
    "status",
    "what it pays",
    "affiliates",
    "clicks in 30 days",
    "conversions in 30 days",
];

#[derive(Debug, askama::Template)]
#[template(path = "programs.html")]
struct ProgramsPage {
    frame: Frame,
    tabs: Vec<Tab>,
    headings: Vec<Heading>,
    rows: Vec<RowView>,
    pager: Pager,
    file: Option<String>,
    /// Whether the organization has no program yet.
    none_yet: bool,
    archived: bool,
    toast: Option<&'static str>,
}

#[derive(Debug)]
struct RowView {
    href: String,
    name: String,
    slug: String,
    offer: String,
    affiliates: String,
    clicks: String,
    conversions: String,
    archived: bool,
}

/// The filters in the URL.
struct ListFilters {
    archived: bool,
    sort: Sort,
    page: PageOf,
    done: Option<String>,
}

impl ListFilters {
    fn read(query: &mut Query, rows: u32) -> Result<Self> {
        let archived = query.one_of("status", &["Archived"])?.is_some();
        let sort = Sort::read(query, &COLUMNS, NEWEST)?;
        let page = PageOf::read(query, rows)?;
        Ok(Self { archived, sort, page, done: query.text("done") })
    }

    async fn rows(&self, state: &AppState, organization: OrganizationId) -> Result<(Vec<Row>, bool)> {
        let now = state.clock.now();
        let mut tx = state.db.tenant(organization).await?;
        let span = lately(&mut tx, now).await?;
        let requested = (self.archived, self.sort, self.page);
        let rows = store::programs(&mut tx, requested, &span, now).await?;
        let any = !rows.is_empty() || store::has_any(&mut tx).await?;
        tx.commit().await?;
        Ok((rows, any))
    }
}

/// The figures' period: 30 days of the organization, as on a program's own page.
pub(super) async fn lately(tx: &mut TenantTx, now: Timestamp) -> std::result::Result<Span, sqlx::Error> {
    Ok(Span::last(DAYS, &time_zone::of(tx).await?, now))
}

/// `GET /dashboard/programs`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn show(State(state): State<AppState>, session: Session, choice: Choice, mut query: Query) -> Answer {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let frame = Frame::load(&state, &session, organization, PLACE).await?;
    let filters = ListFilters::read(&mut query, ROWS)?;
    let (mut rows, any) = filters.rows(&state, organization).await?;
    let status = if filters.archived { "Archived" } else { "" };
    let here = Address::of(PLACE, organization).with("status", status);
    let sorted = if filters.sort == NEWEST { here.clone() } else { here.clone().with("sort", sort_text(filters.sort)) };
    let pager = filters.page.around(&mut rows, &sorted);
    let page = ProgramsPage {
        tabs: tabs("status", &[("", "Active"), ("Archived", "Archived")], status, &here),
        headings: headings(&COLUMNS, filters.sort, &here),
        pager,
        file: (!rows.is_empty()).then(|| here.at(format!("{PLACE}.csv")).to_string()),
        rows: rows.into_iter().map(|row| view(row, organization)).collect(),
        none_yet: !any,
        archived: filters.archived,
        toast: filters.done.as_deref().and_then(toast),
        frame,
    };
    Ok(Html(page).into_response())
}

/// The sort order in the URL's format.
pub(super) fn sort_text(sort: Sort) -> String {
    format!("{}{}", if sort.descending { "-" } else { "" }, sort.key)
}

fn view(row: Row, organization: OrganizationId) -> RowView {
    let count = |number: i64| format::count(number.unsigned_abs());
    RowView {
        href: Address::of(format!("{PLACE}/{}", row.id), organization).to_string(),
        offer: in_short(Texts::default(), &row.components),
        affiliates: count(row.affiliates),
        clicks: count(row.clicks),
        conversions: count(row.conversions),
        archived: row.archived,
        name: row.name,
        slug: row.slug,
    }
}

/// `GET /dashboard/programs.csv`.
pub async fn file(State(state): State<AppState>, session: Session, choice: Choice, mut query: Query) -> Answer {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let filters = ListFilters::read(&mut query, 1_000)?;
    let (rows, _) = filters.rows(&state, organization).await?;
    let lines: String = rows.iter().map(line).collect();
    Ok(csv::attachment("programs.csv", csv::KIND, csv::line(FILE) + &lines)?)
}

fn line(row: &Row) -> String {
    csv::line([
        row.id.to_string().as_str(),
        &row.name,
        &row.slug,
        if row.archived { "Archived" } else { "Active" },
        &in_short(Texts::default(), &row.components),
        &row.affiliates.to_string(),
        &row.clicks.to_string(),
        &row.conversions.to_string(),
    ])
}
