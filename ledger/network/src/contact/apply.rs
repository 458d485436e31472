//! `/a/network/apply/{handle}`: a creator applies to a listed program with their profile and their proved address. The
//! affiliate is created as by the program's own page; the same page accepts an invitation.

use axum::{
    Form as Sent,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;
use shared::id::{OrganizationId, ProgramId};

use super::{
    admit::{self, Applying},
    creator_store,
    store::{self, Filter},
};
use crate::{
    arrival::{self, Announced},
    creator::{frame::Frame, session::CreatorSession},
    flag::{Reason, raise},
    matching::store as matching_store,
};
use engine::book;
use identity::{
    access::caller::Caller,
    audit::{self, Entry},
};
use kit::{
    api::query::Query,
    db::{Holder, TenantTx},
    error::{Code, Error, Result},
    form::{Fields, Problems},
    limit::{self, Limit},
    page::{Html, PageError},
    state::AppState,
    text::Texts,
};
use recruiting::program_page::{
    answer,
    field::{ALIAS, EMAIL, Kind, NAME},
    view::{self, Form, Offer, Question},
};

const HERE: &str = "/a/network/apply";

#[derive(Debug, askama::Template)]
#[template(path = "contact_apply.html")]
struct ApplyPage {
    t: Texts,
    frame: Frame,
    handle: String,
    offer: Offer,
    form: Form,
    /// The invitation's text, if the creator was invited.
    invitation: Option<String>,
    /// Where the creator comes from, if another installation announced them.
    announced: Option<Announced>,
}

impl ApplyPage {
    /// The questions that the profile doesn't answer: the address is proved.
    fn questions(&self) -> impl Iterator<Item = &Question> {
        self.form.questions.iter().filter(|question| question.field.key != EMAIL)
    }
}

/// The program that the page is about.
#[derive(Debug, Clone, Copy)]
struct Place {
    program: ProgramId,
    /// Otherwise only whom its brand invited can answer.
    is_listed: bool,
}

/// Finds the program, and begins a transaction of its brand.
async fn open(state: &AppState, session: &CreatorSession, handle: &str) -> Result<(TenantTx, Place)> {
    if !state.config.network.enabled {
        return Err(Error::not_found());
    }
    let mut tx = state.db.global(Holder::Nothing).await?;
    let found = matching_store::listed(&mut tx, handle).await?;
    tx.commit().await?;
    let is_listed = found.is_some();
    let (organization, program) = match found {
        Some((organization, program, _)) => (organization, program),
        None => invited_to(state, session, handle).await?.ok_or_else(Error::not_found)?,
    };
    Ok((state.db.tenant(organization).await?, Place { program, is_listed }))
}

/// Finds a program that isn't listed now by the creator's open invitation to it.
async fn invited_to(
    state: &AppState,
    session: &CreatorSession,
    handle: &str,
) -> Result<Option<(OrganizationId, ProgramId)>> {
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    let brands = creator_store::brands(&mut tx, session.creator).await?;
    tx.commit().await?;
    if brands.is_empty() {
        return Ok(None);
    }
    let mut tx = state.db.tenants(brands).await?;
    let found = creator_store::invited_to(&mut tx, (session.creator, handle), state.clock.now()).await?;
    tx.commit().await?;
    Ok(found)
}

/// `GET /a/network/apply/{handle}`.
///
/// # Errors
/// 404 if no program has the handle that is listed, or to which the creator is invited, or its brand has no application
/// form.
pub async fn show(
    State(state): State<AppState>,
    session: CreatorSession,
    Path(handle): Path<String>,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let (mut tx, Place { program, .. }) = open(&state, &session, &handle).await?;
    let offer = view::load(&mut tx, &state, program, session.t).await?;
    let known = contact(&mut tx, &state, &session, program).await?;
    tx.commit().await?;
    if known.as_ref().is_some_and(|known| matches!(known.status.as_str(), "Applied" | "Joined")) {
        return Ok(Redirect::to("/a/network/applications").into_response());
    }
    let invitation = invitation(known);
    let from = query.text("from").unwrap_or_default();
    let announced = arrival::announced(&state, &session, (&from, program)).await?;
    let given = prefilled(&state, &session, &offer, announced.as_ref()).await?;
    let form = Form::of(&offer, &given, &Problems::default(), None);
    let frame = session.frame(HERE);
    Ok(Html(ApplyPage { t: session.t, frame, handle, offer, form, invitation, announced }).into_response())
}

async fn contact(
    tx: &mut TenantTx,
    state: &AppState,
    session: &CreatorSession,
    program: ProgramId,
) -> Result<Option<super::Contact>> {
    let filter = Filter { program: Some(program), creator: Some(session.creator), limit: 1, ..Filter::default() };
    Ok(store::list(tx, &filter, state.clock.now()).await?.pop())
}

/// The text of an invitation that waits for an answer.
fn invitation(known: Option<super::Contact>) -> Option<String> {
    known.filter(|known| known.status == "Invited").map(|known| known.message)
}

/// What the profile answers of the program's questions, or else the installation that announced the creator.
async fn prefilled(
    state: &AppState,
    session: &CreatorSession,
    offer: &Offer,
    announced: Option<&Announced>,
) -> Result<Fields> {
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    let profile = creator_store::profile(&mut tx, session.creator).await?.unwrap_or_default();
    tx.commit().await?;
    let theirs = announced.map(|announced| announced.person.clone()).unwrap_or_default();
    let first = |own: String, other: String| if own.is_empty() { other } else { own };
    let mut given = Fields::default();
    for field in &offer.row.fields {
        let value = match (field.key.as_str(), field.kind) {
            (EMAIL, _) => session.email.clone(),
            (NAME, _) => first(session.name.clone(), theirs.name.clone()),
            (ALIAS, _) => profile.handle.clone().unwrap_or_default(),
            (_, Kind::Url) => {
                first(profile.portfolio_url.clone().unwrap_or_default(), theirs.work().unwrap_or_default())
            }
            (_, Kind::Country) => {
                first(profile.country.clone().unwrap_or_default(), theirs.country.clone().unwrap_or_default())
            }
            (_, Kind::LongText) => first(profile.about(), theirs.about.clone()),
            _ => String::new(),
        };
        if !value.is_empty() {
            given.set(&answer::input(&field.key), value);
        }
    }
    Ok(given)
}

/// `POST /a/network/apply/{handle}`.
///
/// # Errors
/// As [`show`]. Mistakes are shown beside their question.
pub async fn submit(
    State(state): State<AppState>,
    session: CreatorSession,
    caller: Caller,
    Path(handle): Path<String>,
    Sent(mut fields): Sent<Fields>,
) -> std::result::Result<Response, PageError> {
    let barred = barred(&state, &session).await?;
    let (mut tx, place) = open(&state, &session, &handle).await?;
    let program = place.program;
    let offer = view::load(&mut tx, &state, program, session.t).await?;
    let invitation = invitation(contact(&mut tx, &state, &session, program).await?);
    let announced = arrival::announced(&state, &session, (fields.raw("from"), program)).await?;
    fields.set(&answer::input(EMAIL), session.email.clone());
    let wrong = terms_problem(&offer, &fields, session.t);
    let application = match answer::read(&offer.row.fields, &fields, session.t) {
        Ok(application) if wrong.is_none() => application,
        read => {
            let mut form = Form::of(&offer, &fields, &read.err().unwrap_or_default(), None);
            form.terms_ticked &= wrong.is_none();
            form.terms_problem = wrong;
            let frame = session.frame(HERE);
            let page = ApplyPage { t: session.t, frame, handle, offer, form, invitation, announced };
            return Ok((StatusCode::BAD_REQUEST, Html(page)).into_response());
        }
    };
    let organization = tx.organization();
    let taken = match barred {
        Some(error) => Err(error),
        None => take(&mut tx, &state, (&session, &caller), (place, &offer, announced.as_ref()), application).await,
    };
    if let Err(error) = taken {
        if !error.status().is_client_error() {
            return Err(error.into());
        }
        tx.rollback().await?;
        if error.status() == StatusCode::TOO_MANY_REQUESTS {
            raise::creator(&state, session.creator, (Reason::TooManyApplications, "")).await?;
        }
        let mut form = Form::of(&offer, &fields, &Problems::default(), None);
        form.problem = Some(kit::form::message_for(&error));
        let frame = session.frame(HERE);
        let page = ApplyPage { t: session.t, frame, handle, offer, form, invitation, announced };
        return Ok((error.status(), Html(page)).into_response());
    }
    tx.commit().await?;
    drop(state.news.send(organization));
    state.edge_config_changed.notify_one();
    Ok(Redirect::to("/a/network/applications?done=applied").into_response())
}

/// What is wrong with the acceptance of the terms. No one can accept terms they haven't seen.
fn terms_problem(offer: &Offer, fields: &Fields, t: Texts) -> Option<String> {
    let terms = offer.terms.as_ref()?;
    if !fields.is_ticked("terms") {
        return Some(t.say("program-form-terms-missing").to_string());
    }
    let is_shown = fields.text("terms_version") == terms.version.to_string();
    (!is_shown).then(|| t.say("program-form-terms-changed").to_string())
}

/// Why the creator can't apply to any program.
async fn barred(state: &AppState, session: &CreatorSession) -> Result<Option<Error>> {
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    let is_suspended = creator_store::is_suspended(&mut tx, session.creator).await?;
    tx.commit().await?;
    let message = || session.t.say("creator-apply-suspended").to_string();
    Ok(is_suspended.then(|| Error::new(StatusCode::FORBIDDEN, Code::Forbidden, message())))
}

/// Creates the affiliate ([`admit`]) and the contact, never twice: the organization is locked first.
async fn take(
    tx: &mut TenantTx,
    state: &AppState,
    (session, caller): (&CreatorSession, &Caller),
    (place, offer, announced): (Place, &Offer, Option<&Announced>),
    application: answer::Application,
) -> Result<()> {
    let (now, program) = (state.clock.now(), place.program);
    book::store::lock(tx).await?;
    let known = contact(tx, state, session, program).await?;
    let was_invited = match known.as_ref().map(|known| known.status.as_str()) {
        Some("Applied" | "Joined") => return Ok(()),
        Some("Rejected") => return Err(admit::refused(session.t)),
        status => status == Some("Invited"),
    };
    if !was_invited && !place.is_listed {
        return Err(Error::not_found());
    }
    if !limit::admit_in(tx.conn(), state, &Limit::NetworkApplication(session.creator)).await? {
        let message = session.t.say("creator-apply-many").to_string();
        return Err(Error::new(StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests, message));
    }
    let applying = Applying { session, caller, program, offer, was_invited };
    let (affiliate, status) = admit::decide(tx, state, &applying, application).await?;
    let contact = (state.new_id(), program, session.creator);
    let id = store::applied(tx, contact, (status, affiliate), now).await?;
    if let Some(announced) = announced {
        arrival::applied(tx, session, announced, id).await?;
    }
    let entry = Entry::new("network_contact.applied", id)
        .after(json!({"programId": program, "affiliateId": affiliate, "status": status, "invited": was_invited}));
    audit::record(tx, &caller.actor(format!("creator:{}", session.creator)), now, entry).await
}
