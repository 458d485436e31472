//! A question that an affiliate asks in the portal about what is theirs. The model answers with tools that only read, and
//! each of them reads for this affiliate, whatever its arguments.

use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use crate::portal::{ask_store::Asking, session::AffiliateSession};
use kit::error::Result;

/// Characters of a question.
pub const QUESTION_MAX: usize = 1_000;

/// A tool that reads.
#[derive(Debug, Clone)]
pub struct ReadTool {
    pub name: &'static str,
    pub description: &'static str,
    /// Of its arguments, as a JSON Schema.
    pub schema: Value,
}

/// What an affiliate's portal shows them.
pub trait Reader: Send + Sync {
    fn tools(&self) -> Vec<ReadTool>;

    /// Reads for this affiliate.
    fn read<'a>(&'a self, tool: &'a str, arguments: &'a Map<String, Value>) -> BoxFuture<'a, Result<Value>>;
}

/// Who asks what.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub session: &'a AffiliateSession,
    /// How much affiliates may ask.
    pub asking: Asking,
    pub text: &'a str,
}

/// An answer as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Every text in it is escaped, and its links lead to the portal.
    pub html: String,
    /// Whether it is complete.
    pub is_whole: bool,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAnswer {
    /// The affiliate asks too often.
    Often,
    /// The affiliate has used their tokens of today.
    OwnLimit,
    /// All affiliates together have used theirs.
    AllLimit,
    /// The model or its server failed, or this process is busy.
    Failed,
}
