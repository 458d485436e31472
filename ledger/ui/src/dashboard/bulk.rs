//! Bulk actions on a list: which rows were selected, and the result for each.

use kit::{
    error::{Error, Result},
    form::Fields,
    page::flash::Flash,
};
use rules::format;

/// As many of those skipped are named.
const NAMED_MAX: usize = 50;
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

    /// Whether everything that matches the list's filters is selected, instead of single rows.
    pub fn is_all(&self) -> bool {
        self.fields.is_ticked("all")
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
    /// `approved`, for `3 affiliates approved`
    pub past: &'static str,
    pub done: usize,
    /// Who was skipped, and why.
    pub passed: Vec<(String, String)>,
    /// What else is to know, in sentences.
    pub notes: Vec<String>,
    /// Why nothing was done at all.
    pub problem: Option<String>,
    /// The path that takes it back.
    pub undo: Option<String>,
}

impl Outcome {
    pub fn refused(problem: impl Into<String>) -> Self {
        Self { problem: Some(problem.into()), ..Self::default() }
    }

    /// Those who are named.
    pub fn named(&self) -> &[(String, String)] {
        self.passed.get(..NAMED_MAX).unwrap_or(&self.passed)
    }

    /// How many more there are.
    pub fn more(&self) -> usize {
        self.passed.len().saturating_sub(NAMED_MAX)
    }

    /// What the next page says if all went well. `one` and `many` are what was selected: `affiliate`, `affiliates`.
    pub fn flash(&self, one: &str, many: &str) -> Option<Flash> {
        let is_whole = self.problem.is_none() && self.passed.is_empty() && self.notes.is_empty() && self.done > 0;
        let noun = if self.done == 1 { one } else { many };
        let count = u64::try_from(self.done).unwrap_or(u64::MAX);
        let text = format!("{} {noun} {}", format::count(count), self.past);
        is_whole.then(|| Flash { undo: self.undo.clone(), ..Flash::done(text) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticked(ids: impl Iterator<Item = String>) -> Bulk {
        Bulk::of(ids.map(|id| ("ids", id)).collect())
    }

    #[test]
    fn what_went_well_is_said_in_one_line() {
        let outcome = |done, passed| Outcome { past: "approved", done, passed, ..Outcome::default() };
        let text = |outcome: Outcome| outcome.flash("affiliate", "affiliates").map(|flash| flash.text);
        assert_eq!(text(outcome(1, Vec::new())).as_deref(), Some("1 affiliate approved"));
        assert_eq!(text(outcome(3, Vec::new())).as_deref(), Some("3 affiliates approved"));
        assert_eq!(text(outcome(3, vec![(String::new(), String::new())])), None);
        assert_eq!((text(outcome(0, Vec::new())), text(Outcome::refused("Why"))), (None, None));
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
