//! Bulk actions on a list: which rows were selected, and the result for each.

use std::collections::HashMap;

use url::form_urlencoded;

use kit::error::{Error, Result};

/// As many as two pages of a list.
const TICKED_MAX: usize = 100;

/// A form with checkboxes: its fields, and the values selected under `ids`.
#[derive(Debug, Default)]
pub struct Bulk {
    fields: HashMap<String, String>,
    pub ids: Vec<String>,
}

impl Bulk {
    pub fn read(body: &[u8]) -> Self {
        let mut bulk = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            if name == "ids" {
                // Keeps one more than allowed, so that the excess is noticed.
                if bulk.ids.len() <= TICKED_MAX && !bulk.ids.iter().any(|id| *id == value) {
                    bulk.ids.push(value.into_owned());
                }
            } else {
                bulk.fields.insert(name.into_owned(), value.trim().to_owned());
            }
        }
        bulk
    }

    /// Returns a field's value, or an empty string if it is missing.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// Returns the selected ids; `what` names one of them in error messages.
    ///
    /// # Errors
    /// 400 naming `ids` if none or too many are selected.
    pub fn ticked(&self, what: &str) -> Result<&[String]> {
        match self.ids.len() {
            0 => Err(Error::field("ids", format!("Tick at least one {what}."))),
            1..=TICKED_MAX => Ok(&self.ids),
            _ => Err(Error::field("ids", format!("At most {TICKED_MAX} at once, so nothing was done: tick fewer."))),
        }
    }

    pub fn is_ticked(&self, id: &str) -> bool {
        self.ids.iter().any(|ticked| ticked == id)
    }
}

/// The result of a bulk action.
#[derive(Debug, Default)]
pub struct Outcome {
    /// `Approved`, for `Approved 3.`
    pub word: &'static str,
    pub done: usize,
    /// Who was skipped, and why.
    pub passed: Vec<(String, String)>,
    /// Why nothing was done at all.
    pub problem: Option<String>,
}

impl Outcome {
    pub fn refused(problem: impl Into<String>) -> Self {
        Self { problem: Some(problem.into()), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ticked_counts_once() {
        let bulk = Bulk::read(b"what=approve&ids=a&ids=b&ids=a&reason=+why+");
        assert_eq!(
            (bulk.ids.as_slice(), bulk.field("reason"), bulk.field("x")),
            (&["a".to_owned(), "b".to_owned()][..], "why", "")
        );
        assert!(bulk.is_ticked("b") && !bulk.is_ticked("c"));
        let many: String = (0..500).map(|number| format!("ids={number}&")).collect();
        assert!(Bulk::read(many.as_bytes()).ticked("row").is_err());
        let most: String = (0..TICKED_MAX).map(|number| format!("ids={number}&")).collect();
        assert_eq!(Bulk::read(most.as_bytes()).ticked("row").unwrap().len(), TICKED_MAX);
        assert!(Bulk::default().ticked("row").is_err());
    }
}
