//! Creators apply to programs of other installations with their profile.
//!
//! The form shows what will be sent. The installation signs it as a passport for the other one alone ([`deliver`]), and
//! the creator finishes the application there, by a link that the other one emails. [`elsewhere`] lists what became of
//! them, and takes passports back.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use kit::{
    api::query::Query,
    db::{GlobalTx, Holder},
    error::{Error, Result},
    limit::{self, Limit},
    page::{Html, PageError},
    state::AppState,
    text::Texts,
};
use shared::id::CreatorId;
use uuid::Uuid;

use super::{
    arrival_store, deliver, open,
    passport::{Channel, Person},
    passport_store::{self, Own, Target},
};
use crate::{
    creator::{channel_store, frame::Frame, session::CreatorSession, store},
    words,
};
use rules::network::Topic;

const APPLICATIONS: &str = "/a/network/applications";
const ELSEWHERE: &str = "/a/network/elsewhere";

#[derive(Debug, askama::Template)]
#[template(path = "creator_send.html")]
struct SendPage {
    t: Texts,
    frame: Frame,
    host: String,
    program: String,
    target: Target,
    person: Person,
    /// The topics as people read them.
    topics: Vec<String>,
    problem: Option<String>,
}

#[derive(Debug, askama::Template)]
#[template(path = "creator_elsewhere.html")]
struct ElsewherePage {
    t: Texts,
    frame: Frame,
    rows: Vec<Own>,
    done: Option<&'static str>,
}

/// What would be sent to which program.
struct Draft {
    target: Target,
    person: Person,
}

/// # Errors
/// 404 if the program isn't shown here, or its installation takes no applications from here.
async fn draft(state: &AppState, session: &CreatorSession, host: &str, program: &str) -> Result<Draft> {
    open(state)?;
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    let target = passport_store::target(&mut tx, host, program).await?;
    let person = person(&mut tx, session).await?;
    tx.commit().await?;
    let target = target.filter(|target| target.applications_url.is_some()).ok_or_else(Error::not_found)?;
    Ok(Draft { target, person })
}

/// What the creator's profile says, without anything that only brands here may see.
async fn person(tx: &mut GlobalTx, session: &CreatorSession) -> Result<Person> {
    let profile = store::read(tx, session.creator).await?;
    let channels = channel_store::list(tx, session.creator).await?.into_iter().map(|channel| Channel {
        kind: channel.kind.as_str().to_owned(),
        url: channel.url,
        audience_band: channel.audience.as_str().to_owned(),
        verified_at: channel.verified_at.map(|at| at.to_string()),
    });
    let mut person = Person {
        email: session.email.clone(),
        name: session.name.clone(),
        language: Some(session.t.tag().to_owned()),
        channels: channels.collect(),
        ..Person::default()
    };
    if let Some(profile) = profile {
        let about = [profile.bio, profile.recent_results];
        person.about = about.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n");
        person.country = profile.country;
        person.languages = profile.languages;
        person.topics = profile.topics.iter().map(|topic| topic.as_str().to_owned()).collect();
        person.portfolio = profile.portfolio_url;
    }
    Ok(person)
}

fn page(
    session: &CreatorSession,
    (host, program): (String, String),
    draft: Draft,
    problem: Option<String>,
) -> SendPage {
    let t = session.t;
    let topics = draft.person.topics.iter().filter_map(|word| Topic::parse(word)).map(|topic| words::topic(t, topic));
    SendPage {
        t,
        frame: session.frame(APPLICATIONS),
        topics: topics.collect(),
        host,
        program,
        target: draft.target,
        person: draft.person,
        problem,
    }
}

/// `GET /a/network/send/{host}/{program}`: what would be sent.
///
/// # Errors
/// 404 if the program isn't shown here, or its installation takes no applications from here.
pub async fn show(
    State(state): State<AppState>,
    session: CreatorSession,
    Path((host, program)): Path<(String, String)>,
) -> std::result::Result<Response, PageError> {
    let draft = draft(&state, &session, &host, &program).await?;
    Ok(Html(page(&session, (host, program), draft, None)).into_response())
}

/// `POST /a/network/send/{host}/{program}`.
///
/// # Errors
/// As [`show`]. If the other installation refuses, or can't be reached, the page says so.
pub async fn submit(
    State(state): State<AppState>,
    session: CreatorSession,
    Path((host, program)): Path<(String, String)>,
) -> std::result::Result<Response, PageError> {
    let draft = draft(&state, &session, &host, &program).await?;
    if !limit::admit(&state, &Limit::Passport(session.creator)).await? {
        return Err(Error::too_often().into());
    }
    let id = state.new_id::<shared::id::NetworkContact>().uuid();
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    let now = state.clock.now();
    let id = passport_store::begin(&mut tx, (id, session.creator), (&draft.target, &program), now).await?;
    tx.commit().await.map_err(|error| Error::from(error))?;
    match deliver::send(&state, &draft.target, (id, &program), draft.person.clone()).await? {
        Ok(receipt) => {
            let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
            let due_at = now.plus_millis(deliver::ASK_EVERY_MS);
            passport_store::sent(&mut tx, id, &receipt, (now, due_at)).await?;
            tx.commit().await.map_err(|error| Error::from(error))?;
            Ok(Redirect::to(&format!("{ELSEWHERE}?done=sent")).into_response())
        }
        Err(problem) => {
            tracing::warn!(host, "sending a passport failed: {problem}");
            let words = session.t.say("creator-send-failed").with("host", host.as_str()).to_string();
            let page = page(&session, (host, program), draft, Some(words));
            Ok((StatusCode::BAD_GATEWAY, Html(page)).into_response())
        }
    }
}

/// `GET /a/network/elsewhere`: the creator's applications on other installations.
///
/// # Errors
/// 404 if this installation doesn't federate; 503 if the database is unavailable.
pub async fn elsewhere(
    State(state): State<AppState>,
    session: CreatorSession,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    open(&state)?;
    let done = match query.text("done").as_deref() {
        Some("sent") => Some("creator-elsewhere-sent"),
        Some("withdrawn") => Some("creator-elsewhere-withdrawn"),
        _ => None,
    };
    let rows = own(&state, session.creator).await?;
    Ok(Html(ElsewherePage { t: session.t, frame: session.frame(APPLICATIONS), rows, done }).into_response())
}

async fn own(state: &AppState, creator: CreatorId) -> Result<Vec<Own>> {
    let mut tx = state.db.global(Holder::Creator(creator)).await?;
    let rows = passport_store::list(&mut tx, creator).await?;
    tx.commit().await?;
    Ok(rows)
}

/// `POST /a/network/elsewhere/{id}/withdraw`: takes a passport back.
///
/// # Errors
/// 404 if the creator has no such application.
pub async fn withdraw(
    State(state): State<AppState>,
    session: CreatorSession,
    Path(id): Path<String>,
) -> std::result::Result<Response, PageError> {
    open(&state)?;
    let id: Uuid = id.parse().map_err(|_| Error::not_found())?;
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    arrival_store::federate(&mut tx).await?;
    if !passport_store::withdraw(&mut tx, (id, session.creator), state.clock.now()).await? {
        return Err(Error::not_found().into());
    }
    tx.commit().await.map_err(|error| Error::from(error))?;
    Ok(Redirect::to(&format!("{ELSEWHERE}?done=withdrawn")).into_response())
}
