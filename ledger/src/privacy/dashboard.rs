//! `/dashboard/settings/privacy`: retention, Global Privacy Control, and one person's data.

use axum::{
    Form,
    extract::State,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Redirect, Response},
};
use payout_core::tax::field::written_day;
use serde_json::{Value, json};
use shared::id::{AffiliateId, CustomerId, OrganizationId, ProgramId};

use super::{
    api::REASON_MAX,
    erase, export, long_work,
    person::{self, Person},
    retention::{LIMITS, Limit, Retention},
    retention_store,
};
use engine::{
    book,
    consent::{store as consents, view::Consent},
    privacy::arrival,
};
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
    api::text::checked,
    error::{Error, Result},
    form::{Fields, Problems},
    page::{Html, PageError, zone::Zone},
    state::AppState,
};
use outbox::edge_config::publish;
use programs::program::{program_rules, store};

const PLACE: &str = "/dashboard/settings/privacy";
const CONSENTS: i64 = 20;
/// The word to type before a person is erased.
const WORD: &str = "erase";
const MODES: [(&str, &str); 3] = [
    ("no_cookie", "Count the click, but don’t set a cookie"),
    ("no_tracking", "Redirect only"),
    ("ignore", "Track normally"),
];

#[derive(Debug, askama::Template)]
#[template(path = "privacy.html")]
struct PrivacyPage {
    frame: Frame,
    retention: Vec<(Limit, String)>,
    programs: Vec<(ProgramId, String, String)>,
    modes: &'static [(&'static str, &'static str)],
    /// What was searched for, and who was found.
    sought: Option<(String, Vec<Person>)>,
    consents: Vec<Line>,
    description: Option<String>,
    problems: Problems,
}

/// A consent as the page shows it.
#[derive(Debug)]
struct Line {
    who: String,
    what: String,
    granted: bool,
    at: String,
    evidence: String,
}

type Answer = std::result::Result<Response, PageError>;

/// `GET /dashboard/settings/privacy`.
///
/// # Errors
/// 404 for an organization that the user isn't a member of; 503 if the database is unavailable.
pub async fn show(State(state): State<AppState>, session: Session, choice: Choice) -> Answer {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(Html(load(&state, &session, organization).await?).into_response())
}

/// `POST /dashboard/settings/privacy/retention`.
pub async fn retain(State(state): State<AppState>, session: Session, Form(fields): Form<Fields>) -> Answer {
    let member = configures(&session, &fields)?;
    let set = set_retention(&state, &member, &fields).await;
    answered(&state, &session, &member, set, "Data retention updated.").await
}

/// `POST /dashboard/settings/privacy/gpc`: sets how one program handles Global Privacy Control.
pub async fn set_gpc(State(state): State<AppState>, session: Session, Form(fields): Form<Fields>) -> Answer {
    let member = configures(&session, &fields)?;
    let set = change_gpc(&state, &member, &fields).await;
    answered(&state, &session, &member, set, "Program updated.").await
}

/// `POST /dashboard/settings/privacy/find`. The search is a form and not a URL, so that no log or browser history
/// contains whom someone searched for.
///
/// # Errors
/// 404 for another organization, 403 for a manager or viewer, 503 if the database is unavailable. An error in the form
/// is shown next to its field.
pub async fn find(State(state): State<AppState>, session: Session, Form(fields): Form<Fields>) -> Answer {
    let member = configures(&session, &fields)?;
    let sought = fields.text("sought").to_owned();
    let mut page = load(&state, &session, member.organization).await?;
    if sought.is_empty() {
        page.problems = Problems::at("sought", "Enter an email address or ID.");
        return Ok((StatusCode::BAD_REQUEST, Html(page)).into_response());
    }
    let mut tx = state.db.tenant(member.organization).await?;
    let people = person::find(&mut tx, &state, &sought).await?;
    tx.commit().await?;
    page.sought = Some((sought, people));
    Ok(Html(page).into_response())
}

/// `POST /dashboard/settings/privacy/export`: downloads the export as a file.
pub async fn take(State(state): State<AppState>, session: Session, Form(fields): Form<Fields>) -> Answer {
    let member = configures(&session, &fields)?;
    let id = fields.raw("id").to_owned();
    let work = {
        let id = id.clone();
        async move { export_person(&state, &member, &id).await }
    };
    let document = long_work::to_the_end(work).await?;
    let body = serde_json::to_string_pretty(&document).map_err(|error| Error::internal(error))?;
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        // An id is letters, digits and an underscore.
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.json\"")),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, body).into_response())
}

/// `POST /dashboard/settings/privacy/erase`.
pub async fn erase(State(state): State<AppState>, session: Session, Form(fields): Form<Fields>) -> Answer {
    let member = configures(&session, &fields)?;
    let work = {
        let (state, member, fields) = (state.clone(), member.clone(), fields.clone());
        async move { erase_person(&state, &member, &fields).await }
    };
    match long_work::to_the_end(work).await {
        Ok(done) => {
            let mut page = load(&state, &session, member.organization).await?;
            page.description = Some(erased(&done));
            Ok(Html(page).into_response())
        }
        Err(error) if error.status() == StatusCode::BAD_REQUEST => {
            let mut page = load(&state, &session, member.organization).await?;
            let mut tx = state.db.tenant(member.organization).await?;
            let sought = fields.raw("id").to_owned();
            let people = person::find(&mut tx, &state, &sought).await?;
            tx.commit().await?;
            page.sought = Some((sought, people));
            page.problems = Problems::of_error(&error);
            Ok((StatusCode::BAD_REQUEST, Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

enum Who {
    Customer(CustomerId),
    Affiliate(AffiliateId),
}

fn who(id: &str) -> Result<Who> {
    let customer = id.parse().map(Who::Customer).ok();
    customer.or_else(|| id.parse().map(Who::Affiliate).ok()).ok_or_else(Error::not_found)
}

fn configures(session: &Session, fields: &Fields) -> Result<Member> {
    session.member(Some(fields.text("organization")), Right::Configure)
}

/// Shows the page with a confirmation on success, else with the error.
async fn answered(state: &AppState, session: &Session, member: &Member, done: Result<()>, words: &str) -> Answer {
    let mut page = load(state, session, member.organization).await?;
    match done {
        Ok(()) => {
            page.description = Some(words.to_owned());
            Ok(Html(page).into_response())
        }
        Err(error) if error.status() == StatusCode::BAD_REQUEST => {
            page.problems = Problems::of_error(&error);
            Ok((StatusCode::BAD_REQUEST, Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Reloading the result of a form triggers the browser's own prompt; opening its URL directly redirects to the page.
pub async fn back() -> Redirect {
    Redirect::to(PLACE)
}

async fn set_retention(state: &AppState, member: &Member, fields: &Fields) -> Result<()> {
    let (mut tx, now) = (state.db.tenant(member.organization).await?, state.clock.now());
    let before = retention_store::read(&mut tx).await?;
    let mut days = before.days().map(i64::from);
    for (limit, place) in LIMITS.iter().zip(&mut days) {
        let Some(typed) = fields.sent(limit.field) else { continue };
        *place = typed.trim().parse().map_err(|_| Error::field(limit.field, "Enter a whole number of days."))?;
    }
    let requested = Retention::of(days)?;
    if before != requested {
        retention_store::set(&mut tx, requested, now).await?;
        let named = |set: Retention| {
            let pairs = LIMITS.iter().zip(set.days()).map(|(limit, days)| (limit.field.to_owned(), json!(days)));
            Value::Object(pairs.collect())
        };
        let entry = Entry::new("retention.changed", member.organization).before(named(before)).after(named(requested));
        audit::record(&mut tx, &member.actor, now, entry).await?;
    }
    Ok(tx.commit().await?)
}

async fn change_gpc(state: &AppState, member: &Member, fields: &Fields) -> Result<()> {
    let program: ProgramId = fields.raw("program").parse().map_err(|_| Error::not_found())?;
    let mode = program_rules::checked_gpc_mode(Some(fields.raw("mode").to_owned()))?;
    let (mut tx, now) = (state.db.tenant(member.organization).await?, state.clock.now());
    // What is published is read, and mustn't change before the commit, such as an affiliate's status.
    book::store::lock(&mut tx).await?;
    if !store::set_gpc_mode(&mut tx, program, mode.as_deref()).await? {
        return Err(Error::not_found());
    }
    publish::program(&mut tx, program, now).await?;
    let entry = Entry::new("program.changed", program).after(json!({ "gpcMode": mode }));
    audit::record(&mut tx, &member.actor, now, entry).await?;
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    Ok(())
}

async fn export_person(state: &AppState, member: &Member, id: &str) -> Result<Value> {
    let (who, now) = (who(id)?, state.clock.now());
    let mut tx = state.db.tenant(member.organization).await?;
    let (action, document) = match who {
        Who::Customer(id) => ("customer.exported", export::customer(&mut tx, id, now).await?),
        Who::Affiliate(id) => ("affiliate.exported", export::affiliate(&mut tx, id, now).await?),
    };
    let document = document.ok_or_else(Error::not_found)?;
    audit::record(&mut tx, &member.actor, now, Entry::new(action, id)).await?;
    tx.commit().await?;
    Ok(document)
}

async fn erase_person(state: &AppState, member: &Member, fields: &Fields) -> Result<erase::Done> {
    let (organization, now, id) = (member.organization, state.clock.now(), fields.raw("id"));
    let who = who(id)?;
    let reason = checked("reason", fields.raw("reason"), REASON_MAX)?;
    if !fields.text("word").eq_ignore_ascii_case(WORD) {
        return Err(Error::field("word", format!("Type “{WORD}” to confirm. This can't be undone.")));
    }
    let mut tx = state.db.tenant(organization).await?;
    let (action, done) = match who {
        Who::Customer(id) => ("customer.erased", erase::customer(&mut tx, state, id, now).await?),
        Who::Affiliate(id) => ("affiliate.erased", erase::affiliate(&mut tx, state, id, now).await?),
    };
    let done = done.ok_or_else(Error::not_found)?;
    let reason = arrival::text(&mut tx, state, organization, &reason).await?.unwrap_or(reason);
    let entry = Entry::new(action, id).after(json!({ "reason": reason }));
    audit::record(&mut tx, &member.actor, now, entry).await?;
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    drop(state.news.send(member.organization));
    Ok(done)
}

/// Describes what was erased, and what must be kept.
fn erased(done: &erase::Done) -> String {
    let mut message = "Person erased. Sales, commissions and payouts were kept.".to_owned();
    for kept in &done.kept {
        let (form, until) = (kept.kind.name(), written_day(kept.until));
        message.push_str(&format!(" Their tax form {form} stays encrypted until {until}: payments relied on it."));
    }
    message
}

async fn load(state: &AppState, session: &Session, organization: OrganizationId) -> Result<PrivacyPage> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let set = retention_store::read(&mut tx).await?;
    let programs = store::gpc_modes(&mut tx).await?;
    let filter = consents::Filter { limit: CONSENTS, ..consents::Filter::default() };
    let report = consents::list(&mut tx, &filter).await?;
    tx.commit().await?;
    Ok(PrivacyPage {
        retention: LIMITS.into_iter().zip(set.days().map(|days| days.to_string())).collect(),
        programs,
        modes: &MODES,
        sought: None,
        consents: report.into_iter().map(|consent| line(consent, &frame.zone)).collect(),
        frame,
        description: None,
        problems: Problems::default(),
    })
}

fn line(consent: Consent, zone: &Zone) -> Line {
    let who = consent.affiliate_id.map(|id| id.to_string()).or_else(|| consent.customer_id.map(|id| id.to_string()));
    let kind = match consent.kind.as_str() {
        "program_terms" => "Program terms",
        "marketing_email" => "Marketing emails",
        "data_processing" => "Data processing",
        _ => "Other",
    };
    let version = consent.version.map(|version| format!(", version {version}")).unwrap_or_default();
    Line {
        who: who.unwrap_or_default(),
        what: format!("{kind}{version}"),
        granted: consent.granted,
        at: zone.moment(consent.at),
        evidence: consent.evidence.unwrap_or_default(),
    }
}
