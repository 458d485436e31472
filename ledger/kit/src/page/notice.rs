//! A page with just a message and a link to continue.

use crate::{
    page::Html,
    state::AppState,
    text::{Text, Texts},
};

#[derive(Debug, askama::Template)]
#[template(path = "notice.html")]
pub struct Notice {
    pub t: Texts,
    pub title: String,
    pub message: String,
    pub way: (&'static str, String),
    /// An email was sent, and this is a development system: the page links to the list of its emails.
    pub is_kept: bool,
}

impl Notice {
    pub fn new(title: &'static str, message: impl Into<String>, way: (&'static str, &'static str)) -> Html<Self> {
        Html(Self {
            t: Texts::default(),
            title: title.to_owned(),
            message: message.into(),
            way: (way.0, way.1.to_owned()),
            is_kept: false,
        })
    }

    /// Says that an email was sent.
    pub fn mailed(state: &AppState, message: &'static str, way: (&'static str, &'static str)) -> Html<Self> {
        let Html(notice) = Self::new("Check your inbox", message, way);
        notice.of_email(state)
    }

    /// A notice in the language of its texts.
    pub fn of(t: Texts, title: Text, message: Text, way: (&'static str, Text)) -> Self {
        Self { t, title: title.into(), message: message.into(), way: (way.0, way.1.into()), is_kept: false }
    }

    /// The same about an email that was sent.
    pub fn of_email(self, state: &AppState) -> Html<Self> {
        Html(Self { is_kept: state.config.environment.is_development(), ..self })
    }
}
