//! A page with just a message and a link to continue.

use crate::{page::Html, state::AppState};

#[derive(Debug, askama::Template)]
#[template(path = "notice.html")]
pub struct Notice {
    pub title: &'static str,
    pub message: String,
    pub way: (&'static str, &'static str),
    /// An email was sent, and this is a development system: the page links to the list of its emails.
    pub is_kept: bool,
}

impl Notice {
    pub fn new(title: &'static str, message: impl Into<String>, way: (&'static str, &'static str)) -> Html<Self> {
        Html(Self { title, message: message.into(), way, is_kept: false })
    }

    /// Says that an email was sent.
    pub fn mailed(state: &AppState, message: &'static str, way: (&'static str, &'static str)) -> Html<Self> {
        let is_kept = state.config.environment.is_development();
        Html(Self { title: "Check your inbox", message: message.to_owned(), way, is_kept })
    }
}
