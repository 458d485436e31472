//! `/a/network/send/{host}/{program}`: a creator applies to a program of another installation with their profile.
//!
//! The form shows what will be sent. It is stored as the creator saw it, and the job sends it; the creator finishes the
//! application there, by a link that the other installation emails.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use kit::{
    db::{GlobalTx, Holder},
    error::{Error, Result},
    limit::{self, Limit},
    page::{Html, PageError},
    state::AppState,
    text::Texts,
};
use rules::network::{ChannelKind, Topic};

use super::{
    elsewhere,
    store::{self, Target},
};
use crate::{
    arrival::{Channel, Person},
    contact::creator_store,
    creator::{channel_store, frame::Frame, session::CreatorSession, store as profile_store},
    federation,
    flag::{Reason, raise},
    words,
};

#[derive(Debug, askama::Template)]
#[template(path = "creator_send.html")]
struct SendPage {
    t: Texts,
    frame: Frame,
    target: Target,
    person: Person,
    /// The topics and kinds of channels as people read them.
    topics: String,
    channels: Vec<(String, String)>,
    problem: Option<String>,
}

/// The program that a creator applies to, and what would be sent.
struct Draft {
    target: Target,
    person: Person,
}

/// # Errors
/// 404 if the program isn't shown here, or its installation takes no applications from others.
async fn draft(state: &AppState, session: &CreatorSession, named: (&str, &str)) -> Result<Draft> {
    federation::open(state)?;
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    let target = store::target(&mut tx, named).await?.ok_or_else(Error::not_found)?;
    let person = person(&mut tx, session).await?;
    tx.commit().await?;
    Ok(Draft { target, person })
}

/// What the creator's profile says about them, without what is a matter of this installation: who sees it, and how much
/// they sold.
async fn person(tx: &mut GlobalTx, session: &CreatorSession) -> Result<Person> {
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
    if let Some(profile) = profile_store::read(tx, session.creator).await? {
        let about = [profile.bio, profile.recent_results];
        person.about = about.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n");
        person.country = profile.country;
        person.languages = profile.languages;
        person.topics = profile.topics.iter().map(|topic| topic.as_str().to_owned()).collect();
        person.portfolio = profile.portfolio_url;
    }
    Ok(person)
}

fn page(session: &CreatorSession, draft: Draft, problem: Option<String>) -> SendPage {
    let (t, Draft { target, person }) = (session.t, draft);
    let topics = person.topics.iter().filter_map(|word| Topic::parse(word)).map(|topic| words::topic(t, topic));
    let channels = person
        .channels
        .iter()
        .filter_map(|channel| Some((words::channel(t, ChannelKind::parse(&channel.kind)?), channel.url.clone())));
    SendPage {
        t,
        frame: session.frame(elsewhere::PLACE),
        topics: topics.collect::<Vec<_>>().join(", "),
        channels: channels.collect(),
        target,
        person,
        problem,
    }
}

/// The page again, with why nothing was sent.
fn refused(session: &CreatorSession, draft: Draft, (status, problem): (StatusCode, &'static str)) -> Response {
    let problem = session.t.say(problem).to_string();
    (status, Html(page(session, draft, Some(problem)))).into_response()
}

/// `GET /a/network/send/{host}/{program}`: what would be sent.
///
/// # Errors
/// 404 if the program isn't shown here, or its installation takes no applications from others.
pub async fn show(
    State(state): State<AppState>,
    session: CreatorSession,
    Path((host, program)): Path<(String, String)>,
) -> std::result::Result<Response, PageError> {
    let draft = draft(&state, &session, (&host, &program)).await?;
    Ok(Html(page(&session, draft, None)).into_response())
}

/// `POST /a/network/send/{host}/{program}`.
///
/// # Errors
/// As [`show`]. Who may not apply, or has applied as often as allowed, reads why.
pub async fn submit(
    State(state): State<AppState>,
    session: CreatorSession,
    Path((host, program)): Path<(String, String)>,
) -> std::result::Result<Response, PageError> {
    let draft = draft(&state, &session, (&host, &program)).await?;
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    if creator_store::is_suspended(&mut tx, session.creator).await? {
        return Ok(refused(&session, draft, (StatusCode::FORBIDDEN, "creator-apply-suspended")));
    }
    if !limit::admit_in(tx.conn(), &state, &Limit::NetworkApplication(session.creator)).await? {
        drop(tx);
        raise::creator(&state, session.creator, (Reason::TooManyApplications, "")).await?;
        return Ok(refused(&session, draft, (StatusCode::TOO_MANY_REQUESTS, "creator-apply-many")));
    }
    // An id like those of contacts, which sort by time.
    let id = state.new_id::<shared::id::NetworkContact>().uuid();
    let is_new = store::begin(&mut tx, (id, session.creator), (&draft.target, &draft.person), now).await?;
    if !is_new {
        // The attempt isn't counted.
        drop(tx);
        return Ok(Redirect::to(&format!("{}?done=known", elsewhere::PLACE)).into_response());
    }
    tx.commit().await?;
    Ok(Redirect::to(&format!("{}?done=sent", elsewhere::PLACE)).into_response())
}
