//! Runs every check of an input before it fails, so that a form can show all mistakes at once. The API answers with the
//! first.

use super::{Error, Result};

/// The mistakes so far.
#[derive(Debug, Default)]
pub struct Checks(Option<Error>);

impl Checks {
    /// The checked value, or its default if the check failed: it is never used, because [`Self::end`] fails then.
    pub fn value<T: Default>(&mut self, checked: Result<T>) -> T {
        self.maybe(checked).unwrap_or_default()
    }

    /// The same for a type without a default.
    pub fn or<T>(&mut self, placeholder: T, checked: Result<T>) -> T {
        self.maybe(checked).unwrap_or(placeholder)
    }

    /// The checked value; `None` if the check failed.
    pub fn maybe<T>(&mut self, checked: Result<T>) -> Option<T> {
        checked.map_err(|error| self.add(error)).ok()
    }

    pub fn add(&mut self, error: Error) {
        self.0 = Some(match self.0.take() {
            None => error,
            Some(first) => first.and(error),
        });
    }

    /// # Errors
    /// All mistakes, as one error.
    pub fn end(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }

    /// Ends with a last check.
    ///
    /// # Errors
    /// As [`Self::end`].
    pub fn end_with<T>(mut self, last: Result<T>) -> Result<T> {
        match last {
            Ok(value) => self.end().map(|()| value),
            Err(error) => {
                self.add(error);
                self.end().and_then(|()| Err(Error::internal("a mistake was lost")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(field: &str) -> Result<String> {
        Err(Error::field(field, format!("{field} is wrong")))
    }

    fn fields(error: &Error) -> Vec<&str> {
        error.each().map(|one| one.body().field.as_deref().unwrap_or_default()).collect()
    }

    #[test]
    fn all_mistakes_are_found_and_the_first_is_the_error() {
        let mut checks = Checks::default();
        assert_eq!((checks.value(Ok(1)), checks.value(wrong("name"))), (1, String::new()));
        assert_eq!(checks.or("x".to_owned(), wrong("email")), "x");
        let error = checks.end_with(wrong("slug")).unwrap_err();
        assert_eq!((error.body().field.as_deref(), fields(&error)), (Some("name"), vec!["name", "email", "slug"]));
        assert!(Checks::default().end().is_ok());
        assert_eq!(Checks::default().end_with(Ok(2)).unwrap(), 2);
    }

    #[test]
    fn what_is_no_mistake_of_the_caller_stands_alone() {
        let mut checks = Checks::default();
        checks.value(wrong("name"));
        checks.add(Error::unavailable("the database"));
        checks.value(wrong("email"));
        let error = checks.end().unwrap_err();
        assert_eq!((error.status().as_u16(), error.each().count()), (503, 1));
    }
}
