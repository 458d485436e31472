//! The steps of an import up to its start; the same for the API and the dashboard.

use axum::http::StatusCode;
use serde_json::json;
use shared::id::{ImportId, ProgramId};
use tokio::sync::Semaphore;

use super::{
    check,
    date::Order,
    field::{Field, Kind, Mapping, Source, guess, recognize},
    file::{self, Table},
    row_store,
    sale_row::SaleTerms,
    store::{self, Import, State},
};
use identity::{
    audit::Entry,
    organization::{gate, plan::Feature},
};
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};
use programs::{
    dashboard::pick_store,
    link::create::{check_destination, program_in_use},
};

static READERS: Semaphore = Semaphore::const_new(2);
const ROWS_AT_ONCE: usize = 2_000;

/// The input of a new import.
#[derive(Debug)]
pub struct ImportInput {
    /// `None`: recognized by the columns.
    pub kind: Option<Kind>,
    pub source: Source,
    pub program: ProgramId,
    /// The target of affiliates' links; `None` means the program's default.
    pub destination: Option<String>,
    /// Whether new affiliates are notified.
    pub notify: bool,
    /// Replaces the mapping guessed from the heading.
    pub mapping: Option<Mapping>,
    pub dates: Order,
    pub terms: SaleTerms,
    pub table: Table,
}

/// Parses the file. Because a large file takes time and much memory, few are parsed at a time, on a thread that no
/// requests wait for.
///
/// # Errors
/// 400 naming `file`.
pub async fn table(bytes: Vec<u8>) -> Result<Table> {
    let _turn = READERS.acquire().await.map_err(|error| Error::internal(error))?;
    let read = tokio::task::spawn_blocking(move || file::read(&bytes)).await.map_err(|error| Error::internal(error))?;
    read.map_err(|why| Error::field("file", why.to_string()))
}

/// Returns the target of affiliates' links: the given one, or the program's default.
async fn leads_to(
    tx: &mut TenantTx,
    state: &AppState,
    program: ProgramId,
    kind: Kind,
    details: Option<&str>,
) -> Result<Option<String>> {
    if kind != Kind::Affiliates {
        return Ok(None);
    }
    let address = match details.map(str::trim).filter(|details| !details.is_empty()) {
        Some(details) => Some(details.to_owned()),
        None => pick_store::destination(tx, program).await?,
    };
    let message = "Enter a destination such as https://brand.com/pricing. This program doesn't have a landing page.";
    let address = address.ok_or_else(|| Error::field("destination", message))?;
    let development = state.config.environment.is_development();
    Ok(Some(check_destination("destination", &address, development)?.to_string()))
}

/// Stores the rows, and checks them if the mapping is complete.
///
/// # Errors
/// 400 or 404 naming the field; 402 if the plan doesn't include notifying many people.
pub async fn create(tx: &mut TenantTx, state: &AppState, actor: &str, input: ImportInput) -> Result<(Import, Entry)> {
    program_in_use(tx, input.program).await?;
    let ImportInput { kind, source, program, destination, notify, mapping, dates, terms, table } = input;
    let kind = kind.unwrap_or_else(|| recognize(&table.head));
    may_notify(tx, state, notify && kind == Kind::Affiliates, table.rows.len()).await?;
    let destination = leads_to(tx, state, program, kind, destination.as_deref()).await?;
    let mapping = match mapping {
        Some(mapping) => checked(kind, &table.head, mapping)?,
        None => guess(kind, &table.head),
    };
    let import = Import {
        id: state.new_id(),
        kind,
        source,
        program,
        program_name: String::new(),
        destination,
        notify: notify && kind == Kind::Affiliates,
        head: table.head,
        mapping,
        dates,
        terms,
        state: State::Mapping,
        rows: i32::try_from(table.rows.len()).unwrap_or(i32::MAX),
        actor: actor.to_owned(),
        created_at: state.clock.now(),
        started_at: None,
        finished_at: None,
    };
    store::insert(tx, &import).await?;
    for rows in table.rows.chunks(ROWS_AT_ONCE) {
        row_store::insert(tx, import.id, rows).await?;
    }
    let entry = Entry::new("import.created", import.id)
        .after(json!({"kind": kind.as_str(), "source": source.as_str(), "rows": import.rows}));
    let import = if kind.missing(&import.mapping).is_none() { look_through(tx, state, import).await? } else { import };
    Ok((import, entry))
}

/// Notifying many people counts as inviting many.
async fn may_notify(tx: &mut TenantTx, state: &AppState, notify: bool, rows: usize) -> Result<()> {
    if notify && rows > 1 { gate::require(tx, state, Feature::BulkInvite).await } else { Ok(()) }
}

async fn look_through(tx: &mut TenantTx, state: &AppState, import: Import) -> Result<Import> {
    check::run(tx, state, &import).await?;
    store::set_reading(tx, &import, State::Checked).await?;
    store::read(tx, import.id).await?.ok_or_else(Error::not_found)
}

/// Checks that every field belongs to this kind and every column exists.
fn checked(kind: Kind, head: &[String], mapping: Mapping) -> Result<Mapping> {
    for (field, column) in &mapping {
        let known = Field::parse(field).is_some_and(|field| kind.fields().contains(&field));
        if !known || *column >= head.len() {
            let names: Vec<&str> = kind.fields().iter().map(|field| field.as_str()).collect();
            let message = format!("mapping must assign columns of the file, counted from 0, to {}", names.join(", "));
            return Err(Error::field("mapping", message));
        }
    }
    Ok(mapping)
}

/// What may change before the start.
#[derive(Debug, Default)]
pub struct Changes {
    pub mapping: Option<Mapping>,
    pub dates: Option<Order>,
    pub terms: Option<SaleTerms>,
}

impl Changes {
    pub const fn is_empty(&self) -> bool {
        self.mapping.is_none() && self.dates.is_none() && self.terms.is_none()
    }
}

/// Changes how the rows are read, and checks them again.
///
/// # Errors
/// 404; 409 `wrong_status` once it runs; 400 naming `mapping`.
pub async fn remap(
    tx: &mut TenantTx,
    state: &AppState,
    id: ImportId,
    Changes { mapping, dates, terms }: Changes,
) -> Result<Import> {
    let import = locked(tx, id, &[State::Mapping, State::Checked]).await?;
    let mapping = match mapping {
        Some(mapping) => checked(import.kind, &import.head, mapping)?,
        None => import.mapping.clone(),
    };
    let (dates, terms) = (dates.unwrap_or(import.dates), terms.unwrap_or(import.terms));
    if let Some(missing) = import.kind.missing(&mapping) {
        return Err(Error::field("mapping", missing));
    }
    look_through(tx, state, Import { mapping, dates, terms, ..import }).await
}

/// Starts the run, which the job performs. An import that has already started continues.
///
/// # Errors
/// 404; 402 as [`create`]; 409 `wrong_status` if it isn't checked or was cancelled.
pub async fn start(tx: &mut TenantTx, state: &AppState, id: ImportId) -> Result<Option<Entry>> {
    let import = locked(tx, id, &[State::Checked, State::Running, State::Done]).await?;
    if import.state != State::Checked {
        return Ok(None);
    }
    program_in_use(tx, import.program).await?;
    may_notify(tx, state, import.notify, usize::try_from(import.rows).unwrap_or_default()).await?;
    store::set_state(tx, id, State::Running, state.clock.now()).await?;
    let details = json!({"kind": import.kind.as_str(), "source": import.source.as_str(), "rows": import.rows});
    Ok(Some(Entry::new("import.started", id).after(details)))
}

/// Cancels an import: rows that were already imported stay.
///
/// # Errors
/// 404; 409 `wrong_status` if it is finished.
pub async fn cancel(tx: &mut TenantTx, state: &AppState, id: ImportId) -> Result<Option<Entry>> {
    let all = [State::Mapping, State::Checked, State::Running, State::Cancelled];
    let import = locked(tx, id, &all).await?;
    if import.state == State::Cancelled {
        return Ok(None);
    }
    store::set_state(tx, id, State::Cancelled, state.clock.now()).await?;
    Ok(Some(Entry::new("import.cancelled", id)))
}

async fn locked(tx: &mut TenantTx, id: ImportId, states: &[State]) -> Result<Import> {
    let import = store::lock(tx, id).await?.ok_or_else(Error::not_found)?;
    if states.contains(&import.state) {
        return Ok(import);
    }
    let message = format!("The import is {}.", import.state.as_str());
    Err(Error::new(StatusCode::CONFLICT, Code::WrongStatus, message))
}
