//! `/a/ask`: an affiliate asks about their own links, earnings and payouts, if the brand has a model and lets affiliates
//! ask. Each question stands alone, and none is kept.

use axum::{
    Extension, Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::ask_tools::Own;
use identity::{
    portal::{ask_store::Asking, asking, frame::Frame, session::AffiliateSession},
    suggestion::{
        Suggestions,
        question::{Answer, NoAnswer, QUESTION_MAX, Question},
    },
};
use kit::{
    error::Error,
    form::Fields,
    page::{Html, PageError},
    state::AppState,
    text::Texts,
};

const HERE: &str = "/a/ask";

#[derive(Debug, askama::Template)]
#[template(path = "portal_ask.html")]
struct AskPage {
    t: Texts,
    frame: Frame,
    organization: String,
    typed: String,
    answer: Option<Answer>,
    problem: Option<String>,
}

impl AskPage {
    fn of(session: &AffiliateSession, typed: &str) -> Self {
        let (t, organization) = (session.t, session.organization_name.clone());
        Self { t, frame: session.frame(HERE), organization, typed: typed.to_owned(), answer: None, problem: None }
    }
}

async fn open(state: &AppState, session: &AffiliateSession) -> Result<Asking, Error> {
    let mut tx = state.db.tenant(session.organization).await?;
    let asking = asking::allowed(&mut tx, state).await?;
    tx.commit().await?;
    asking.ok_or_else(Error::not_found)
}

/// `GET /a/ask`.
///
/// # Errors
/// 404 unless affiliates may ask; 503 if the database is unavailable.
pub async fn show(State(state): State<AppState>, session: AffiliateSession) -> Result<Response, PageError> {
    open(&state, &session).await?;
    Ok(Html(AskPage::of(&session, "")).into_response())
}

/// `POST /a/ask`: shows the answer to `question`, or why there is none.
///
/// # Errors
/// As [`show`].
pub async fn submit(
    State(state): State<AppState>,
    Extension(suggestions): Extension<Suggestions>,
    session: AffiliateSession,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let asking = open(&state, &session).await?;
    let text = fields.text("question");
    let mut page = AskPage::of(&session, text);
    let length = text.chars().count();
    if length == 0 || length > QUESTION_MAX || text.contains('\0') {
        let count = i64::try_from(QUESTION_MAX).unwrap_or(i64::MAX);
        page.problem = Some(session.t.say("portal-ask-length").with("count", count).to_string());
        return Ok((StatusCode::BAD_REQUEST, Html(page)).into_response());
    }
    let reader = Own { state: &state, session: &session };
    let question = Question { session: &session, asking, text };
    let status = match suggestions.0.answer(&state, question, &reader).await? {
        Ok(answer) => {
            page.answer = Some(answer);
            StatusCode::OK
        }
        Err(none) => {
            page.problem = Some(session.t.say(words(none)).to_string());
            if none == NoAnswer::Failed { StatusCode::OK } else { StatusCode::TOO_MANY_REQUESTS }
        }
    };
    Ok((status, Html(page)).into_response())
}

const fn words(none: NoAnswer) -> &'static str {
    match none {
        NoAnswer::Often => "portal-ask-often",
        NoAnswer::OwnLimit => "portal-ask-own-limit",
        NoAnswer::AllLimit => "portal-ask-brand-limit",
        NoAnswer::Failed => "portal-ask-failed",
    }
}
