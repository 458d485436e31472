//! A refused form on a page with several: which form, which field, why, and what was typed.

use crate::error::Error;

#[derive(Debug, Default)]
pub struct Refused {
    pub form: &'static str,
    pub field: String,
    pub message: String,
    pub typed: Vec<(String, String)>,
}

/// Rewrites an API message that names its field for people, who see the message next to the field.
pub fn plain(field: &str, message: &str) -> String {
    let rest = message.strip_prefix(field).and_then(|rest| rest.strip_prefix(' ')).filter(|_| !field.is_empty());
    rest.map_or_else(
        || message.to_owned(),
        |rest| format!("It {}{}", rest.replace("..", " to "), if rest.ends_with('.') { "" } else { "." }),
    )
}

/// The error's message for people.
pub fn message_for(error: &Error) -> String {
    let body = error.body();
    plain(body.field.as_deref().unwrap_or_default(), &body.message)
}

impl Refused {
    pub fn is(&self, form: &str) -> bool {
        self.form == form
    }

    /// The message for this field.
    pub fn of(&self, form: &str, field: &str) -> Option<&str> {
        (self.form == form && self.field == field).then_some(self.message.as_str())
    }

    /// The message for this form, if it belongs to none of these fields.
    pub fn beside(&self, form: &str, fields: &[&str]) -> Option<&str> {
        (self.form == form && !fields.contains(&self.field.as_str())).then_some(self.message.as_str())
    }

    /// The text that was typed into the refused form.
    pub fn typed(&self, form: &str, field: &str) -> &str {
        self.typed_or(form, field, "")
    }

    /// Like [`Self::typed`], but returns `known` if another form was refused, or none.
    pub fn typed_or<'a>(&'a self, form: &str, field: &str, known: &'a str) -> &'a str {
        if self.form != form {
            return known;
        }
        self.typed.iter().find(|(name, _)| name == field).map_or("", |(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_refused_form_says_so() {
        let refused = Refused {
            form: "ban",
            field: "reason".to_owned(),
            message: "Too long.".to_owned(),
            typed: vec![("reason".to_owned(), "x".to_owned())],
        };
        assert_eq!((refused.of("ban", "reason"), refused.of("archive", "reason")), (Some("Too long."), None));
        assert_eq!((refused.typed("ban", "reason"), refused.typed_or("notes", "notes", "kept")), ("x", "kept"));
        assert_eq!((refused.beside("ban", &["reason"]), refused.beside("ban", &["name"])), (None, Some("Too long.")));
        assert!(!Refused::default().is("ban"));
        assert_eq!(plain("name", "name must have 1 to 200 characters"), "It must have 1 to 200 characters.");
        assert_eq!(plain("name", "Another one has this name."), "Another one has this name.");
        assert_eq!(plain("", "Too long."), "Too long.");
    }
}
