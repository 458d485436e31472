//! A refused form on a page with several.

use super::{Fields, Problems};

/// Which form was refused, why, and what was typed into it.
#[derive(Debug, Default)]
pub struct Refused {
    pub form: String,
    pub problems: Problems,
    pub typed: Fields,
}

impl Refused {
    pub fn is(&self, form: &str) -> bool {
        self.form == form
    }

    /// The problem of this field.
    pub fn of(&self, form: &str, field: &str) -> Option<&str> {
        self.problems.of(field).filter(|_| self.is(form))
    }

    /// The problem of this form, if it belongs to none of these fields.
    pub fn beside(&self, form: &str, fields: &[&str]) -> Option<&str> {
        self.problems.elsewhere(fields).filter(|_| self.is(form))
    }

    /// What was typed into the refused form.
    pub fn typed(&self, form: &str, field: &str) -> &str {
        self.typed_or(form, field, "")
    }

    /// Like [`Self::typed`], but returns `known` if another form was refused, or none.
    pub fn typed_or<'a>(&'a self, form: &str, field: &str, known: &'a str) -> &'a str {
        if self.is(form) { self.typed.raw(field) } else { known }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_refused_form_says_so() {
        let refused = Refused {
            form: "ban".to_owned(),
            problems: Problems::at("reason", "Too long."),
            typed: Fields::from_iter([("reason", "x")]),
        };
        assert_eq!((refused.of("ban", "reason"), refused.of("archive", "reason")), (Some("Too long."), None));
        assert_eq!((refused.typed("ban", "reason"), refused.typed_or("notes", "notes", "kept")), ("x", "kept"));
        assert_eq!((refused.beside("ban", &["reason"]), refused.beside("ban", &["name"])), (None, Some("Too long.")));
        assert!(!Refused::default().is("ban"));
    }
}
