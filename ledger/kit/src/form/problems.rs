//! What is wrong with a form, by field.

use axum::http::StatusCode;

use crate::error::{Error, Result, field_of, message_for};

/// The problems of a form, at most one for each field. Those of the form as a whole have an empty field name.
#[derive(Debug, Clone, Default)]
pub struct Problems(Vec<(String, String)>);

impl Problems {
    /// One problem.
    pub fn at(field: &str, message: impl Into<String>) -> Self {
        Self(vec![(field.to_owned(), message.into())])
    }

    /// An API error with all its mistakes, each beside the field that it names, in words for people.
    pub fn of_error(error: &Error) -> Self {
        let mut problems = Self::default();
        problems.add_error(error);
        problems
    }

    /// Adds a problem, unless the field has one already.
    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        if self.of(field).is_none() {
            self.0.push((field.to_owned(), message.into()));
        }
    }

    /// Adds an API error with all its mistakes, each beside the field that it names, in words for people.
    pub fn add_error(&mut self, error: &Error) {
        for one in error.each() {
            self.add(field_of(one), message_for(one));
        }
    }

    /// The value of a field, or a placeholder if it is wrong; its problems are added.
    pub fn take<T: Default>(&mut self, read: std::result::Result<T, Self>) -> T {
        read.unwrap_or_else(|problems| {
            problems.0.into_iter().for_each(|(field, message)| self.add(&field, message));
            T::default()
        })
    }

    /// The same problems at the fields that the form has for them.
    #[must_use]
    pub fn at_fields(self, field: impl Fn(&str) -> String) -> Self {
        Self(self.0.into_iter().map(|(name, message)| (field(&name), message)).collect())
    }

    /// The status with which the form is shown again, if necessary; a mistake is added to its field.
    ///
    /// # Errors
    /// Errors that aren't mistakes in the form.
    pub fn refused(&mut self, outcome: Result<bool>) -> Result<Option<StatusCode>> {
        match outcome {
            Ok(done) => Ok((!done).then_some(StatusCode::BAD_REQUEST)),
            Err(error) if is_mistake(&error) => {
                self.add_error(&error);
                Ok(Some(error.status()))
            }
            Err(error) => Err(error),
        }
    }

    /// The problem of this field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == field).map(|(_, message)| message.as_str())
    }

    /// The first problem that belongs to none of these fields.
    pub fn elsewhere(&self, shown: &[&str]) -> Option<&str> {
        self.0.iter().find(|(field, _)| !shown.contains(&field.as_str())).map(|(_, message)| message.as_str())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All fields with their problems, in the order in which they were found.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

/// Whether the form should be shown again with this error, instead of an error page.
pub fn is_mistake(error: &Error) -> bool {
    error.status().is_client_error() && (error.body().field.is_some() || error.status() == StatusCode::CONFLICT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Checks, Code};

    #[test]
    fn an_error_is_shown_beside_its_field() {
        let error = Error::field("cookieWindowDays", "cookieWindowDays must be 1..365");
        let problems = Problems::of_error(&error);
        assert_eq!(problems.of("cookieWindowDays"), Some("Must be 1 to 365."));
        assert_eq!(problems.elsewhere(&["name"]), Some("Must be 1 to 365."));
        assert_eq!(problems.elsewhere(&["cookieWindowDays"]), None);
        let whole = Problems::of_error(&Error::forbidden("Only an owner may."));
        assert_eq!(
            (whole.of(""), whole.elsewhere(&["name"])),
            (Some("Only an owner may."), Some("Only an owner may."))
        );
    }

    #[test]
    fn all_mistakes_of_an_input_are_shown() {
        let mut checks = Checks::default();
        checks.add(Error::field("minimums.USD", "minimums.USD must be 0 to 9"));
        checks.add(Error::field("taxGate", "taxGate must be one of Warn, Hold"));
        let problems = Problems::of_error(&checks.end().unwrap_err());
        let problems = problems.at_fields(|name| name.split('.').next().unwrap_or_default().to_owned());
        assert_eq!(problems.of("minimums"), Some("Must be 0 to 9."));
        assert_eq!(problems.of("taxGate"), Some("Must be one of Warn, Hold."));
        let mut more = Problems::default();
        let read: std::result::Result<u8, Problems> = Err(problems);
        assert_eq!((more.take(read), more.pairs().len(), more.take(Ok(7))), (0, 2, 7));
    }

    #[test]
    fn the_first_problem_of_a_field_stays() {
        let mut problems = Problems::at("name", "First.");
        problems.add("name", "Second.");
        assert_eq!((problems.of("name"), problems.pairs().len()), (Some("First."), 1));
        let conflict = Error::new(StatusCode::CONFLICT, Code::SlugTaken, "Taken.");
        assert_eq!(problems.refused(Err(conflict)).unwrap(), Some(StatusCode::CONFLICT));
        assert_eq!(problems.of(""), Some("Taken."));
        assert!(problems.refused(Err(Error::not_found())).is_err());
        assert_eq!(problems.refused(Ok(true)).unwrap(), None);
    }
}
