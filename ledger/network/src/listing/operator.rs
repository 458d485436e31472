//! `/network/operator`: the people who run the installation approve, decline and pause listings. They are named by
//! `REKOMI_NETWORK_OPERATORS`, and to everyone else the page doesn't exist.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use kit::{
    api::query::Query,
    error::{Code, Error, Result},
    form::{Fields, Refused},
    page::{Html, PageError, address::Address},
    state::AppState,
    text::Texts,
};
use rules::{
    format,
    network::{ListingStatus, Topic, step::Step},
};
use shared::id::{OrganizationId, ProgramId};

use crate::words;

use super::{
    change,
    email::{self, Outcome},
    open,
    operator_store::{self, Entry, Filter},
};
use identity::{
    access::session::{Session, SignedOut},
    audit,
};

const PLACE: &str = "/network/operator";
/// The most listings of each list.
const SHOWN_MAX: usize = 200;
const REASON_MAX: usize = 500;
const SEARCH_MAX: usize = 100;

#[derive(Debug, askama::Template)]
#[template(path = "network_operator.html")]
struct OperatorPage {
    waiting: Vec<Entry>,
    others: Vec<Entry>,
    /// What the decided listings were searched for.
    search: String,
    toast: Option<&'static str>,
    refused: Refused,
    email: String,
    federates: bool,
}

impl OperatorPage {
    /// Whether there may be more decided listings than the page shows.
    fn is_cut(&self) -> bool {
        self.others.len() >= SHOWN_MAX
    }

    fn form(entry: &Entry) -> String {
        format!("{}-{}", entry.organization_id, entry.program_id)
    }

    fn wrong(&self, entry: &Entry) -> Option<&str> {
        self.refused.of(&Self::form(entry), "reason")
    }

    /// Why the decision couldn't be made, apart from its reason: for example, because the listing has changed.
    fn outdated(&self, entry: &Entry) -> Option<&str> {
        self.refused.beside(&Self::form(entry), &["reason"])
    }

    fn typed(&self, entry: &Entry) -> &str {
        self.refused.typed(&Self::form(entry), "reason")
    }

    fn topics(entry: &Entry) -> String {
        let topics = entry.topics.iter().filter_map(|name| Topic::parse(name));
        topics.map(|topic| words::topic(Texts::default(), topic)).collect::<Vec<_>>().join(", ")
    }

    fn since(entry: &Entry) -> String {
        format::date(entry.since)
    }
}

/// # Errors
/// 404 for anyone but an operator with a confirmed address.
pub(crate) fn operator(state: &AppState, session: &Session) -> Result<()> {
    let email = session.email.to_lowercase();
    let is_named = state.config.network.operators.contains(&email);
    if session.verified && is_named { Ok(()) } else { Err(Error::not_found()) }
}

/// `GET /network/operator`.
///
/// # Errors
/// 404 for anyone but an operator; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: std::result::Result<Session, SignedOut>,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    // Without a network there is nothing to sign in for.
    open(&state)?;
    let session = match session {
        Ok(session) => session,
        Err(signed_out) => return Ok(signed_out.into_response()),
    };
    operator(&state, &session)?;
    let toast = match query.text("done").as_deref() {
        Some("approve") => Some("Listing approved. The brand’s owners get an email."),
        Some("decline") => Some("Listing declined. The brand’s owners get an email."),
        Some("pause") => Some("Listing paused. The brand’s owners get an email."),
        _ => None,
    };
    let search = search(&query.text("q").unwrap_or_default());
    let page = OperatorPage { toast, ..load(&state, &session, search, Refused::default()).await? };
    Ok(Html(page).into_response())
}

/// The text to search for, as it was typed.
fn search(text: &str) -> String {
    text.trim().chars().filter(|one| !one.is_control()).take(SEARCH_MAX).collect()
}

async fn load(state: &AppState, session: &Session, search: String, refused: Refused) -> Result<OperatorPage> {
    let (mut waiting, mut others) = (Vec::new(), Vec::new());
    let limit = i64::try_from(SHOWN_MAX).unwrap_or(i64::MAX);
    let submitted = Filter { statuses: &["Submitted"], search: "", newest_first: false, limit };
    let statuses = &["Listed", "Paused", "Declined", "Draft"];
    let decided = Filter { statuses, search: &search, newest_first: true, limit };
    for some in state.db.all_tenants().await?.chunks(1_000) {
        let mut tx = state.db.tenants(some.to_vec()).await?;
        waiting.extend(operator_store::list(&mut tx, submitted).await?);
        others.extend(operator_store::list(&mut tx, decided).await?);
        tx.commit().await?;
    }
    waiting.sort_by_key(|entry| entry.since);
    waiting.truncate(SHOWN_MAX);
    others.sort_by_key(|entry| std::cmp::Reverse(entry.since));
    others.truncate(SHOWN_MAX);
    let (email, federates) = (session.email.clone(), state.config.network.federation);
    Ok(OperatorPage { waiting, others, search, toast: None, refused, email, federates })
}

/// `POST /network/operator/{organization}/{program}/{what}`: `approve`, `decline` or `pause`.
///
/// # Errors
/// 404 for anyone but an operator, and for a listing that doesn't exist. A missing reason is shown next to its field.
/// That the listing changed since the page was opened is shown there, too.
pub async fn decide(
    State(state): State<AppState>,
    session: std::result::Result<Session, SignedOut>,
    Path((organization, program, what)): Path<(String, String, String)>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    open(&state)?;
    let session = match session {
        Ok(session) => session,
        Err(signed_out) => return Ok(signed_out.into_response()),
    };
    operator(&state, &session)?;
    let organization: OrganizationId = organization.parse().map_err(|_| Error::not_found())?;
    let program: ProgramId = program.parse().map_err(|_| Error::not_found())?;
    let step = match what.as_str() {
        "approve" => Step::Approve,
        "decline" => Step::Decline,
        "pause" => Step::Suspend,
        _ => return Err(Error::not_found().into()),
    };
    let outcome = match reason(step, &fields) {
        Ok(reason) => {
            let seen = fields.text("version").parse::<i64>().ok();
            enact(&state, &session, (organization, program), (step, reason), seen).await
        }
        Err(error) => Err(error),
    };
    let search = search(fields.text("q"));
    let mut refused = Refused { form: format!("{organization}-{program}"), typed: fields, ..Refused::default() };
    match refused.problems.refused(outcome.map(|()| true))? {
        None => {
            let place = Address::new(PLACE).with("done", &what).with("q", &search);
            Ok(Redirect::to(&place.to_string()).into_response())
        }
        Some(status) => {
            let page = load(&state, &session, search, refused).await?;
            Ok((status, Html(page)).into_response())
        }
    }
}

/// Hides a listing and takes its approval back, with a reason that the brand's owners read.
///
/// # Errors
/// 404 for a listing that doesn't exist; 409 `listing_status` if it's neither shown nor approved.
pub(crate) async fn pause(
    state: &AppState,
    session: &Session,
    listing: (OrganizationId, ProgramId),
    reason: &str,
) -> Result<()> {
    enact(state, session, listing, (Step::Suspend, Some(reason.to_owned())), None).await
}

/// # Errors
/// 400 for a decision against a listing without a reason.
fn reason(step: Step, fields: &Fields) -> Result<Option<String>> {
    if step == Step::Approve {
        return Ok(None);
    }
    let text = fields.line("reason", "a reason that the brand’s owners will read", REASON_MAX);
    text.map(Some).map_err(|problems| {
        let message = problems.of("reason").unwrap_or_default().to_owned();
        Error::new(StatusCode::BAD_REQUEST, Code::ValidationFailed, message).with_field("reason")
    })
}

/// Approves only the version that the operator has seen.
///
/// # Errors
/// 404 for a listing that doesn't exist; 409 `listing_status` if its status doesn't allow the step, or it changed.
async fn enact(
    state: &AppState,
    session: &Session,
    (organization, program): (OrganizationId, ProgramId),
    (step, reason): (Step, Option<String>),
    seen: Option<i64>,
) -> Result<()> {
    if !state.db.all_tenants().await?.contains(&organization) {
        return Err(Error::not_found());
    }
    let mut tx = state.db.tenant(organization).await?;
    let row = super::store::read(&mut tx, program, true).await?.ok_or_else(Error::not_found)?;
    if step == Step::Approve && row.status == ListingStatus::Submitted.as_str() && seen != Some(row.version) {
        let message = "The brand changed this listing since you opened the page. Read it again.";
        return Err(Error::new(StatusCode::CONFLICT, Code::ListingStatus, message));
    }
    let (known, entry) = change::take(&mut tx, state, program, (step, reason.clone())).await?;
    if let Some(entry) = entry {
        audit::record(&mut tx, &session.actor, state.clock.now(), entry).await?;
        let reason = reason.as_deref().unwrap_or_default();
        let outcome = match step {
            Step::Decline => Outcome::Declined(reason),
            Step::Suspend => Outcome::Paused(reason),
            _ => Outcome::Listed,
        };
        email::post(&mut tx, state, &known.row, outcome).await?;
    }
    tx.commit().await?;
    Ok(())
}
