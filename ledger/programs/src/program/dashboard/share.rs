//! What a program's affiliates share: one list with two kinds of rows, links and coupons. It is searched, sorted, paged and
//! taken along as a file; what a kind has of its own, and how one is made, stands in [`super::links`] and [`super::coupons`].

use std::fmt::Debug;

use axum::{
    extract::{Path, State},
    response::Response,
};
use shared::{
    id::{self, AffiliateId, Id, OrganizationId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{
    Answer, Shell,
    form::{Fields, Problems, id},
    list::sort_text,
    share_store,
};
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

/// A kind of what is shared: what it has of its own.
pub(super) trait Shared: Debug + Send + Sync + Sized + 'static {
    type Noun: id::Kind;
    /// Behind the program's path, and the file's name after a slash.
    const PAGE: &'static str;
    const COLUMNS: [Column; 5];
    /// What is out of use is called that.
    const RETIRED: &'static str;
    /// The file's head.
    const HEAD: &'static [&'static str];

    fn read(
        tx: &mut TenantTx,
        organization: OrganizationId,
        requested: &ShareFilters,
        now: Timestamp,
    ) -> impl Future<Output = Found<Self>> + Send;

    /// A line of the file, after whose it is.
    fn cells(&self, status: &'static str) -> Vec<String>;
}

/// One of them, whose it is, and whether it is in use.
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

/// Which of them are wanted.
#[derive(Debug)]
pub(super) struct ShareFilters {
    pub(super) program: ProgramId,
    /// Part of what they are called by, or of an affiliate's name or address; in lower case.
    pub(super) text: Option<String>,
    /// Out of use, or in use.
    pub(super) retired: Option<bool>,
    pub(super) sort: Sort,
    pub(super) page: PageOf,
    /// Of a file: what comes after this one.
    pub(super) after: Option<Uuid>,
}

impl ShareFilters {
    /// All of a program's, oldest first: so many at once.
    ///
    /// # Errors
    /// As [`PageOf::read`], which has nothing to object to here.
    pub(super) fn all(program: ProgramId, retired: Option<bool>, rows: u32) -> Result<Self> {
        let page = PageOf::read(&mut Query::default(), rows)?;
        Ok(Self { program, text: None, retired, sort: OLDEST, page, after: None })
    }
}

/// The list as it is shown.
#[derive(Debug)]
pub(super) struct List<K> {
    pub(super) search: String,
    pub(super) here: Address,
    pub(super) tabs: Vec<Tab>,
    pub(super) headings: Vec<Heading>,
    pub(super) rows: Vec<RowView<K>>,
    pub(super) pager: Pager,
    pub(super) file: Option<String>,
    /// Affiliates whom one could be made for: addresses with names.
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
/// 404 for what is not the organization's; 400 for an address that no page of ours has.
pub(super) async fn load<K: Shared>(
    state: &AppState,
    session: &Session,
    (organization, program): (OrganizationId, &str),
    query: &mut Query,
) -> Result<(Frame, Shell, List<K>)> {
    let done = query.text("done");
    let (frame, shell) = Shell::open(state, session, (organization, program), (K::PAGE, done.as_deref())).await?;
    let search = query.text("q").unwrap_or_default().trim().to_owned();
    let status = query.one_of("status", &["Active", K::RETIRED])?.unwrap_or_default();
    let requested = ShareFilters {
        program: shell.program.id,
        text: Some(search.to_lowercase()).filter(|text| !text.is_empty()),
        retired: Some(status).filter(|status| !status.is_empty()).map(|status| status == K::RETIRED),
        sort: Sort::read(query, &K::COLUMNS, NEWEST)?,
        page: PageOf::read(query, ROWS)?,
        after: None,
    };
    let mut tx = state.db.tenant(organization).await?;
    let mut rows = K::read(&mut tx, organization, &requested, state.clock.now()).await?;
    let suggested = share_store::suggested(&mut tx, organization).await?;
    tx.commit().await?;
    let here = shell.address(K::PAGE).with("q", &search).with("status", status);
    let sorted =
        if requested.sort == NEWEST { here.clone() } else { here.clone().with("sort", sort_text(requested.sort)) };
    let pager = requested.page.around(&mut rows, &sorted);
    let list = List {
        tabs: tabs("status", &[("", "All"), ("Active", "In use"), (K::RETIRED, K::RETIRED)], status, &here),
        headings: headings(&K::COLUMNS, requested.sort, &here),
        file: (!rows.is_empty()).then(|| shell.address(&format!("{}.csv", K::PAGE)).to_string()),
        rows: rows.into_iter().map(|row| view(row, &frame)).collect(),
        search,
        here,
        pager,
        suggested,
    };
    Ok((frame, shell, list))
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

/// Whom the form is for; where that is nobody, the problem is told.
pub(super) async fn whose(
    tx: &mut TenantTx,
    organization: OrganizationId,
    fields: &Fields,
    problems: &mut Problems,
) -> Result<Option<AffiliateId>> {
    let found = share_store::find(tx, organization, fields.text("affiliateId")).await?;
    if found.is_none() {
        problems.add("affiliateId", "No affiliate of yours has this address, slug or id.");
    }
    Ok(found)
}

/// Ends a change: told to the audit log where there was one, and to open pages.
///
/// # Errors
/// Of the database; nothing is changed then.
pub(super) async fn keep(mut tx: TenantTx, state: &AppState, member: &Member, entry: Option<Entry>) -> Result<()> {
    let organization = member.organization;
    if let Some(entry) = entry {
        audit::record(&mut tx, organization, &member.actor, state.clock.now(), entry).await?;
    }
    tx.commit().await?;
    // Nobody listening is fine.
    drop(state.news.send(organization));
    Ok(())
}

/// What is yet to be sent of a file.
struct ExportCursor {
    state: AppState,
    organization: OrganizationId,
    filters: ShareFilters,
}

/// All of them as a file, oldest first, read page by page as it is sent.
///
/// # Errors
/// 404 for what is not the person's organization's; 503 where the database is away.
pub(super) async fn file<K: Shared>(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(program): Path<String>,
) -> Answer {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(download::<K>(state, organization, id(&program)?).await?)
}

async fn download<K: Shared>(state: AppState, organization: OrganizationId, program: ProgramId) -> Result<Response> {
    let mut tx = state.db.tenant(organization).await?;
    change::read(&mut tx, organization, program, state.clock.now()).await?;
    tx.commit().await?;
    let cursor = ExportCursor { state, organization, filters: ShareFilters::all(program, None, ROWS_AT_ONCE)? };
    let name = K::PAGE.trim_start_matches('/');
    csv::download(name, csv::line(K::HEAD.iter().copied()), cursor, |mut cursor| async move {
        let mut tx = cursor.state.db.tenant(cursor.organization).await?;
        let rows = K::read(&mut tx, cursor.organization, &cursor.filters, cursor.state.clock.now()).await?;
        tx.commit().await?;
        let text: String = rows.iter().map(line).collect();
        cursor.filters.after = rows.last().map(|last| last.id);
        Ok::<_, sqlx::Error>(csv::portion(text, (rows.len(), cursor.filters.page.limit()), cursor))
    })
}

fn line<K: Shared>(row: &Row<K>) -> String {
    let (id, affiliate) = (Id::<K::Noun>::new(row.id).to_string(), row.affiliate.to_string());
    let own = row.own.cells(if row.retired { K::RETIRED } else { "Active" });
    let whose = [id.as_str(), &affiliate, &row.name, &row.email];
    csv::line(whose.into_iter().chain(own.iter().map(String::as_str)))
}
