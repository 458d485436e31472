//! Validates the settings of a program page as typed; mistakes are shown next to their fields.

use super::store::Settings;
use kit::{
    error::{Checks, Error, Result},
    form::Fields,
    page::color::Rgb,
};
use programs::link::create::check_destination;

pub(super) const HEADLINE_MAX: usize = 120;
const INTRODUCTION_MAX: usize = 4_000;

/// Validates and normalizes the settings form.
///
/// # Errors
/// 400 naming every wrong field.
pub fn checked(fields: &Fields) -> Result<Settings> {
    check(typed(fields))
}

/// Validates normalized settings.
///
/// # Errors
/// 400 naming every wrong field.
pub fn check(settings: Settings) -> Result<Settings> {
    let mut checks = Checks::default();
    if !is_handle(&settings.handle) {
        let message = "Use 2 to 63 lowercase letters, digits or hyphens. The first can't be a hyphen.";
        checks.add(Error::field("handle", message));
    }
    if settings.headline.chars().count() > HEADLINE_MAX || settings.headline.chars().any(char::is_control) {
        checks.add(Error::field("headline", format!("Use at most {HEADLINE_MAX} characters on one line.")));
    }
    let strange = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    if settings.introduction.chars().count() > INTRODUCTION_MAX || settings.introduction.chars().any(strange) {
        let message = format!("Use at most {INTRODUCTION_MAX} characters, without control characters.");
        checks.add(Error::field("introduction", message));
    }
    if settings.color.as_deref().is_some_and(|color| Rgb::read(color).is_none()) {
        let message = "Enter a color such as #0f6b5c, or leave it empty to use your organization's.";
        checks.add(Error::field("color", message));
    }
    checks.end().map(|()| settings)
}

/// Validates the target of the program's links; `None` if the field is empty.
///
/// # Errors
/// 400 naming the field.
pub fn checked_destination(fields: &Fields, development: bool) -> Result<Option<String>> {
    let typed = typed_destination(fields);
    if typed.is_empty() {
        return Ok(None);
    }
    let checked = check_destination("destination", &typed, development);
    Ok(Some(checked.map_err(|error| plain(&error))?.to_string()))
}

pub fn typed_destination(fields: &Fields) -> String {
    fields.text("destination").to_owned()
}

fn plain(error: &Error) -> Error {
    let message = error.body().message.replacen("destination ", "The destination ", 1);
    Error::field("destination", message)
}

/// Returns the settings as typed, without surrounding whitespace.
pub fn typed(fields: &Fields) -> Settings {
    let text = |name: &str| fields.raw(name).replace("\r\n", "\n").trim().to_owned();
    let filled = |name: &str| Some(text(name)).filter(|text| !text.is_empty());
    Settings {
        handle: text("handle").to_lowercase(),
        headline: text("headline"),
        introduction: text("introduction"),
        color: filled("color").map(|color| color.to_lowercase()),
        auto_approve: fields.is_ticked("autoApprove"),
    }
}

pub fn is_handle(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (2..=63).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: (&str, &str)) -> Option<String> {
        let usual =
            [("handle", "acme"), ("headline", "Earn"), ("color", "#0F6B5C"), ("destination", "https://acme.test/")];
        let mut fields = Fields::from_iter(usual);
        fields.set(change.0, change.1);
        let done = checked(&fields).and_then(|_| checked_destination(&fields, false));
        done.err().and_then(|error| error.body().field.clone())
    }

    #[test]
    fn a_mistake_names_its_field() {
        for change in [
            ("handle", "a"),
            ("handle", "-acme"),
            ("handle", "acme/x"),
            ("headline", "a\u{7}"),
            ("introduction", "a\u{7}"),
            ("color", "green"),
            ("destination", "http://acme.test"),
            ("destination", "javascript:alert(1)"),
        ] {
            assert_eq!(refused(change).as_deref(), Some(change.0), "{change:?}");
        }
        for change in [("handle", "Acme-2"), ("color", ""), ("destination", ""), ("introduction", "One\r\n\r\nTwo")] {
            assert_eq!(refused(change), None, "{change:?}");
        }
    }
}
