//! Suggestions of the model that an organization connected: a text or a choice that a person gets in an ordinary form.
//!
//! The crate of a feature says what the model fills in and what it may use, and checks what comes back. The crate of the
//! co-pilot sends it ([`Model`]), because it has connections, formats and budgets; the binary hands its model to all pages
//! as an [`axum::Extension`]. A page looks up once which model the organization has ([`Suggestions::connected`]). Nothing
//! that a model fills in is saved or sent before a person does so, and each feature works without it.
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
    /// Looks up the model of the member's organization; `None` if it has none.
    fn connected<'a>(
        &'a self,
        state: &'a AppState,
        member: &'a Member,
    ) -> BoxFuture<'a, Result<Option<Box<dyn ConnectedModel>>>>;

    /// Answers an affiliate, who may ask, with what the reader reads.
    ///
    /// # Errors
    /// 404 if the organization has no model any more.
    fn answer<'a>(
        &'a self,
        state: &'a AppState,
        question: Question<'a>,
        reader: &'a dyn Reader,
    ) -> BoxFuture<'a, Result<std::result::Result<Answer, NoAnswer>>>;
}

/// The model of an organization, as it was looked up for one member.
pub trait ConnectedModel: std::fmt::Debug + Send + Sync {
    /// What may be sent to it.
    fn others_texts(&self) -> OthersTexts;

    /// Has the sheet filled in until the check accepts it, with one attempt to correct it.
    fn fill<'a>(&'a self, sheet: &'a Sheet, check: &'a mut Check<'_>) -> BoxFuture<'a, Result<Outcome<()>>>;
}

/// The model of each organization, for pages.
#[derive(Debug, Clone)]
pub struct Suggestions(pub Arc<dyn Model>);

impl Suggestions {
    /// The model of the member's organization.
    ///
    /// # Errors
    /// 404 if the organization has no model; 402 if its plan doesn't include the co-pilot; 503 if the database is
    /// unavailable.
    pub async fn connected(&self, state: &AppState, member: &Member) -> Result<Connected> {
        self.0.connected(state, member).await?.map(Connected).ok_or_else(Error::not_found)
    }
}

/// The model that a request works with.
#[derive(Debug)]
pub struct Connected(Box<dyn ConnectedModel>);

impl Connected {
    /// What may be sent.
    pub fn others_texts(&self) -> OthersTexts {
        self.0.others_texts()
    }

    /// What `check` made of the filled-in sheet, or why there is no suggestion.
    ///
    /// # Errors
    /// 503 if the database is unavailable.
    pub async fn fill<T: Send>(
        &self,
        sheet: &Sheet,
        mut check: impl FnMut(&Map<String, Value>) -> Outcome<T> + Send,
    ) -> Result<Outcome<T>> {
        let mut made = None;
        let mut keep = |fields: &Map<String, Value>| {
            made = Some(check(fields)?);
            Ok(())
        };
        let outcome = self.0.fill(sheet, &mut keep).await?;
        Ok(outcome.and_then(|()| made.ok_or_else(String::new)))
    }
}

/// A text field of a filled-in sheet; empty if it isn't there.
pub fn text<'f>(fields: &'f Map<String, Value>, name: &str) -> &'f str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default().trim()
}
