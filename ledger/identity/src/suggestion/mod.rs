//! Suggestions of the model that an organization connected: a text or a choice that a person gets in an ordinary form.
//!
//! The crate of a feature says what the model fills in and what it may use, and checks what comes back. The crate of the
//! co-pilot sends it ([`Model`]), because it has connections, formats and budgets; the binary hands its model to all pages
//! as an [`axum::Extension`]. Nothing that a model fills in is saved or sent before a person does so, and each
//! feature works without it.
//!
//! [`explanation`] has facts explained, and [`question`] is one of an affiliate in the portal. No I/O: [`figures`] finds
//! figures that were never given, [`names`] keeps names of people here, and [`plain`] accepts texts without links and
//! markup.

pub mod explanation;
pub mod figures;
pub mod names;
pub mod plain;
pub mod question;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::{Map, Value};
use shared::id::OrganizationId;

use self::question::{Answer, NoAnswer, Question, Reader};
use crate::access::member::Member;
use kit::{
    error::{Error, Result},
    state::AppState,
};

/// What a model fills in.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// In lowercase with underscores, such as `fill_in_reply`.
    pub name: &'static str,
    /// What to do, and by which rules.
    pub task: String,
    /// Everything that it may use.
    pub facts: String,
    /// The fields, as a JSON Schema that the answer has to fit.
    pub schema: Value,
    pub output_tokens_max: u32,
}

/// What came of it: what the check made of the fields, or why there is no suggestion, in words.
pub type Outcome<T> = std::result::Result<T, String>;

/// Looks at the fields, which fit the schema.
pub type Check<'a> = dyn FnMut(&Map<String, Value>) -> Outcome<()> + Send + 'a;

/// What of the texts that others wrote may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OthersTexts {
    Hidden,
    Shared,
}

/// Where an organization's suggestions come from.
pub trait Model: std::fmt::Debug + Send + Sync {
    /// What may be sent to the organization's model; `None` if it has none.
    fn connected<'a>(
        &'a self,
        state: &'a AppState,
        organization: OrganizationId,
    ) -> BoxFuture<'a, Result<Option<OthersTexts>>>;

    /// Has the sheet filled in until the check accepts it, with one attempt to correct it.
    fn fill<'a>(
        &'a self,
        state: &'a AppState,
        member: &'a Member,
        sheet: &'a Sheet,
        check: &'a mut Check<'_>,
    ) -> BoxFuture<'a, Result<Outcome<()>>>;

    /// Answers an affiliate with what the reader reads.
    ///
    /// # Errors
    /// 404 if the organization has no model or doesn't let affiliates ask.
    fn answer<'a>(
        &'a self,
        state: &'a AppState,
        question: Question<'a>,
        reader: &'a dyn Reader,
    ) -> BoxFuture<'a, Result<std::result::Result<Answer, NoAnswer>>>;

    /// Whether affiliates of the organization may ask.
    fn is_open<'a>(&'a self, state: &'a AppState, organization: OrganizationId) -> BoxFuture<'a, Result<bool>>;
}

/// The model of each organization, for pages.
#[derive(Debug, Clone)]
pub struct Suggestions(pub Arc<dyn Model>);

impl Suggestions {
    /// What may be sent.
    ///
    /// # Errors
    /// 404 if the organization has no model; 402 if its plan doesn't include the co-pilot.
    pub async fn connected(&self, state: &AppState, organization: OrganizationId) -> Result<OthersTexts> {
        self.0.connected(state, organization).await?.ok_or_else(Error::not_found)
    }

    /// What `check` made of the filled-in sheet, or why there is no suggestion.
    ///
    /// # Errors
    /// As [`Suggestions::connected`]; 503 if the database is unavailable.
    pub async fn fill<T: Send>(
        &self,
        (state, member): (&AppState, &Member),
        sheet: &Sheet,
        mut check: impl FnMut(&Map<String, Value>) -> Outcome<T> + Send,
    ) -> Result<Outcome<T>> {
        let mut made = None;
        let mut keep = |fields: &Map<String, Value>| {
            made = Some(check(fields)?);
            Ok(())
        };
        let outcome = self.0.fill(state, member, sheet, &mut keep).await?;
        Ok(outcome.and_then(|()| made.ok_or_else(String::new)))
    }
}

/// A text field of a filled-in sheet; empty if it isn't there.
pub fn text<'f>(fields: &'f Map<String, Value>, name: &str) -> &'f str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default().trim()
}
