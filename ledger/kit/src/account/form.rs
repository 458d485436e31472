//! Shared parts of the account pages' forms: fields, an error next to its field, and a page with just a message.

use std::collections::HashMap;

use axum::http::StatusCode;

use crate::{
    api::text,
    error::{Code, Error},
    mail,
    page::Html,
    state::AppState,
};

pub type Fields = HashMap<String, String>;

/// A field as it was sent; empty if it wasn't sent.
pub fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map(String::as_str).unwrap_or_default()
}

/// A form's error, with the field that it belongs to.
#[derive(Debug, Clone, Default)]
pub struct Problem(Option<(&'static str, String)>);

impl Problem {
    pub const fn none() -> Self {
        Self(None)
    }

    pub fn at(field: &'static str, message: impl Into<String>) -> Self {
        Self(Some((field, message.into())))
    }

    /// The error of this field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.as_ref().filter(|(at, _)| *at == field).map(|(_, message)| message.as_str())
    }
}

/// Checks a short text on one line.
///
/// # Errors
/// The message for the field.
pub fn line(fields: &Fields, name: &'static str, what: &str, most: usize) -> Result<String, Problem> {
    text::checked(name, field(fields, name), most)
        .map_err(|_| Problem::at(name, format!("Enter {what}: 1 to {most} characters.")))
}

/// Returns an email address as it is stored, in lower case.
///
/// # Errors
/// The message for the field.
pub fn email(fields: &Fields, name: &'static str) -> Result<String, Problem> {
    mail::address(field(fields, name))
        .ok_or_else(|| Problem::at(name, "Enter an e-mail address such as name@brand.com."))
}

/// A page with a message and a link to continue.
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
        Html(Self { title: "Look into your mailbox", message: message.to_owned(), way, is_kept })
    }
}

/// The error for someone who sends too many requests.
pub fn too_often() -> Error {
    Error::new(
        StatusCode::TOO_MANY_REQUESTS,
        Code::TooManyRequests,
        "That was too often. Wait a minute, then try again.",
    )
    .retry_after(60)
}
