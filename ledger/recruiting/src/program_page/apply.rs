//! `POST /p/{handle}`: accepts an application.
//!
//! Whether an email already belongs to an affiliate is private: every valid form gets the same page, and only the owner
//! of the email learns more, by email. Anything that could reveal it (a taken alias) is checked first.

use std::net::IpAddr;

use axum::{
    Form as Sent,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::Value;
use shared::{id::ProgramId, timestamp::Timestamp};

use super::applicant::{Applicant, apply, is_taken};
use super::{
    answer::{self, Application},
    email,
    gate::{self, Pace},
    gate_store, recruiter, show, store,
    view::{self, Form, Offer},
};
use engine::{book, consent::terms::Accepted};
use identity::access::caller::Caller;
use kit::{
    api::view::Affiliate,
    db::TenantTx,
    error::{Error, Result},
    form::{Fields, Problems},
    limit::{self, Limit, PublicAction},
    page::{PageError, language::PageLanguage},
    state::AppState,
    text::Text,
};
use programs::{
    affiliate::{application, create::derived, store as affiliate_store},
    link::store as link_store,
};
use rules::customer::mailbox::email_key;

/// The reasons a form was refused.
struct Refused {
    mistakes: Problems,
    problem: Option<Text>,
    terms: Option<Text>,
    /// Whether the form needs a new token, because the old one was used.
    anew: bool,
    status: StatusCode,
}

impl Refused {
    fn of(mistakes: Problems) -> Self {
        Self { mistakes, problem: None, terms: None, anew: false, status: StatusCode::BAD_REQUEST }
    }

    fn because(problem: Text) -> Self {
        Self { problem: Some(problem), ..Self::of(Problems::default()) }
    }
}

/// `POST /p/{handle}`.
///
/// # Errors
/// 404 if no program has a page there; 503 if the database is unavailable. Other refusals are shown on the page, with
/// what was typed: 429 after too many requests.
pub async fn submit(
    State(state): State<AppState>,
    Path(handle): Path<String>,
    caller: Caller,
    language: PageLanguage,
    headers: HeaderMap,
    Sent(fields): Sent<Fields>,
) -> std::result::Result<Response, PageError> {
    let may = limit::admit(&state, &Limit::PublicAction(PublicAction::Application, caller.source)).await?;
    let (mut tx, program) = show::open(&state, &handle).await?;
    let offer = view::load(&mut tx, &state, program, language.t).await?;
    if !may {
        let error = Error::too_often();
        let refused = Refused { status: error.status(), ..Refused::because(language.t.say("portal-too-often")) };
        return Ok((error.retry_header(), again(&state, (offer, &fields), language, refused)).into_response());
    }
    let done = show::thanks_path(&handle, language);
    // People don't see this field (a honeypot); a bot that fills it in gets the usual page.
    if !fields.raw(gate::POT).is_empty() {
        return Ok(Redirect::to(&done).into_response());
    }
    match take(tx, &state, program, &offer, (&fields, recruiter::remembered(&headers, &handle)), &caller).await? {
        Ok(()) => Ok(Redirect::to(&done).into_response()),
        Err(refused) => Ok(again(&state, (offer, &fields), language, refused)),
    }
}

/// The page with what was typed, and why it was refused.
fn again(state: &AppState, (offer, fields): (Offer, &Fields), language: PageLanguage, refused: Refused) -> Response {
    let shown = show::shown_again(state, &offer, fields.raw(gate::SHOWN)).filter(|_| !refused.anew);
    let mut form = Form::of(&offer, fields, &refused.mistakes, shown);
    form.mistakes += usize::from(refused.terms.is_some());
    form.terms_ticked &= refused.terms.is_none();
    form.terms_problem = refused.terms.map(String::from);
    form.problem = refused.problem.map(String::from);
    show::again(state, (offer, form), language, refused.status)
}

async fn take(
    mut tx: TenantTx,
    state: &AppState,
    program: ProgramId,
    offer: &Offer,
    (fields, link): (&Fields, Option<&str>),
    caller: &Caller,
) -> Result<std::result::Result<(), Refused>> {
    let (organization, t) = (tx.organization(), offer.t);
    let read = answer::read(&offer.row.fields, fields, t);
    let unticked = offer.terms.is_some() && !fields.is_ticked("terms");
    let application = match read {
        Ok(application) if !unticked => application,
        read => {
            let terms = unticked.then(|| t.say("program-form-terms-missing"));
            return Ok(Err(Refused { terms, ..Refused::of(read.err().unwrap_or_default()) }));
        }
    };
    if let Err(refused) = let_through(&mut tx, state, offer, (fields.raw(gate::SHOWN), caller.source)).await? {
        return Ok(Err(refused));
    }
    // Locks the organization, so that no other request adds an affiliate with this email in the meantime.
    book::store::lock(&mut tx).await?;
    if let Some(alias) = &application.alias
        && is_taken(&mut tx, alias).await?
    {
        return Ok(Err(Refused::of(Problems::at("alias", t.say("program-form-alias-taken")))));
    }
    let now = state.clock.now();
    match affiliate_store::with_email(&mut tx, &application.email, now).await? {
        Some(known) => {
            let slug = application.alias.unwrap_or_else(|| derived(&application.name));
            withhold(&mut tx, &slug, &known, now).await?;
            email::known(&mut tx, state, offer, &known).await?;
        }
        None => {
            let made = welcome(&mut tx, state, program, offer, application, caller).await?;
            if offer.pays_recruiters {
                recruiter::save(&mut tx, (made.id, &made.email), fields, link, now).await?;
            }
        }
    }
    tx.commit().await?;
    drop(state.news.send(organization));
    state.edge_config_changed.notify_one();
    Ok(Ok(()))
}

/// Performs the checks that don't need the organization's lock.
async fn let_through(
    tx: &mut TenantTx,
    state: &AppState,
    offer: &Offer,
    (token, source): (&str, Option<IpAddr>),
) -> Result<std::result::Result<(), Refused>> {
    let (handle, wall, t) = (&offer.row.handle, state.clock.wall(), offer.t);
    let shown = gate::shown(&state.config.keys.pages, handle, token, wall);
    match shown.pace {
        Pace::Human => {}
        Pace::TooFast => return Ok(Err(Refused::because(t.say("program-form-too-fast")))),
        Pace::Over => return Ok(Err(Refused::because(t.say("program-form-expired")))),
    }
    // No one can accept terms they haven't seen.
    if shown.terms != offer.terms_version() && offer.terms.is_some() {
        let terms = Some(t.say("program-form-terms-changed"));
        return Ok(Err(Refused { terms, ..Refused::of(Problems::default()) }));
    }
    if !state.throttle.admit_application(handle, source, wall) {
        let refused = Refused::because(t.say("program-form-busy"));
        return Ok(Err(Refused { status: StatusCode::TOO_MANY_REQUESTS, ..refused }));
    }
    if !gate_store::use_up(tx, token, gate::over_at(wall)).await? {
        return Ok(Err(Refused { anew: true, ..Refused::because(t.say("program-form-sent-before")) }));
    }
    Ok(Ok(()))
}

/// Withholds the slug that a new applicant would have got, so that its availability reveals nothing about emails.
async fn withhold(tx: &mut TenantTx, slug: &str, known: &Affiliate, now: Timestamp) -> Result<()> {
    if !is_taken(tx, slug).await? {
        link_store::withhold_slug(tx, slug, known.id, now).await?;
    }
    Ok(())
}

/// Creates an affiliate, and notifies both sides.
async fn welcome(
    tx: &mut TenantTx,
    state: &AppState,
    program: ProgramId,
    offer: &Offer,
    application: Application,
    caller: &Caller,
) -> Result<Affiliate> {
    let now = state.clock.now();
    // A refused applicant doesn't get in automatically with another spelling of the address: a person reviews the
    // application.
    let key = email_key(&application.email);
    let awaits_entry = offer.row.auto_approve && affiliate_store::refused_email(tx, &key).await?.is_none();
    let accepted = offer.terms.as_ref().map(|terms| Accepted {
        at: now,
        version: Some(format!("{} v{}", offer.program.slug, terms.version)),
        evidence: format!("Checked “I accept the terms” on the page /p/{} of {}", offer.row.handle, offer.program.name),
    });
    let requested = application.answers.into_iter().filter(|(_, answer)| *answer != Value::Null).collect();
    let applicant = Applicant {
        email: application.email,
        name: application.name,
        alias: application.alias,
        answers: application::checked(Some(requested))?,
        awaits_entry,
        program,
        language: offer.t.language(),
        terms: accepted,
        terms_version: offer.terms.as_ref().map(|terms| terms.version),
    };
    let made = apply(tx, state, applicant, caller).await?;
    if awaits_entry {
        email::confirm(tx, state, offer, &made).await?;
        return Ok(made);
    }
    email::received(tx, state, offer, &made).await?;
    let waiting = store::waiting(tx).await?;
    email::waiting(tx, state, offer, &made, waiting).await?;
    Ok(made)
}
