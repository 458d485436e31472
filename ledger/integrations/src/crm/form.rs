//! Builds the forms of the CRM pages from the vendor's descriptor, with each error next to its field.
//!
//! A secret is never sent back to the page, even after an error: people paste it again.

use std::collections::BTreeMap;

use connector::Descriptor;

use super::credentials::Given;
use identity::access::{member::Member, session::Session};
use kit::{access::role::Right, api::finding::Finding, error::Error, form::Fields};

/// The member who sent the form; only owners and admins may connect.
pub(super) fn may_change(session: &Session, fields: &Fields) -> Result<Member, Error> {
    session.member(Some(fields.text("organization")), Right::Configure)
}

/// Splits the tags, one per line. Extra spaces stay, so that the check can report them.
pub(super) fn tags(fields: &Fields) -> Vec<String> {
    let lines = fields.raw("tags").split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    lines.filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

/// Splits a descriptor's text into parts and says which are code (between backticks).
pub(super) fn spans(text: &'static str) -> Vec<(bool, &'static str)> {
    text.split('`').enumerate().map(|(at, part)| (at % 2 == 1, part)).filter(|(_, part)| !part.is_empty()).collect()
}

/// Takes the vendor's credentials from a form and ignores its other fields.
pub(super) fn given(descriptor: &Descriptor, fields: &Fields) -> Given {
    Given::of_form(descriptor.fields.iter().map(|field| (field.name.to_owned(), fields.raw(field.name).to_owned())))
}

/// The form for a vendor's credentials.
#[derive(Debug)]
pub(super) struct ConnectForm {
    pub(super) fields: Vec<FieldView>,
    /// The error, if it belongs to none of the fields.
    pub(super) problem: Option<String>,
}

#[derive(Debug)]
pub(super) struct FieldView {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: Vec<(bool, &'static str)>,
    /// The full URL of the page where it is found.
    pub(super) link: Option<&'static str>,
    /// The path of that page, relative to the account's own address.
    pub(super) below: Option<&'static str>,
    pub(super) example: &'static str,
    pub(super) secret: bool,
    /// Whether it may have several lines.
    pub(super) document: bool,
    pub(super) required: bool,
    pub(super) value: String,
    pub(super) problem: Option<String>,
}

impl ConnectForm {
    /// Builds the form with the known values (stored settings, or what was just sent) and the error.
    pub(super) fn new(descriptor: &Descriptor, known: &BTreeMap<String, String>, error: Option<&Error>) -> Self {
        let at_fault = error.and_then(|error| error.body().field.as_deref()?.strip_prefix("credentials."));
        let message = error.map(kit::form::message_for);
        let view = |field: &'static connector::Field| FieldView {
            name: field.name,
            label: field.label,
            hint: spans(field.hint),
            link: field.link.filter(|link| link.starts_with("https://")),
            below: field.link.filter(|link| link.starts_with('/')),
            example: field.example,
            secret: field.secret,
            document: field.is_document(),
            required: field.required,
            value: if field.secret { String::new() } else { known.get(field.name).cloned().unwrap_or_default() },
            problem: message.clone().filter(|_| at_fault == Some(field.name)),
        };
        let fields: Vec<FieldView> = descriptor.fields.iter().map(view).collect();
        let beside = fields.iter().any(|field| field.problem.is_some());
        Self { problem: message.filter(|_| !beside), fields }
    }

    /// Rebuilds the form after an error.
    pub(super) fn again(descriptor: &Descriptor, sent: &Fields, error: &Error) -> Self {
        Self::new(descriptor, &sent.pairs().iter().cloned().collect(), Some(error))
    }
}

/// The tags in the form, and the findings about them.
#[derive(Debug, Default, Clone)]
pub(super) struct TagsForm {
    pub(super) text: String,
    pub(super) findings: Vec<Finding>,
}

impl TagsForm {
    pub(super) fn of(tags: &[String]) -> Self {
        Self { text: tags.join("\n"), findings: Vec::new() }
    }

    /// Whether the tags may be saved despite the findings.
    pub(super) fn may_accept(&self) -> bool {
        !self.findings.is_empty() && self.findings.iter().all(|found| !found.blocks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_lines_and_keep_their_blanks() {
        let fields = Fields::from_iter([("tags", "VIP \r\n\r\n  \r\nearly  bird\npartners")]);
        assert_eq!(tags(&fields), ["VIP ", "early  bird", "partners"]);
        assert!(tags(&Fields::default()).is_empty());
    }

    #[test]
    fn code_stands_between_backticks() {
        assert_eq!(spans("Says `status: 1` then"), [(false, "Says "), (true, "status: 1"), (false, " then")]);
        assert_eq!(spans("`a`"), [(true, "a")]);
        assert_eq!(spans("plain"), [(false, "plain")]);
    }

    #[test]
    fn a_secret_never_goes_back() {
        let descriptor = connector::providers::named("activecampaign").unwrap().descriptor();
        let sent = Fields::from_iter([("apiUrl", "https://brand.api-us1.com"), ("apiKey", "s3cr3t")]);
        let form = ConnectForm::again(descriptor, &sent, &Error::field("credentials.apiKey", "no"));
        assert_eq!((form.fields[0].value.as_str(), form.fields[1].value.as_str()), ("https://brand.api-us1.com", ""));
        assert_eq!((form.fields[1].problem.as_deref(), &form.problem), (Some("No."), &None));
    }
}
