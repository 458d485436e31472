//! The actions on a connection's page: choose, tag, test, pause, reconnect, disconnect.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::{CrmConnectionId, ProgramId};

use super::{
    change::{self, Changes},
    check,
    dashboard::PLACE,
    detail::{Tried, again, done, program_of},
    form::{ConnectForm, TagsForm, given, may_change, tags},
    lint,
    live::parse,
    override_store,
    overrides::{self, OverrideInput},
    settings::{self, Own},
    store::{self, Row},
};
use identity::{
    access::{member::Member, session::Session},
    audit,
};
use kit::{error::Error, form::Fields, page::PageError, state::AppState};

/// Loads the connection and checks that the person may change it.
async fn open(
    state: &AppState,
    session: &Session,
    id: &str,
    fields: &Fields,
) -> Result<(Member, CrmConnectionId, Row), Error> {
    let member = may_change(session, fields)?;
    let id = parse(id)?;
    let mut tx = state.db.tenant(member.organization).await?;
    let row = store::read(&mut tx, id).await?;
    tx.commit().await?;
    Ok((member, id, row))
}

async fn change(state: &AppState, member: &Member, id: CrmConnectionId, changes: Changes) -> Result<(), Error> {
    let organization = member.organization;
    let verified_changes = change::verify(state, organization, id, changes).await?;
    let mut tx = state.db.tenant(organization).await?;
    let (_, entry) = change::apply(&mut tx, state, id, verified_changes).await?;
    if let Some(entry) = entry {
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    Ok(tx.commit().await?)
}

/// Answers a change: redirects to the page, or shows it again with the error. Internal errors get their own page.
async fn answer(
    state: &AppState,
    session: &Session,
    (member, id): (&Member, CrmConnectionId),
    (changed, what): (Result<(), Error>, &str),
    tried: impl FnOnce(&Error) -> Tried,
) -> Result<Response, PageError> {
    match changed {
        Ok(()) => Ok(done(member.organization, id, what)),
        Err(error) if error.status() == StatusCode::INTERNAL_SERVER_ERROR => Err(error.into()),
        Err(error) => again(state, session, (member.organization, id), (error.status(), tried(&error))).await,
    }
}

fn problem(error: &Error) -> Tried {
    Tried { problem: Some(kit::form::sentence_for(error)), ..Tried::default() }
}

/// `POST /dashboard/crms/{id}/settings`: saves the list, the segment tag and the events.
///
/// # Errors
/// As for every handler in this file: 404 for another organization's connection, 403 for a viewer or manager, 503 where
/// the database is unavailable.
pub async fn settings(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let (member, id, _) = open(&state, &session, &id, &fields).await?;
    // Where the lists couldn't be loaded, the form has no list field, and the chosen list stays.
    let list = fields.sent("list").map(str::to_owned);
    let changes = Changes {
        list: list.map(|list| Some(list).filter(|list| !list.is_empty())),
        segment_tag: Some(fields.raw("segmentTag") == "on"),
        events: Some(fields.all("events")),
        ..Changes::default()
    };
    let changed = change(&state, &member, id, changes).await;
    answer(&state, &session, (&member, id), (changed, "saved"), problem).await
}

/// Returns the form's tags after the requested fix of one or all, and the findings that remain.
async fn looked(
    state: &AppState,
    member: &Member,
    row: &Row,
    fields: &Fields,
    own: Own<'_>,
) -> Result<(Vec<String>, TagsForm), Error> {
    let (connector, account) = (row.connector()?, store::account(state, member.organization, row)?);
    let mut requested = tags(fields);
    let mut looked = settings::look(state, member.organization, connector, &account, &requested, own).await;
    match fields.raw("fix") {
        "" => {}
        "all" => requested = looked.mended,
        place => {
            let found = looked.findings.iter().find(|found| found.index.to_string() == place);
            if let Some(found) = found {
                lint::apply(&mut requested, found);
            }
        }
    }
    if !fields.raw("fix").is_empty() {
        looked = settings::look(state, member.organization, connector, &account, &requested, own).await;
    }
    let accepted = fields.raw("accept") == "yes";
    let findings = looked.findings.into_iter().filter(|found| found.blocks || !accepted).collect();
    Ok((requested.clone(), TagsForm { findings, ..TagsForm::of(&requested) }))
}

/// `POST /dashboard/crms/{id}/tags`: saves the default tags once no finding remains.
pub async fn save_tags(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let (member, id, row) = open(&state, &session, &id, &fields).await?;
    let own = Own { kept: &row.tags, ..Own::default() };
    let (requested, form) = looked(&state, &member, &row, &fields, own).await?;
    if !form.findings.is_empty() {
        let tried = Tried { tags: Some(form), ..Tried::default() };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return again(&state, &session, (member.organization, id), (status, tried)).await;
    }
    let changes = Changes { tags: Some(requested), accept_tags: true, ..Changes::default() };
    let changed = change(&state, &member, id, changes).await;
    let tried = |error: &Error| Tried { tags: Some(form), ..problem(error) };
    answer(&state, &session, (&member, id), (changed, "saved"), tried).await
}

/// `POST /dashboard/crms/{id}/programs`: saves or removes one program's overrides.
pub async fn save_program(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let (member, id, row) = open(&state, &session, &id, &fields).await?;
    let (organization, (named, list)) = (member.organization, program_of(&fields));
    let program: ProgramId = named.parse().map_err(|_| Error::not_found())?;
    let mut tx = state.db.tenant(organization).await?;
    let kept = override_store::one(&mut tx, id, program).await?;
    tx.commit().await?;
    let kept_tags = kept.as_ref().map_or(&[][..], |kept| &kept.tags);
    let own = Own { defaults: &row.tags, kept: kept_tags };
    let (input, form) = looked(&state, &member, &row, &fields, own).await?;
    if !form.findings.is_empty() {
        let tried = Tried { program: Some((named, list, form, None)), ..Tried::default() };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return again(&state, &session, (organization, id), (status, tried)).await;
    }
    let has_picker = fields.sent("list").is_some();
    let kept_list = || kept.and_then(|kept| kept.list).map(|list| list.id);
    let input = OverrideInput {
        list: if has_picker { Some(list.clone()).filter(|list| !list.is_empty()) } else { kept_list() },
        tags: input,
        accept_tags: true,
    };
    let changed = put(&state, &member, (id, program), input).await;
    let tried = |error: &Error| {
        let text = Some(kit::form::sentence_for(error));
        Tried { program: Some((named, list, form, text)), ..Tried::default() }
    };
    answer(&state, &session, (&member, id), (changed, "saved"), tried).await
}

/// Saves a program's overrides; without a list and tags of its own, the override is removed.
async fn put(
    state: &AppState,
    member: &Member,
    which: (CrmConnectionId, ProgramId),
    input: OverrideInput,
) -> Result<(), Error> {
    let organization = member.organization;
    let list = overrides::verify_list(state, organization, which, &input).await?;
    let mut tx = state.db.tenant(organization).await?;
    let entry = if list.is_none() && input.tags.is_empty() {
        match override_store::one(&mut tx, which.0, which.1).await? {
            Some(_) => Some(overrides::remove(&mut tx, which).await?),
            None => None,
        }
    } else {
        overrides::put(&mut tx, state, which, (list, input.tags)).await?.1
    };
    if let Some(entry) = entry {
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    Ok(tx.commit().await?)
}

/// `POST /dashboard/crms/{id}/reconnect`: stores new credentials.
pub async fn reconnect(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let (member, id, row) = open(&state, &session, &id, &fields).await?;
    let descriptor = row.connector()?.descriptor();
    let changes = Changes { credentials: Some(given(descriptor, &fields)), ..Changes::default() };
    let changed = change(&state, &member, id, changes).await;
    let tried =
        |error: &Error| Tried { credentials: Some(ConnectForm::again(descriptor, &fields, error)), ..Tried::default() };
    answer(&state, &session, (&member, id), (changed, "reconnected"), tried).await
}

/// `POST /dashboard/crms/{id}/test`: tests the connection.
pub async fn test(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let (member, id, _) = open(&state, &session, &id, &fields).await?;
    let tested = check::test(&state, member.organization, &member.actor, id).await;
    let tested = match tested {
        Ok(tested) if !tested.ok => {
            let tried = Tried { problem: Some(tested.message), ..Tried::default() };
            return again(&state, &session, (member.organization, id), (StatusCode::OK, tried)).await;
        }
        other => other.map(drop),
    };
    answer(&state, &session, (&member, id), (tested, "tested"), problem).await
}

/// `POST /dashboard/crms/{id}/switch`: disables or enables the connection.
pub async fn switch(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let (member, id, _) = open(&state, &session, &id, &fields).await?;
    let (status, what) = match fields.raw("enabled") {
        "true" => ("active", "resumed"),
        _ => ("disabled", "off"),
    };
    let changed = change(&state, &member, id, Changes { status: Some(status), ..Changes::default() }).await;
    answer(&state, &session, (&member, id), (changed, what), problem).await
}

/// `POST /dashboard/crms/{id}/disconnect`: removes the connection.
pub async fn disconnect(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let (member, id, _) = open(&state, &session, &id, &fields).await?;
    let organization = member.organization;
    let mut tx = state.db.tenant(organization).await?;
    let entry = change::remove(&mut tx, id).await?;
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PLACE}?organization={organization}")).into_response())
}
