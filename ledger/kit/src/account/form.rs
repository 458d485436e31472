//! Shared parts of the account pages' forms: fields, and an error next to its field.

use std::collections::HashMap;

use crate::{api::text, mail};

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
