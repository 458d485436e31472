//! The job that runs imports: a few rows at a time, each set in one transaction under the organization's lock.
//! Organizations take turns, so that a large import doesn't delay those of others; within one, imports run in the order
//! in which they were started. A process that is stopped loses nothing and repeats nothing. If two processes run it,
//! one does the work and the other finds it done.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use serde_json::json;
use shared::id::{ImportId, OrganizationId};
use tokio::time::Instant;

use super::{
    apply,
    check::refused,
    email,
    row::Refusal,
    row_store,
    store::{self, State},
};
use engine::book;
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{
    error::{Error, Result},
    state::AppState,
};

pub const EVERY: Duration = Duration::from_secs(1);
/// The number of rows per transaction: the organization is locked for that time.
const AT_ONCE: i64 = 100;
/// The number of such sets of rows after which the next organization has its turn.
const SETS_PER_TURN: usize = 5;
/// Files contain personal data, so their rows are deleted after this time; only the outcomes remain.
pub const ROWS_KEPT_DAYS: i64 = 30;
const TENANTS_PER_PAGE: usize = 1_000;
/// How long an import that failed waits while others go on: its next try may take as long as the database allows.
const POSTPONED_FOR: Duration = Duration::from_secs(120);

pub async fn once(state: &AppState) -> Result<()> {
    let tenants = state.db.all_tenants().await?;
    for page in tenants.chunks(TENANTS_PER_PAGE) {
        let now = state.clock.now();
        let mut tx = state.db.tenants(page.to_vec()).await?;
        row_store::forget(&mut tx, now.plus_days(-ROWS_KEPT_DAYS), now).await?;
        tx.commit().await?;
    }
    let mut postponed = HashMap::new();
    while !state.is_stopping() && round(state, &mut postponed).await? {}
    Ok(())
}

/// Gives each organization one turn, in which its oldest running import goes on. Returns false if no import did.
async fn round(state: &AppState, postponed: &mut HashMap<ImportId, Instant>) -> Result<bool> {
    let mut goes_on = false;
    for tenants in state.db.all_tenants().await?.chunks(TENANTS_PER_PAGE) {
        let mut tx = state.db.tenants(tenants.to_vec()).await?;
        let running = store::running(&mut tx).await?;
        tx.commit().await?;
        let mut served = HashSet::new();
        for (organization, import) in running {
            let waits = postponed.get(&import).is_some_and(|at| at.elapsed() < POSTPONED_FOR);
            if waits || served.contains(&organization) {
                continue;
            }
            match turn(state, organization, import).await {
                Ok(()) => {
                    served.insert(organization);
                    goes_on = true;
                }
                // A failed import must not block the others, so the organization's next one has the turn.
                Err(error) => {
                    postponed.insert(import, Instant::now());
                    tracing::warn!(
                        event = "import.postponed", job = "run_imports", %organization, %import,
                        code = error.body().code.as_str(), at = error.at(),
                        "postponed an import: {}", error.cause()
                    );
                }
            }
        }
    }
    Ok(goes_on)
}

async fn turn(state: &AppState, organization: OrganizationId, import: ImportId) -> Result<()> {
    for _ in 0..SETS_PER_TURN {
        if state.is_stopping() {
            return Ok(());
        }
        match some(state, organization, import, AT_ONCE, &mut None).await {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) if error.status() == axum::http::StatusCode::SERVICE_UNAVAILABLE => return Err(error),
            // One of the rows caused the error; importing them one by one identifies it.
            Err(error) => {
                tracing::warn!(
                    event = "import.rows_failed", job = "run_imports", %organization, %import,
                    code = error.body().code.as_str(), at = error.at(),
                    "a set of rows failed; importing them one by one: {}", error.cause()
                );
                one_by_one(state, organization, import).await?;
            }
        }
    }
    Ok(())
}

async fn one_by_one(state: &AppState, organization: OrganizationId, import: ImportId) -> Result<()> {
    for _ in 0..AT_ONCE {
        let mut tried = None;
        match some(state, organization, import, 1, &mut tried).await {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) if error.status() == axum::http::StatusCode::SERVICE_UNAVAILABLE => return Err(error),
            Err(error) => {
                let Some(line) = tried else { return Err(error) };
                give_up(state, organization, import, (line, &error)).await?;
            }
        }
    }
    Ok(())
}

/// Imports the next rows; returns false if none are left or the import was stopped. `tried` becomes the line of the
/// first of them, also if they fail.
async fn some(
    state: &AppState,
    organization: OrganizationId,
    id: ImportId,
    limit: i64,
    tried: &mut Option<i32>,
) -> Result<bool> {
    let mut tx = state.db.tenant(organization).await?;
    store::by_index(&mut tx).await?;
    book::store::lock(&mut tx).await?;
    let import = store::lock(&mut tx, id).await?.filter(|import| import.state == State::Running);
    let Some(import) = import else { return Ok(false) };
    let rows = row_store::open(&mut tx, id, limit).await?;
    *tried = rows.first().map(|row| row.line);
    let goes_on = !rows.is_empty();
    if goes_on {
        let done = apply::rows(&mut tx, state, &import, &rows).await?;
        row_store::keep(&mut tx, id, &done, true).await?;
    } else {
        let now = state.clock.now();
        store::set_state(&mut tx, id, State::Done, now).await?;
        let counts = row_store::counts(&mut tx, &[id]).await?.remove(&id).unwrap_or_default();
        let details = json!({"new": counts.new, "updated": counts.updated, "unchanged": counts.unchanged, "refused": counts.refused});
        let entry = Entry::new("import.finished", id).after(details);
        audit::record(&mut tx, &Actor::system(), now, entry).await?;
        email::finished(&mut tx, state, &import, counts, now).await?;
    }
    tx.commit().await?;
    drop(state.news.send(organization));
    state.edge_config_changed.notify_one();
    Ok(goes_on)
}

/// Marks the row of this line as refused, if it is still the next one: another process may have tried and refused it,
/// too.
async fn give_up(
    state: &AppState,
    organization: OrganizationId,
    id: ImportId,
    (line, error): (i32, &Error),
) -> Result<()> {
    let mut tx = state.db.tenant(organization).await?;
    let import = store::lock(&mut tx, id).await?.filter(|import| import.state == State::Running);
    if import.is_none() {
        return Ok(());
    }
    if row_store::open(&mut tx, id, 1).await?.pop().is_some_and(|row| row.line == line) {
        let words = if error.status().is_client_error() {
            kit::form::sentence_for(error)
        } else {
            "We couldn't save this row.".to_owned()
        };
        let done = refused(line, Refusal::new("unprocessable", words));
        row_store::keep(&mut tx, id, &[done], true).await?;
    }
    tx.commit().await?;
    Ok(())
}
