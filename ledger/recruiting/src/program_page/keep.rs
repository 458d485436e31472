//! Saves the parts of a page, for the editor's form and the API. Each function returns the audit log entry.

use serde_json::json;
use shared::id::ProgramId;

use super::{
    block::Blocks,
    draft::{self, Draft},
    editor::{Begun, currency, record},
    field::Field,
    store::{self, Row, Settings},
};
use identity::audit::Entry;
use kit::{
    db::TenantTx,
    error::{Error, OnConstraint, Result},
    form::Fields,
    state::AppState,
};
use outbox::edge_config::publish;
use programs::program::change::{self, ChangedProgram};

/// Saves what the form changed. Returns what was done, and the part of the page to show.
///
/// # Errors
/// 400 naming every wrong field.
pub(super) async fn all(begun: &mut Begun, state: &AppState, form: &Fields) -> Result<(&'static str, &'static str)> {
    let currency = currency(&mut begun.tx, state, begun.program).await?;
    let is_development = state.config.environment.is_development();
    let program = begun.program;
    let destination = change::read(&mut begun.tx, program, state.clock.now()).await?.destination;
    let mut form = form.clone();
    form.refresh(&draft::shown_settings(&begun.row, destination.as_deref()));
    let Draft { settings: given, blocks: typed, fields, terms: body, part } =
        draft::read(&form, &begun.row, currency, is_development)?;
    if let Some((requested, destination)) = given {
        keep_program(begun, state, destination, requested.auto_approve).await?;
        let entry = settings(&mut begun.tx, program, &begun.row, &requested).await?;
        record(begun, state, entry).await?;
    }
    if let Some(typed) = typed
        && let Some(entry) = blocks(&mut begun.tx, program, &begun.row, &typed).await?
    {
        record(begun, state, entry).await?;
    }
    if let Some(fields) = fields
        && let Some(entry) = questions(&mut begun.tx, program, &begun.row, &fields).await?
    {
        record(begun, state, entry).await?;
    }
    if let Some(body) = body
        && let Some((_, entry)) = terms(&mut begun.tx, state, program, &body).await?
    {
        record(begun, state, entry).await?;
        return Ok(("terms", part));
    }
    Ok(("saved", part))
}

/// The landing page and whether applicants are approved automatically belong to the program, whose form is another one.
async fn keep_program(
    begun: &mut Begun,
    state: &AppState,
    destination: Option<String>,
    auto_approve: bool,
) -> Result<()> {
    let change = ChangedProgram {
        destination: Some(destination),
        auto_approve: Some(auto_approve),
        ..ChangedProgram::default()
    };
    let (_, entry) = change::enact(&mut begun.tx, state, begun.program, change::check(change, state)?).await?;
    match entry {
        Some(entry) => record(begun, state, entry).await,
        None => Ok(()),
    }
}

/// # Errors
/// 400 naming `handle` if another page has it.
pub(super) async fn settings(
    tx: &mut TenantTx,
    program: ProgramId,
    before: &Row,
    requested: &Settings,
) -> Result<Entry> {
    let taken = || Error::field("handle", "This page address is taken. Choose another.");
    store::update(tx, program, requested).await.on_constraint("program_pages_handle", taken)?;
    let entry = Entry::new("program_page.updated", program);
    Ok(entry.before(json!({"handle": before.handle})).after(json!({"handle": requested.handle})))
}

/// Returns nothing if the blocks are what they were.
pub(super) async fn blocks(
    tx: &mut TenantTx,
    program: ProgramId,
    before: &Row,
    requested: &Blocks,
) -> Result<Option<Entry>> {
    if *requested == before.blocks {
        return Ok(None);
    }
    store::set_blocks(tx, program, requested).await?;
    let shown = |blocks: &Blocks| {
        let shown = blocks.order.iter().filter(|block| block.shown).map(|block| block.kind.name());
        json!({"blocks": shown.collect::<Vec<_>>()})
    };
    let entry = Entry::new("program_page.updated", program);
    Ok(Some(entry.before(shown(&before.blocks)).after(shown(requested))))
}

/// Returns nothing if the questions are what they were.
pub(super) async fn questions(
    tx: &mut TenantTx,
    program: ProgramId,
    before: &Row,
    fields: &[Field],
) -> Result<Option<Entry>> {
    if fields == before.fields {
        return Ok(None);
    }
    store::set_fields(tx, program, fields).await?;
    let details = |fields: &[Field]| json!({"questions": fields.iter().map(|field| &field.label).collect::<Vec<_>>()});
    let entry = Entry::new("program_page.form_changed", program);
    Ok(Some(entry.before(details(&before.fields)).after(details(fields))))
}

/// Creates a new version if the text has changed, and returns its number.
pub(super) async fn terms(
    tx: &mut TenantTx,
    state: &AppState,
    program: ProgramId,
    body: &str,
) -> Result<Option<(i32, Entry)>> {
    engine::book::store::lock(tx).await?;
    let version = store::change_terms(tx, program, body, state.clock.now()).await?;
    let entry = |version| Entry::new("program_terms.changed", program).after(json!({"version": version}));
    Ok(version.map(|version| (version, entry(version))))
}

/// Publishes or hides the page. The time of the first publication stays.
pub(super) async fn published(
    tx: &mut TenantTx,
    state: &AppState,
    program: ProgramId,
    (before, on): (&Row, bool),
) -> Result<Entry> {
    let now = state.clock.now();
    engine::book::store::lock(tx).await?;
    store::publish(tx, program, on.then(|| before.published_at.unwrap_or(now))).await?;
    publish::named_links(tx, now).await?;
    let action = if on { "program_page.published" } else { "program_page.hidden" };
    Ok(Entry::new(action, program).after(json!({"handle": before.handle})))
}
