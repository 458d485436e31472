//! Saves what the editor's form holds, and records what changed.

use serde_json::json;

use super::{
    block::Blocks,
    draft::{self, Draft},
    editor::{Begun, currency, record},
    field::Field,
    store::{self, Settings},
};
use identity::audit::Entry;
use kit::{
    error::{Error, OnConstraint, Result},
    form::Fields,
    state::AppState,
};
use programs::program::change::{self, ChangedProgram};

/// Returns what was done, and the part of the page to show.
///
/// # Errors
/// 400 naming every wrong field.
pub(super) async fn all(begun: &mut Begun, state: &AppState, form: &Fields) -> Result<(&'static str, &'static str)> {
    let currency = currency(&mut begun.tx, state, begun.program).await?;
    let is_development = state.config.environment.is_development();
    let Draft { settings, blocks, fields, terms, part } = draft::read(form, &begun.row, currency, is_development)?;
    if let Some((settings, destination)) = settings {
        keep_settings(begun, state, &settings, destination).await?;
    }
    if let Some(blocks) = blocks.filter(|blocks| *blocks != begun.row.blocks) {
        store::set_blocks(&mut begun.tx, begun.program, &blocks).await?;
        let shown = |blocks: &Blocks| {
            let shown = blocks.order.iter().filter(|block| block.shown).map(|block| block.kind.name());
            json!({"blocks": shown.collect::<Vec<_>>()})
        };
        let entry = Entry::new("program_page.updated", begun.program);
        let entry = entry.before(shown(&begun.row.blocks)).after(shown(&blocks));
        record(begun, state, entry).await?;
    }
    if let Some(fields) = fields.filter(|fields| *fields != begun.row.fields) {
        keep_questions(begun, state, &fields).await?;
    }
    if let Some(terms) = terms
        && keep_terms(begun, state, &terms).await?
    {
        return Ok(("terms", part));
    }
    Ok(("saved", part))
}

async fn keep_settings(
    begun: &mut Begun,
    state: &AppState,
    requested: &Settings,
    destination: Option<String>,
) -> Result<()> {
    let program = begun.program;
    let change = ChangedProgram {
        destination: Some(destination),
        auto_approve: Some(requested.auto_approve),
        ..ChangedProgram::default()
    };
    let (_, entry) = change::enact(&mut begun.tx, state, program, change::check(change, state)?).await?;
    if let Some(entry) = entry {
        record(begun, state, entry).await?;
    }
    let taken = || Error::field("handle", "This page address is taken. Choose another.");
    store::update(&mut begun.tx, program, requested).await.on_constraint("program_pages_handle", taken)?;
    let (before, after) = (json!({"handle": begun.row.handle}), json!({"handle": requested.handle}));
    let entry = Entry::new("program_page.updated", program).before(before).after(after);
    record(begun, state, entry).await
}

/// Creates a new version if the text has changed; returns whether it did.
async fn keep_terms(begun: &mut Begun, state: &AppState, body: &str) -> Result<bool> {
    engine::book::store::lock(&mut begun.tx).await?;
    let version = store::change_terms(&mut begun.tx, begun.program, body, state.clock.now()).await?;
    if let Some(version) = version {
        let entry = Entry::new("program_terms.changed", begun.program).after(json!({"version": version}));
        record(begun, state, entry).await?;
    }
    Ok(version.is_some())
}

async fn keep_questions(begun: &mut Begun, state: &AppState, fields: &[Field]) -> Result<()> {
    store::set_fields(&mut begun.tx, begun.program, fields).await?;
    let details = |fields: &[Field]| json!({"questions": fields.iter().map(|field| &field.label).collect::<Vec<_>>()});
    let entry = Entry::new("program_page.form_changed", begun.program);
    let entry = entry.before(details(&begun.row.fields)).after(details(fields));
    record(begun, state, entry).await
}
