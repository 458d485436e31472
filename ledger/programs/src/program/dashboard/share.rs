//! A program's links or coupons as one generic list with search, sorting, paging and CSV export. The specific parts and
//! creation are in [`super::links`] and [`super::coupons`].

use std::{fmt::Debug, marker::PhantomData};

use axum::extract::{Path, State};
use shared::{
    id::{self, AffiliateId, Id, OrganizationId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{Answer, Shell, form::id, list::sort_text, share_store};
use crate::program::change;
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    audit::{self, Entry},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    db::TenantTx,
    error::Result,
    form::{Fields, Problems},
    page::{
        address::Address,
        csv,
        list::{Column, Heading, PageOf, Pager, Sort, headings},
        tab::{Tab, tabs},
    },
    state::AppState,
};

const ROWS: u32 = 50;
const ROWS_AT_ONCE: u32 = 250;
const NEWEST: Sort = Sort { key: "made", descending: true };
const OLDEST: Sort = Sort { key: "made", descending: false };

pub(super) type Found<K> = std::result::Result<Vec<Row<K>>, sqlx::Error>;

/// A kind of shared item, link or coupon: its specific parts.
pub(super) trait Shared: Debug + Send + Sync + Sized + 'static {
    type Noun: id::Kind;
    /// The path below the program's; without the slash, the name of the CSV file.
    const PAGE: &'static str;
    const COLUMNS: &'static [Column];
    /// The status of an item that isn't active.
    const RETIRED: &'static str;
    /// The header of the CSV file.
    const HEAD: &'static [&'static str];

    fn read(tx: &mut TenantTx, requested: &ShareFilters, now: Timestamp) -> impl Future<Output = Found<Self>> + Send;

    /// The CSV cells after those of the affiliate.
    fn cells(&self, status: &'static str) -> Vec<String>;
}

/// One item with its affiliate and whether it is active.
#[derive(Debug)]
pub(super) struct Row<K> {
    pub(super) id: Uuid,
    pub(super) affiliate: AffiliateId,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) retired: bool,
    pub(super) created_at: Timestamp,
    pub(super) own: K,
}

/// The filters of the list.
#[derive(Debug)]
pub(super) struct ShareFilters {
    pub(super) program: ProgramId,
    /// Part of the item's own name, or of the affiliate's name or email; in lower case.
    pub(super) text: Option<String>,
    /// Only inactive or only active ones.
    pub(super) retired: Option<bool>,
    pub(super) sort: Sort,
    pub(super) page: PageOf,
    /// For the export: continue after this id.
    pub(super) after: Option<Uuid>,
}

impl ShareFilters {
    /// A program's items, oldest first, up to `rows` at a time.
    ///
    /// # Errors
    /// Those of [`PageOf::read`], which don't occur here.
    pub(super) fn all(program: ProgramId, retired: Option<bool>, rows: u32) -> Result<Self> {
        let page = PageOf::read(&mut Query::default(), rows)?;
        Ok(Self { program, text: None, retired, sort: OLDEST, page, after: None })
    }

    /// As [`Self::all`], but only those with this search text and status, if they aren't empty.
    fn of<K: Shared>(program: ProgramId, (search, status): (&str, &str), rows: u32) -> Result<Self> {
        let text = Some(search.to_lowercase()).filter(|text| !text.is_empty());
        let retired = Some(status == K::RETIRED).filter(|_| !status.is_empty());
        Ok(Self { text, ..Self::all(program, retired, rows)? })
    }
}

/// The list as the page shows it.
#[derive(Debug)]
pub(super) struct List<K> {
    pub(super) search: String,
    pub(super) here: Address,
    pub(super) tabs: Vec<Tab>,
    pub(super) headings: Vec<Heading>,
    pub(super) rows: Vec<RowView<K>>,
    pub(super) pager: Pager,
    pub(super) file: Option<String>,
    /// Suggested affiliates for a new item: emails with names.
    pub(super) suggested: Vec<(String, String)>,
}

#[derive(Debug)]
pub(super) struct RowView<K> {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) retired: bool,
    pub(super) made: String,
    pub(super) at: String,
    pub(super) own: K,
}

/// # Errors
/// 404 for what isn't the organization's; 400 for invalid parameters in the URL.
pub(super) async fn load<K: Shared>(
    state: &AppState,
    session: &Session,
    (organization, program): (OrganizationId, &str),
    query: &mut Query,
) -> Result<(Frame, Shell, List<K>)> {
    let done = query.text("done");
    let (frame, shell) = Shell::open(state, session, (organization, program), (K::PAGE, done.as_deref())).await?;
    let (search, status) = chosen::<K>(query)?;
    let requested = ShareFilters {
        sort: Sort::read(query, K::COLUMNS, NEWEST)?,
        page: PageOf::read(query, ROWS)?,
        ..ShareFilters::of::<K>(shell.program.id, (&search, status), ROWS)?
    };
    let mut tx = state.db.tenant(organization).await?;
    let mut rows = K::read(&mut tx, &requested, state.clock.now()).await?;
    let suggested = share_store::suggested(&mut tx).await?;
    tx.commit().await?;
    let here = shell.address(K::PAGE).with("q", &search).with("status", status);
    let sorted =
        if requested.sort == NEWEST { here.clone() } else { here.clone().with("sort", sort_text(requested.sort)) };
    let pager = requested.page.around(&mut rows, &sorted);
    let list = List {
        tabs: tabs("status", &[("", "All"), ("Active", "Active"), (K::RETIRED, K::RETIRED)], status, &here),
        headings: headings(K::COLUMNS, requested.sort, &here),
        file: (!rows.is_empty()).then(|| here.clone().at(format!("{}.csv", here.path())).to_string()),
        rows: rows.into_iter().map(|row| view(row, &frame)).collect(),
        search,
        here,
        pager,
        suggested,
    };
    Ok((frame, shell, list))
}

/// The search text and the status of a page and its file; either may be empty.
fn chosen<K: Shared>(query: &mut Query) -> Result<(String, &'static str)> {
    let search = query.text("q").unwrap_or_default().trim().to_owned();
    Ok((search, query.one_of("status", &["Active", K::RETIRED])?.unwrap_or_default()))
}

fn view<K: Shared>(row: Row<K>, frame: &Frame) -> RowView<K> {
    RowView {
        id: Id::<K::Noun>::new(row.id).to_string(),
        name: if row.name.is_empty() { row.email.clone() } else { row.name },
        email: row.email,
        retired: row.retired,
        made: frame.zone.date(row.created_at),
        at: row.created_at.to_string(),
        own: row.own,
    }
}

/// The affiliate that the form names; if they don't exist, adds the problem.
pub(super) async fn whose(tx: &mut TenantTx, fields: &Fields, problems: &mut Problems) -> Result<Option<AffiliateId>> {
    let found = share_store::find(tx, fields.text("affiliateId")).await?;
    if found.is_none() {
        problems.add("affiliateId", "No affiliate has this email address, link name or ID.");
    }
    Ok(found)
}

/// Finishes a change: records the audit entry, if any, and notifies open pages.
///
/// # Errors
/// Database errors; nothing is changed then.
pub(super) async fn keep(mut tx: TenantTx, state: &AppState, member: &Member, entry: Option<Entry>) -> Result<()> {
    let organization = member.organization;
    if let Some(entry) = entry {
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    tx.commit().await?;
    // An error only means that no page is listening.
    drop(state.news.send(organization));
    Ok(())
}

/// A program's items, for the export.
struct Items<K> {
    filters: ShareFilters,
    now: Timestamp,
    kind: PhantomData<K>,
}

/// Exports the items that the page's filters select as CSV, oldest first, read in batches while it is sent.
///
/// # Errors
/// 404 for what isn't the person's organization's; 400 for an unknown status; 503 if the database is unavailable.
pub(super) async fn file<K: Shared>(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(program): Path<String>,
    mut query: Query,
) -> Answer {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let program: ProgramId = id(&program)?;
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    change::read(&mut tx, program, now).await?;
    tx.commit().await?;
    let (search, status) = chosen::<K>(&mut query)?;
    let filters = ShareFilters::of::<K>(program, (&search, status), ROWS_AT_ONCE)?;
    let items = Items::<K> { filters, now, kind: PhantomData };
    Ok(csv::export(&state.db, organization, K::PAGE.trim_start_matches('/'), K::HEAD.iter().copied(), items)?)
}

impl<K: Shared> csv::Listing for Items<K> {
    async fn page(&mut self, tx: &mut TenantTx) -> sqlx::Result<csv::Page> {
        let rows = K::read(tx, &self.filters, self.now).await?;
        self.filters.after = rows.last().map(|last| last.id);
        Ok(csv::Page::new(rows.iter().map(line), self.filters.page.limit()))
    }
}

fn line<K: Shared>(row: &Row<K>) -> String {
    let (id, affiliate) = (Id::<K::Noun>::new(row.id).to_string(), row.affiliate.to_string());
    let own = row.own.cells(if row.retired { K::RETIRED } else { "Active" });
    let whose = [id.as_str(), &affiliate, &row.name, &row.email];
    csv::line(whose.into_iter().chain(own.iter().map(String::as_str)))
}
