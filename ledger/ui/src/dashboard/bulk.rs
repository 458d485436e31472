//! Bulk actions on a list: which rows were selected, and the result for each.

use kit::{
    error::{Error, Result},
    form::Fields,
};

/// As many as two pages of a list.
const TICKED_MAX: usize = 100;

/// A form with checkboxes: its fields, and the values selected under `ids`.
#[derive(Debug, Default)]
pub struct Bulk {
    fields: Fields,
    pub ids: Vec<String>,
}

impl Bulk {
    pub fn of(fields: Fields) -> Self {
        let mut ids: Vec<String> = Vec::new();
        for id in fields.all("ids") {
            // Keeps one more than allowed, so that the excess is noticed.
            if ids.len() <= TICKED_MAX && !ids.contains(&id) {
                ids.push(id);
            }
        }
        Self { fields, ids }
    }

    /// Returns a field's value, or an empty string if it is missing.
    pub fn field(&self, name: &str) -> &str {
        self.fields.text(name)
    }

    /// Returns the selected ids; `what` names one of them in error messages.
    ///
    /// # Errors
    /// 400 naming `ids` if none or too many are selected.
    pub fn ticked(&self, what: &str) -> Result<&[String]> {
        match self.ids.len() {
            0 => Err(Error::field("ids", format!("Select at least one {what}."))),
            1..=TICKED_MAX => Ok(&self.ids),
            _ => Err(Error::field("ids", format!("Nothing was changed. Select at most {TICKED_MAX} at a time."))),
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

    fn ticked(ids: impl Iterator<Item = String>) -> Bulk {
        Bulk::of(ids.map(|id| ("ids", id)).collect())
    }

    #[test]
    fn what_is_ticked_counts_once() {
        let sent = [("what", "approve"), ("ids", "a"), ("ids", "b"), ("ids", "a"), ("reason", " why ")];
        let bulk = Bulk::of(sent.into_iter().collect());
        assert_eq!(
            (bulk.ids.as_slice(), bulk.field("reason"), bulk.field("x")),
            (&["a".to_owned(), "b".to_owned()][..], "why", "")
        );
        assert!(bulk.is_ticked("b") && !bulk.is_ticked("c"));
        assert!(ticked((0..500).map(|number| number.to_string())).ticked("row").is_err());
        let most = ticked((0..TICKED_MAX).map(|number| number.to_string()));
        assert_eq!(most.ticked("row").unwrap().len(), TICKED_MAX);
        assert!(Bulk::default().ticked("row").is_err());
    }
}
