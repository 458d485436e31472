//! A page with just a message and a link to continue.

use crate::{page::Html, state::AppState, text::Texts};

#[derive(Debug, askama::Template)]
#[template(path = "notice.html")]
pub struct Notice {
    t: Texts,
    title: String,
    message: String,
    way: (&'static str, String),
    /// An email was sent, and this is a development system: the page links to the list of its emails.
    is_kept: bool,
}

impl Notice {
    /// For people with accounts, whose pages are in English.
    pub fn new(title: &'static str, message: impl Into<String>, way: (&'static str, &'static str)) -> Html<Self> {
        Self::in_language(Texts::default(), title, message, way)
    }

    /// For affiliates and visitors.
    pub fn in_language(
        t: Texts,
        title: impl Into<String>,
        message: impl Into<String>,
        (href, label): (&'static str, impl Into<String>),
    ) -> Html<Self> {
        Html(Self { t, title: title.into(), message: message.into(), way: (href, label.into()), is_kept: false })
    }

    /// Says that an email was sent.
    pub fn mailed(
        state: &AppState,
        t: Texts,
        message: impl Into<String>,
        way: (&'static str, impl Into<String>),
    ) -> Html<Self> {
        let Html(notice) = Self::in_language(t, t.say("common-check-inbox"), message, way);
        Html(Self { is_kept: state.config.environment.is_development(), ..notice })
    }
}
