//! What operators decide. Decisions about a brand are in the brand's audit log, those about creators in a log of their own.

use std::str::FromStr;

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use identity::{
    access::session::Session,
    audit::{self, Entry},
};
use serde_json::json;
use shared::id::{self, CreatorId, NetworkMessageId, OrganizationId};
use uuid::Uuid;

use super::{
    page::{self, Operator},
    store,
};
use crate::{
    flag::{check, store as flag_store},
    listing::operator as listing_operator,
};
use kit::{
    db::{Holder, TenantTx},
    error::{Code, Error, Result},
    form::{Fields, Refused},
    page::PageError,
    state::AppState,
};

const PLACE: &str = "/network/operator/reports";
const NOTE_MAX: usize = 500;

/// # Errors
/// 404 for what is no id.
fn named<T: FromStr>(id: &str) -> Result<T> {
    id.parse().map_err(|_| Error::not_found())
}

/// # Errors
/// 400 at `note` for a decision without a reason.
fn note(fields: &Fields) -> Result<String> {
    fields.line("note", "a reason", NOTE_MAX).map_err(|problems| {
        let message = problems.of("note").unwrap_or_default().to_owned();
        Error::new(StatusCode::BAD_REQUEST, Code::ValidationFailed, message).with_field("note")
    })
}

/// Leads back to the page, or shows what was wrong in the form.
async fn answer(
    state: &AppState,
    session: &Session,
    (form, fields, what): (String, Fields, &str),
    outcome: Result<()>,
) -> std::result::Result<Response, PageError> {
    let mut refused = Refused { form, typed: fields, ..Refused::default() };
    match refused.problems.refused(outcome.map(|()| true))? {
        None => Ok(Redirect::to(&format!("{PLACE}?done={what}")).into_response()),
        Some(status) => Ok((status, page::refused(state, session, refused).await?).into_response()),
    }
}

/// A transaction of a brand that isn't closed.
async fn brand(state: &AppState, organization: OrganizationId) -> Result<TenantTx> {
    if !state.db.all_tenants().await?.contains(&organization) {
        return Err(Error::not_found());
    }
    Ok(state.db.tenant(organization).await?)
}

/// `POST /network/operator/reports/{organization}/{report}/{what}`: `uphold` or `dismiss`, with a note.
///
/// # Errors
/// 404 for anyone but an operator, and for a report that isn't open. A missing note is shown next to its field.
pub async fn report(
    State(state): State<AppState>,
    Operator(session): Operator,
    Path((organization, report, what)): Path<(String, String, String)>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let (organization, report): (OrganizationId, NetworkMessageId) = (named(&organization)?, named(&report)?);
    let upheld = match what.as_str() {
        "uphold" => true,
        "dismiss" => false,
        _ => return Err(Error::not_found().into()),
    };
    let outcome = match note(&fields) {
        Ok(note) => decide(&state, &session, (organization, report), (upheld, &note)).await,
        Err(error) => Err(error),
    };
    answer(&state, &session, (report.to_string(), fields, &what), outcome).await
}

async fn decide(
    state: &AppState,
    session: &Session,
    (organization, report): (OrganizationId, NetworkMessageId),
    (upheld, note): (bool, &str),
) -> Result<()> {
    let now = state.clock.now();
    let mut tx = brand(state, organization).await?;
    let decided = store::decide(&mut tx, report.uuid(), (upheld, &session.email, note), now).await?;
    let by_brand = decided.ok_or_else(Error::not_found)?;
    let action = if upheld { "network_report.upheld" } else { "network_report.dismissed" };
    // The brand reads its audit log: the note may be about someone else.
    let entry = Entry::new(action, report).after(json!({"byBrand": by_brand}));
    audit::record(&mut tx, &session.actor, now, entry).await?;
    Ok(tx.commit().await?)
}

/// `POST /network/operator/creators/{creator}/{what}`: `suspend`, with a reason that the creator reads, or `restore`.
///
/// # Errors
/// 404 for anyone but an operator, and for an unknown creator; 409 `wrong_status` if it is so already.
pub async fn creator(
    State(state): State<AppState>,
    Operator(session): Operator,
    Path((creator, what)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let creator: CreatorId = named(&creator)?;
    let outcome = match what.as_str() {
        "suspend" => match note(&fields) {
            Ok(note) => suspend(&state, &session, creator, Some(&note)).await,
            Err(error) => Err(error),
        },
        "restore" => suspend(&state, &session, creator, None).await,
        _ => return Err(Error::not_found().into()),
    };
    // The same creator can stand in several cards.
    let form = fields.text("form").to_owned();
    answer(&state, &session, (form, fields, &what), outcome).await
}

async fn suspend(state: &AppState, session: &Session, creator: CreatorId, reason: Option<&str>) -> Result<()> {
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Creator(creator)).await?;
    if !store::suspend(&mut tx, creator, reason, now).await? {
        let message = "There is no such creator, or that was done already.";
        return Err(Error::new(StatusCode::CONFLICT, Code::WrongStatus, message));
    }
    flag_store::operate(tx.conn()).await?;
    let action = if reason.is_some() { "Suspended" } else { "Restored" };
    let id = state.new_id::<id::NetworkMessage>().uuid();
    let decision = (Some(creator), action, reason.unwrap_or_default());
    store::record(&mut tx, id, decision, &session.email, now).await?;
    Ok(tx.commit().await?)
}

/// `POST /network/operator/flags/{flag}/{what}`: `clear` or `confirm`. Who waited to be listed is listed once nothing is
/// left to look at; a confirmed flag ends the wait.
///
/// # Errors
/// 404 for anyone but an operator, and for a flag that isn't open.
pub async fn flag(
    State(state): State<AppState>,
    Operator(session): Operator,
    Path((flag, what)): Path<(String, String)>,
) -> std::result::Result<Response, PageError> {
    let flag: Uuid = named(&flag)?;
    let upheld = match what.as_str() {
        "clear" => false,
        "confirm" => true,
        _ => return Err(Error::not_found().into()),
    };
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    flag_store::operate(tx.conn()).await?;
    let decided = flag_store::decide(&mut tx, flag, (upheld, &session.email), now).await?;
    let (creator, reason) = decided.ok_or_else(Error::not_found)?;
    let id = state.new_id::<id::NetworkMessage>().uuid();
    let action = if upheld { "FlagUpheld" } else { "FlagCleared" };
    store::record(&mut tx, id, (creator, action, reason.words()), &session.email, now).await?;
    if let Some(creator) = creator {
        tx.also(Holder::Creator(creator)).await?;
        if upheld {
            flag_store::refuse(&mut tx, creator).await?;
        } else {
            flag_store::harmless(&mut tx, creator, reason).await?;
        }
    }
    tx.commit().await?;
    if let Some(creator) = creator {
        check::release(&state, creator).await?;
    }
    Ok(Redirect::to(&format!("{PLACE}?done={what}")).into_response())
}

/// `POST /network/operator/brands/{organization}/{what}`: `pause` hides all listings of the brand and takes their approval
/// back, with a reason that its owners read; `clear` and `confirm` decide its open flag, named by `flag`.
///
/// # Errors
/// 404 for anyone but an operator, and for an unknown brand or flag; 409 `wrong_status` if nothing is listed or approved.
pub async fn of_brand(
    State(state): State<AppState>,
    Operator(session): Operator,
    Path((organization, what)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let organization: OrganizationId = named(&organization)?;
    let outcome = match what.as_str() {
        "pause" => match note(&fields) {
            Ok(note) => pause(&state, &session, organization, &note).await,
            Err(error) => Err(error),
        },
        "clear" | "confirm" => decide_brand(&state, &session, organization, (what == "confirm", &fields)).await,
        _ => return Err(Error::not_found().into()),
    };
    let form = fields.text("form").to_owned();
    answer(&state, &session, (form, fields, &what), outcome).await
}

async fn pause(state: &AppState, session: &Session, organization: OrganizationId, reason: &str) -> Result<()> {
    let mut tx = brand(state, organization).await?;
    let programs = store::listed(&mut tx).await?;
    tx.commit().await?;
    if programs.is_empty() {
        let message = "None of this brand’s programs is listed or approved.";
        return Err(Error::new(StatusCode::CONFLICT, Code::WrongStatus, message));
    }
    for program in programs {
        listing_operator::pause(state, session, (organization, program), reason).await?;
    }
    Ok(())
}

async fn decide_brand(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    (upheld, fields): (bool, &Fields),
) -> Result<()> {
    let flag: Uuid = named(fields.raw("flag"))?;
    let now = state.clock.now();
    let mut tx = brand(state, organization).await?;
    if !flag_store::decide_brand(&mut tx, flag, (upheld, &session.email), now).await? {
        return Err(Error::not_found());
    }
    let action = if upheld { "network_flag.upheld" } else { "network_flag.cleared" };
    audit::record(&mut tx, &session.actor, now, Entry::new(action, organization)).await?;
    Ok(tx.commit().await?)
}
