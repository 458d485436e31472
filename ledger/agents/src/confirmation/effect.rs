//! What a call would do now, found out without doing it.

use serde_json::{Map, Value};

use super::{
    digest,
    exchange::Caller,
    preview, subject,
    words::{self, Line},
};
use crate::tool::{catalog::Tool, request::Mistake};
use kit::error::Result;

#[derive(Debug, Default)]
pub struct Effect {
    /// Every argument, with the names of what it is about.
    pub lines: Vec<Line>,
    /// What our own dry run says: who, how much, who gets an email.
    pub preview: Vec<Line>,
}

impl Effect {
    /// # Errors
    /// Names the argument that can't be right; 503 if the API couldn't answer.
    pub async fn read(
        tool: &Tool,
        arguments: &Map<String, Value>,
        caller: &Caller,
    ) -> Result<std::result::Result<Self, Mistake>> {
        let whole = Value::Object(arguments.clone());
        let names = match subject::read(tool, &whole, caller).await? {
            Ok(names) => names,
            Err(mistake) => return Ok(Err(mistake)),
        };
        let preview = preview::lines(tool, &whole, caller).await?;
        Ok(preview.map(|preview| Self { lines: words::lines(tool, arguments, &names), preview }))
    }

    pub fn all(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().chain(&self.preview)
    }

    /// The person who confirms has to see the same that was there when the call was made.
    pub fn digest(&self) -> [u8; 32] {
        digest::of_lines(self.all())
    }
}
