//! `/dashboard/imports/{id}`: shows an import's columns, the expected outcome of each row, the progress, and the
//! report.

use std::collections::BTreeMap;

use axum::{
    Extension, Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::{ImportId, OrganizationId};

use super::{
    create::{self, Changes},
    dashboard::{PLACE, kind_words, state_words},
    date::{self, Order},
    decide::Outcome,
    field::{Field, Kind, Mapping},
    row_store::{self, Counts, Reported},
    sale_page::{self, SumView},
    sale_row::{SaleTerms, Unpaid},
    store::{self, Import, State as ImportState},
    suggest_page,
};
use identity::{
    access::{member::Choice, session::Session},
    audit::{self, Entry},
    page::frame::Frame,
    suggestion::Suggestions,
};
use kit::{
    access::role::Right,
    api::query::Query,
    db::TenantTx,
    error::{Error, Result},
    form::Fields,
    page::{
        self, Html, PageError,
        address::Address,
        list::Pager,
        tab::{Tab, tabs},
    },
    state::AppState,
};
use rules::format::{self, count};

const SAMPLES: i64 = 3;
const ROWS: i64 = 50;

/// A field, with the column chosen for it.
#[derive(Debug)]
pub(super) struct FieldView {
    pub(super) id: String,
    title: &'static str,
    hint: &'static str,
    pub(super) chosen: String,
    /// The first values of the chosen column.
    pub(super) samples: String,
}

#[derive(Debug)]
struct RowView {
    line: i32,
    what: String,
    outcome: &'static str,
    tone: &'static str,
    description: String,
}

#[derive(Debug, askama::Template)]
#[template(path = "imports_one.html")]
pub(super) struct ImportPage {
    frame: Frame,
    id: ImportId,
    title: String,
    program: String,
    destination: Option<String>,
    notify: bool,
    file_rows: String,
    made: String,
    finished: Option<String>,
    state: &'static str,
    tone: &'static str,
    pub(super) is_mapping: bool,
    pub(super) is_checked: bool,
    is_running: bool,
    is_done: bool,
    is_cancelled: bool,
    pub(super) kind: Kind,
    pub(super) terms: SaleTerms,
    /// The currency of rows that name none, as the form shows it, and what is wrong with it.
    pub(super) default_currency: String,
    currency_problem: Option<String>,
    sums: Vec<SumView>,
    columns: Vec<(String, String)>,
    pub(super) fields: Vec<FieldView>,
    orders: Vec<(&'static str, &'static str)>,
    pub(super) dates: &'static str,
    /// How the first date was parsed.
    first_date: Option<String>,
    pub(super) head: Vec<String>,
    pub(super) samples: Vec<Vec<String>>,
    counts: Counts,
    /// In percent.
    progress: i64,
    tabs: Vec<Tab>,
    rows: Vec<RowView>,
    pager: Pager,
    report: String,
    /// What is wrong with the mapping that the page shows.
    pub(super) missing: Option<String>,
    /// What a model suggested, or why it suggested nothing.
    pub(super) suggested: Option<String>,
    done: Option<&'static str>,
}

impl ImportPage {
    fn pays_here(&self) -> bool {
        self.terms.unpaid == Unpaid::PaidHere
    }

    /// What the button that starts the import says.
    const fn starts(&self) -> &'static str {
        match self.kind {
            Kind::Affiliates => "Import affiliates",
            Kind::Customers => "Import customers",
            Kind::Sales => "Import sales",
            Kind::Bonuses => "Import bonuses",
            Kind::Payouts => "Import payouts",
            Kind::Leads => "Import leads",
        }
    }

    /// Whether every row that isn't refused was imported before.
    const fn brings_nothing(&self) -> bool {
        self.counts.new == 0 && self.counts.updated == 0 && self.counts.unchanged > 0
    }

    fn number(number: impl std::borrow::Borrow<i64>) -> String {
        count(number.borrow().unsigned_abs())
    }
}

/// `GET /dashboard/imports/{id}`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    choice: Choice,
    query: Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let page = load(&state, &session, organization, named(&id)?, query).await?;
    let goes_on = page.is_running;
    Ok(page::watched(page, goes_on))
}

pub(super) fn named(id: &str) -> Result<ImportId> {
    id.parse().map_err(|_| Error::not_found())
}

pub(super) async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    id: ImportId,
    mut query: Query,
) -> Result<ImportPage> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let chosen = query.one_of("outcome", &["New", "Updated", "Unchanged", "Refused"])?.unwrap_or_default();
    let after = query.text("after").and_then(|text| text.parse::<i32>().ok()).unwrap_or(0);
    let started = query.text("done").is_some_and(|done| done == "started");
    let mut tx = state.db.tenant(organization).await?;
    let import = store::read(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let counts = row_store::counts(&mut tx, &[id]).await?.remove(&id).unwrap_or_default();
    let sums = row_store::sums(&mut tx, &[id]).await?.remove(&id).unwrap_or_default();
    let samples = row_store::first(&mut tx, id, SAMPLES).await?;
    let first_date = match import.mapping.get(import.kind.date().as_str()) {
        Some(column) if is_open(import.state) => row_store::first_in(&mut tx, id, *column).await?,
        _ => None,
    };
    let mut report = row_store::report(&mut tx, id, Outcome::parse(chosen), after, ROWS + 1).await?;
    tx.commit().await?;
    let here = Address::of(format!("{PLACE}/{id}"), organization).with("outcome", chosen);
    let more = i64::try_from(report.len()).is_ok_and(|rows| rows > ROWS);
    report.truncate(usize::try_from(ROWS).unwrap_or(usize::MAX));
    let pager = Pager {
        earlier: (after > 0).then(|| here.to_string()),
        later: report.last().filter(|_| more).map(|last| here.clone().with("after", last.line).to_string()),
        ..Pager::default()
    };
    let (state_word, tone) = state_words(import.state);
    let total = i64::from(import.rows).max(1);
    Ok(ImportPage {
        title: format!("{} from {}", kind_words(import.kind), import.source.place()),
        program: import.program_name.clone(),
        destination: import.destination.clone(),
        notify: import.notify,
        file_rows: count(i64::from(import.rows).unsigned_abs()),
        made: frame.zone.full(import.created_at),
        finished: import.finished_at.map(|at| frame.zone.full(at)),
        state: state_word,
        tone,
        is_mapping: import.state == ImportState::Mapping,
        is_checked: import.state == ImportState::Checked,
        is_running: import.state == ImportState::Running,
        is_done: import.state == ImportState::Done,
        is_cancelled: import.state == ImportState::Cancelled,
        kind: import.kind,
        terms: import.terms,
        default_currency: import.terms.currency.map(|currency| currency.code().to_owned()).unwrap_or_default(),
        currency_problem: None,
        sums: sums.iter().map(SumView::of).collect(),
        columns: columns(&import.head),
        fields: fields(&import, &samples),
        orders: Order::ALL.map(|order| (order.as_str(), order.title())).to_vec(),
        dates: import.dates.as_str(),
        first_date: first_date.map(|text| date_words(&text, import.dates)),
        head: import.head.clone(),
        samples,
        progress: counts.done * 100 / total,
        tabs: outcome_tabs(chosen, counts, &here),
        rows: report.into_iter().map(|row| row_view(&import, row)).collect(),
        pager,
        report: here.clone().at(format!("{PLACE}/{id}/report.csv")).to_string(),
        missing: import
            .kind
            .missing(&import.mapping)
            .filter(|_| import.state == ImportState::Mapping)
            .map(str::to_owned),
        suggested: None,
        done: (started && import.state == ImportState::Running)
            .then_some("Import started. You can leave this page; the import continues."),
        counts,
        id,
        frame,
    })
}

/// Returns whether the mapping and date format can still be changed.
fn is_open(state: ImportState) -> bool {
    matches!(state, ImportState::Mapping | ImportState::Checked)
}

fn date_words(text: &str, order: Order) -> String {
    match date::read(text, order) {
        Some(at) => format!("{text} will be imported as {}.", format::date(at)),
        None => format!("We can\u{2019}t tell which date {text} is."),
    }
}

fn outcome_tabs(chosen: &str, counts: Counts, here: &Address) -> Vec<Tab> {
    let titles =
        [("", "All"), ("New", "New"), ("Updated", "Updated"), ("Unchanged", "Unchanged"), ("Refused", "Skipped")];
    let mut tabs = tabs("outcome", &titles, chosen, &here.clone().without("after"));
    let numbers = [0, counts.new, counts.updated, counts.unchanged, counts.refused];
    for (tab, number) in tabs.iter_mut().zip(numbers) {
        tab.count = (number > 0).then(|| count(number.unsigned_abs()));
    }
    tabs
}

fn columns(head: &[String]) -> Vec<(String, String)> {
    let none = (String::new(), "Not in the file".to_owned());
    let named = head.iter().enumerate().map(|(place, name)| {
        let name = if name.is_empty() { format!("Column {}", place + 1) } else { name.clone() };
        (place.to_string(), name)
    });
    std::iter::once(none).chain(named).collect()
}

fn fields(import: &Import, samples: &[Vec<String>]) -> Vec<FieldView> {
    let view = |field: &Field| {
        let column = import.mapping.get(field.as_str()).copied();
        FieldView {
            id: format!("map-{}", field.as_str()),
            title: field.title(),
            hint: field.hint(),
            chosen: column.map(|column| column.to_string()).unwrap_or_default(),
            samples: samples_of(column, samples),
        }
    };
    import.kind.fields().iter().map(view).collect()
}

/// The first values of a column.
pub(super) fn samples_of(column: Option<usize>, samples: &[Vec<String>]) -> String {
    let cells = column.into_iter().flat_map(|column| samples.iter().filter_map(move |row| row.get(column)));
    cells.map(String::as_str).filter(|value| !value.is_empty()).collect::<Vec<_>>().join(", ")
}

fn row_view(import: &Import, row: Reported) -> RowView {
    let (outcome, tone) = match Outcome::parse(&row.outcome) {
        Some(Outcome::New) => ("New", "good"),
        Some(Outcome::Updated) => ("Updated", "good"),
        Some(Outcome::Unchanged) => ("Unchanged", ""),
        Some(Outcome::Refused) => ("Skipped", "bad"),
        None => ("Not checked", "wait"),
    };
    RowView {
        line: row.line,
        what: what(import, row.cells.as_deref()),
        outcome,
        tone,
        description: row.message.unwrap_or_default(),
    }
}

/// Returns the person a row is about.
fn what(import: &Import, cells: Option<&[String]>) -> String {
    let Some(cells) = cells else { return "(deleted)".to_owned() };
    let get =
        |field: Field| import.mapping.get(field.as_str()).and_then(|column| cells.get(*column)).map(String::as_str);
    let fields = match import.kind {
        Kind::Affiliates => [Field::Email, Field::Slug],
        Kind::Customers | Kind::Leads => [Field::CustomerId, Field::CustomerEmail],
        Kind::Sales => [Field::SaleId, Field::Commission],
        Kind::Bonuses | Kind::Payouts => [Field::EntryId, Field::EntryAmount],
    };
    let message: Vec<&str> = fields.into_iter().filter_map(get).filter(|text| !text.is_empty()).collect();
    if message.is_empty() { cells.iter().take(3).cloned().collect::<Vec<_>>().join(", ") } else { message.join(", ") }
}

/// `POST /dashboard/imports/{id}/{what}`: `mapping`, `start` or `cancel`; or `suggest`, which saves nothing.
///
/// # Errors
/// 404 for an organization that isn't the person's, and for a suggestion without a model; 403 for a viewer. The page says
/// what is wrong with a mapping, and keeps what was chosen.
pub async fn act(
    State(state): State<AppState>,
    Extension(suggestions): Extension<Suggestions>,
    session: Session,
    Path((id, what)): Path<(String, String)>,
    Form(form): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(form.text("organization")), Right::Operate)?;
    let (organization, id) = (member.organization, named(&id)?);
    if what == "suggest" {
        let page = suggest_page::load((&state, &suggestions), (&session, &member), id, &form).await?;
        return Ok(Html(page).into_response());
    }
    let mut tx = state.db.tenant(organization).await?;
    let acted: Result<Option<Entry>> = match what.as_str() {
        "mapping" => remap(&mut tx, &state, id, &form).await,
        "start" => create::start(&mut tx, &state, id).await,
        "cancel" => create::cancel(&mut tx, &state, id).await,
        _ => Err(Error::not_found()),
    };
    match acted {
        Ok(entry) => {
            if let Some(entry) = entry {
                audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
            }
            tx.commit().await?;
            drop(state.news.send(organization));
            let done = if what == "start" { "started" } else { "" };
            let to = Address::of(format!("{PLACE}/{id}"), organization).with("done", done);
            Ok(Redirect::to(&to.to_string()).into_response())
        }
        Err(error) if error.status() == StatusCode::BAD_REQUEST || error.status() == StatusCode::CONFLICT => {
            drop(tx);
            let mut page = load(&state, &session, organization, id, Query::parse("")?).await?;
            if what == "mapping" {
                page.choose(&form, &mapping(&form));
            }
            if kit::form::field_of(&error) == "currency" {
                page.currency_problem = Some(kit::form::message_for(&error));
            } else {
                page.missing = Some(kit::form::sentence_for(&error));
            }
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn remap(tx: &mut TenantTx, state: &AppState, id: ImportId, form: &Fields) -> Result<Option<Entry>> {
    let (dates, terms) = (Order::parse(form.raw("dateOrder")), sale_page::terms(form)?);
    create::remap(tx, state, id, Changes { mapping: Some(mapping(form)), dates, terms }).await?;
    Ok(Some(Entry::new("import.mapped", id)))
}

pub(super) fn mapping(form: &Fields) -> Mapping {
    form.pairs()
        .iter()
        .filter_map(|(name, column)| Some((name.strip_prefix("map-")?.to_owned(), column.parse().ok()?)))
        .collect::<BTreeMap<_, _>>()
}
