//! What steps learned: a small JSON object that is stored with them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{Choice, Fault};

/// Names and values. A later value replaces an earlier one of the same name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Known(Map<String, Value>);

impl Known {
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A string, or a number as a string: vendors use either for ids.
    pub fn maybe(&self, name: &str) -> Option<String> {
        text(self.0.get(name)?)
    }

    /// Like [`Known::maybe`], for something that an earlier step must have learned.
    ///
    /// # Errors
    /// A passing [`Fault`] if it isn't known because a response lacked it.
    pub fn text(&self, name: &str) -> Result<String, Fault> {
        self.maybe(name).ok_or_else(|| Fault::unreadable(&format!("no {name} in it")))
    }

    pub fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    pub fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name)?.as_u64()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values of these names that `other` doesn't have, or has differently.
    #[must_use]
    pub fn new_to(&self, other: &Self, names: &[&str]) -> Self {
        let is_new = |name: &&&str| other.get(name) != self.get(name);
        let found = names.iter().filter(is_new).filter_map(|name| Some(((*name).to_owned(), self.get(name)?.clone())));
        Self(found.collect())
    }

    pub fn absorb(&mut self, later: Self) {
        self.0.extend(later.0);
    }

    /// The choices that a picker has found so far.
    pub fn choices(&self) -> Vec<Choice> {
        let found = self.0.get("choices").cloned().unwrap_or_else(|| json!([]));
        serde_json::from_value(found).unwrap_or_default()
    }

    /// Adds one more page of choices to the earlier ones.
    #[must_use]
    pub fn with_choices(self, earlier: &Self, more: impl IntoIterator<Item = Choice>) -> Self {
        let mut all = earlier.choices();
        all.extend(more);
        self.with("choices", json!(all))
    }
}

pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        // Postgres text can't contain NUL.
        Value::String(text) if !text.is_empty() => Some(text.replace('\0', "")),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
