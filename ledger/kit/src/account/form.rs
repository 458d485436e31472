//! What the forms of these pages share: their fields, a mistake beside its field, and a page that only says something.

use std::collections::HashMap;

use axum::http::StatusCode;

use crate::{api::text, error::Error, mail, page::Html, state::AppState};

pub type Fields = HashMap<String, String>;

/// A field as it was sent; empty where it was not.
pub fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map(String::as_str).unwrap_or_default()
}

/// What is wrong with a form, and with which field of it.
#[derive(Debug, Clone, Default)]
pub struct Problem(Option<(&'static str, String)>);

impl Problem {
    pub const fn none() -> Self {
        Self(None)
    }

    pub fn at(field: &'static str, message: impl Into<String>) -> Self {
        Self(Some((field, message.into())))
    }

    /// What is wrong with that field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.as_ref().filter(|(at, _)| *at == field).map(|(_, message)| message.as_str())
    }
}

/// A short text on one line.
///
/// # Errors
/// What is wrong with it.
pub fn line(fields: &Fields, name: &'static str, what: &str, most: usize) -> Result<String, Problem> {
    text::checked(name, field(fields, name), most)
        .map_err(|_| Problem::at(name, format!("Enter {what}: 1 to {most} characters.")))
}

/// An address as it is stored, in lower case.
///
/// # Errors
/// What is wrong with it.
pub fn email(fields: &Fields, name: &'static str) -> Result<String, Problem> {
    mail::address(field(fields, name))
        .ok_or_else(|| Problem::at(name, "Enter an e-mail address such as name@brand.com."))
}

/// A page that says something and shows the way on.
#[derive(Debug, askama::Template)]
#[template(path = "notice.html")]
pub struct Notice {
    pub title: &'static str,
    pub message: String,
    pub way: (&'static str, &'static str),
    /// An email is on its way, and this is a development system: the page leads to where its emails are kept.
    pub is_kept: bool,
}

impl Notice {
    pub fn new(title: &'static str, message: impl Into<String>, way: (&'static str, &'static str)) -> Html<Self> {
        Html(Self { title, message: message.into(), way, is_kept: false })
    }

    /// Says that an email is on its way.
    pub fn mailed(state: &AppState, message: &'static str, way: (&'static str, &'static str)) -> Html<Self> {
        let is_kept = state.config.environment.is_development();
        Html(Self { title: "Look into your mailbox", message: message.to_owned(), way, is_kept })
    }
}

/// What whoever asks too often gets.
pub fn too_often() -> Error {
    Error::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "That was too often. Wait a minute, then try again.")
        .retry_after(60)
}
