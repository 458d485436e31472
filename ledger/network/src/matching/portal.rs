//! `/a/network`: programs for a creator, with the reasons of each score.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

use super::{
    filter::{self, CreatorFilter},
    programs::{self, MatchedProgram},
};
use crate::{
    creator::{frame::Frame, session::CreatorSession},
    words,
};
use kit::{
    api::query::Query,
    db::Holder,
    page::{Html, PageError, address::Address},
    state::AppState,
    text::Texts,
};
use rules::network::Topic;

const HERE: &str = "/a/network";
const PAGE: usize = 20;

#[derive(Debug, askama::Template)]
#[template(path = "match_programs.html")]
struct ProgramsPage {
    t: Texts,
    frame: Frame,
    rows: Vec<MatchedProgram>,
    search: String,
    /// A value, its name, and whether it is selected.
    topics: Vec<(&'static str, String, bool)>,
    /// The next page.
    later: Option<String>,
}

/// `GET /a/network`.
///
/// # Errors
/// 404 where there is no network; 400 for an unknown topic.
pub async fn show(
    State(state): State<AppState>,
    session: CreatorSession,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let (search, topic) =
        (filter::search(query.text("search")), filter::one_of(&mut query, "topic", CreatorFilter::topics())?);
    let after = query.text("after");
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    let wish = (search.as_str(), topic, after.as_deref(), PAGE + 1);
    let mut rows = programs::of(&mut tx, session.creator, wish, (state.clock.now(), session.t)).await?;
    tx.commit().await?;
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let last = rows.last().filter(|_| has_more).map(|row| row.listing.handle.clone());
    let here = Address::new(HERE).maybe("search", Some(&search).filter(|text| !text.is_empty())).maybe("topic", topic);
    let later = last.map(|handle| here.with("after", &handle).to_string());
    let known = CreatorFilter::topics().iter().filter_map(|word| Some((*word, Topic::parse(word)?)));
    let topics = known.map(|(word, one)| (word, words::topic(session.t, one), topic == Some(word))).collect();
    let page = ProgramsPage { t: session.t, frame: session.frame(HERE), rows, search, topics, later };
    Ok(Html(page).into_response())
}
