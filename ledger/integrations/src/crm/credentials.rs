//! Validates the credentials that a brand entered: no error message repeats a secret, and a missing credential is named
//! with where to find it.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use connector::{Connector, Field};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

use kit::{
    error::{Code, Error, Result},
    outbound::{Reach, target},
};

/// Maximum length; some keys are tokens that contain claims.
const LENGTH_MAX: usize = 4_000;

/// The credentials by name, as sent. A value that isn't a string is kept as `None`, so that it can be refused without
/// repeating it.
#[derive(Default)]
pub struct Given(BTreeMap<String, Option<String>>);

/// Never prints credentials, only their names.
impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Credentials that passed validation, by field name.
#[derive(Clone, Default)]
pub struct Checked {
    /// The ones that aren't secret.
    pub settings: BTreeMap<String, String>,
    pub secrets: BTreeMap<String, String>,
}

/// Never prints secrets.
impl std::fmt::Debug for Checked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checked").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Checked {
    pub fn all(&self) -> BTreeMap<String, String> {
        self.settings.iter().chain(&self.secrets).map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

impl<'de> Deserialize<'de> for Given {
    /// Written manually, because serde's own messages would repeat a secret that is in the wrong field.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let Value::Object(fields) = Value::deserialize(deserializer)? else {
            return Err(D::Error::custom("must be an object with the vendor's credentials"));
        };
        let fields = fields.into_iter().filter_map(|(name, value)| match value {
            Value::Null => None,
            Value::String(text) => Some((name, Some(text))),
            _ => Some((name, None)),
        });
        Ok(Self(fields.collect()))
    }
}

impl Given {
    /// Takes the credentials from a form.
    pub fn of_form(fields: impl Iterator<Item = (String, String)>) -> Self {
        Self(fields.map(|(name, text)| (name, Some(text))).collect())
    }
}

fn refusal(code: Code, field: &str, message: String) -> Error {
    Error::new(StatusCode::BAD_REQUEST, code, message).with_field(&format!("credentials.{field}"))
}

/// # Errors
/// 400 naming the credential: `missing_credential` with where to find it, `unknown_credential`, or
/// `invalid_credential`.
pub fn check(connector: &dyn Connector, given: &Given, reach: Reach) -> Result<Checked> {
    let descriptor = connector.descriptor();
    if let Some(unknown) = given.0.keys().find(|name| descriptor.field(name).is_none()) {
        let known: Vec<&str> = descriptor.fields.iter().map(|field| field.name).collect();
        let message = format!("{} doesn\u{2019}t use this credential. It takes {}.", descriptor.name, known.join(", "));
        return Err(refusal(Code::UnknownCredential, unknown, message));
    }
    let mut checked = Checked::default();
    for field in descriptor.fields {
        let value = match given.0.get(field.name) {
            Some(None) => {
                return Err(refusal(Code::InvalidCredential, field.name, format!("{} must be a string.", field.label)));
            }
            Some(Some(text)) => text.trim(),
            None => "",
        };
        if value.is_empty() {
            if field.required {
                return Err(refusal(Code::MissingCredential, field.name, missing(field)));
            }
            continue;
        }
        plain(field, value)?;
        if field.is_address() {
            is_address(field, value, reach)?;
        }
        connector
            .check_field(field.name, value)
            .map_err(|why| refusal(Code::InvalidCredential, field.name, format!("The {} {why}.", field.label)))?;
        let kept = if field.secret { &mut checked.secrets } else { &mut checked.settings };
        kept.insert(field.name.to_owned(), value.to_owned());
    }
    Ok(checked)
}

/// Builds the error for a missing credential: `Missing API key. In ActiveCampaign under …`
fn missing(field: &Field) -> String {
    match field.missing {
        Some(words) => format!("{words}: enter the {}. {}", field.label, field.hint),
        None => format!("The {} is missing. {}", field.label, field.hint),
    }
}

fn plain(field: &Field, value: &str) -> Result<()> {
    let is_stray = |sign: char| sign.is_control() && !(field.is_document() && matches!(sign, '\n' | '\r' | '\t'));
    if value.len() <= LENGTH_MAX && !value.chars().any(is_stray) {
        return Ok(());
    }
    let message = if field.is_document() {
        format!("The {} must have at most {LENGTH_MAX} characters.", field.label)
    } else {
        format!("The {} must be a single line of at most {LENGTH_MAX} characters. Copy it again.", field.label)
    };
    Err(refusal(Code::InvalidCredential, field.name, message))
}

/// Checks an address. No request may reach a private network because a brand entered such an address.
fn is_address(field: &Field, value: &str, reach: Reach) -> Result<()> {
    target::check(value, reach).map(drop).map_err(|why| {
        let message = format!("The {} {why}. It looks like {}. {}", field.label, field.example, field.hint);
        refusal(Code::InvalidCredential, field.name, message)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(given: Value) -> (String, String, String) {
        refused_by("activecampaign", given)
    }

    fn refused_by(vendor: &str, given: Value) -> (String, String, String) {
        let connector = connector::providers::named(vendor).unwrap();
        let given: Given = serde_json::from_value(given).unwrap();
        let error = check(connector, &given, Reach::Public).unwrap_err();
        let body = error.body().clone();
        (body.code.as_str().to_owned(), body.field.unwrap_or_default(), body.message)
    }

    #[test]
    fn what_is_missing_is_named_with_where_it_is_found() {
        let url = "https://brand.api-us1.com";
        for given in
            [json!({"apiUrl": url}), json!({"apiUrl": url, "apiKey": "  "}), json!({"apiUrl": url, "apiKey": null})]
        {
            let (code, field, message) = refused(given);
            assert_eq!((code.as_str(), field.as_str()), ("missing_credential", "credentials.apiKey"));
            assert!(message.contains("API key") && message.contains("Settings \u{2192} Developer"), "{message}");
        }
        assert_eq!(refused(json!({"apiKey": "k"})).1, "credentials.apiUrl");
    }

    #[test]
    fn no_mistake_repeats_a_secret() {
        let secret = "s3cr3t";
        for given in [
            json!({"apiUrl": "https://brand.api-us1.com", "apiKey": format!("a\n{secret}")}),
            json!({"apiUrl": "https://brand.api-us1.com", "apiKey": [secret]}),
            json!({"apiUrl": "https://brand.api-us1.com", "apiKey": "k", "token": secret}),
        ] {
            let (code, field, message) = refused(given);
            assert!(["invalid_credential", "unknown_credential"].contains(&code.as_str()), "{code}");
            assert!(field.starts_with("credentials.") && !message.contains(secret), "{message}");
        }
    }

    #[test]
    fn an_address_leads_to_the_open_internet() {
        for url in
            ["brand.api-us1.com", "http://brand.api-us1.com", "https://127.0.0.1", "https://intranet/", "ftp://x.com"]
        {
            let (code, field, _) = refused(json!({"apiUrl": url, "apiKey": "key"}));
            assert_eq!((code.as_str(), field.as_str()), ("invalid_credential", "credentials.apiUrl"), "{url}");
        }
    }

    #[test]
    fn every_address_that_a_brand_enters_is_checked() {
        for (vendor, given) in [
            ("listmonk", json!({"apiUser": "rekomi", "accessToken": "token"})),
            ("mautic", json!({"username": "rekomi", "password": "password"})),
            ("custom", json!({"signingSecret": format!("whsec_{}", "A".repeat(44))})),
        ] {
            for url in ["http://brand.test", "https://127.0.0.1", "https://mautic.internal", "https://[fe80::1]/"] {
                let mut given = given.clone();
                given["url"] = json!(url);
                let (code, field, _) = refused_by(vendor, given);
                assert_eq!(
                    (code.as_str(), field.as_str()),
                    ("invalid_credential", "credentials.url"),
                    "{vendor} {url}"
                );
            }
        }
    }

    #[test]
    fn a_mistake_in_a_template_is_named_with_its_place() {
        let secret = format!("whsec_{}", "A".repeat(44));
        let given =
            |template: &str| json!({"url": "https://brand.test/", "signingSecret": secret, "template": template});
        for (template, place) in [
            ("{\n\t\"type\": {{type}}\n}", "line 2"),
            (r#"{"type": "{{type}}", "to": ["{{mail}}"]}"#, "/to/0"),
            ("{\u{0}}", "characters"),
        ] {
            let (code, field, message) = refused_by("custom", given(template));
            assert_eq!((code.as_str(), field.as_str()), ("invalid_credential", "credentials.template"));
            assert!(message.starts_with("The JSON template ") && message.contains(place), "{message}");
        }
        let lines = "{\r\n\t\"type\": \"{{type}}\",\r\n\t\"to\": \"{{email}}\"\r\n}";
        let connector = connector::providers::named("custom").unwrap();
        let given: Given = serde_json::from_value(given(lines)).unwrap();
        assert_eq!(check(connector, &given, Reach::Public).unwrap().settings["template"], lines);
    }

    #[test]
    fn a_short_secret_is_refused_and_not_repeated() {
        for secret in ["whsec_c2hvcnQ=", "not-a-secret", "whsec_!!!"] {
            let (code, field, message) =
                refused_by("custom", json!({"url": "https://brand.test/", "signingSecret": secret}));
            assert_eq!((code.as_str(), field.as_str()), ("invalid_credential", "credentials.signingSecret"));
            assert!(!message.contains(secret), "{message}");
        }
    }

    #[test]
    fn blanks_around_a_value_are_dropped_and_secrets_kept_apart() {
        let connector = connector::providers::named("activecampaign").unwrap();
        let given =
            serde_json::from_value(json!({"apiUrl": " https://brand.api-us1.com ", "apiKey": "\tkey\n"})).unwrap();
        let checked = check(connector, &given, Reach::Public).unwrap();
        assert_eq!(checked.settings["apiUrl"], "https://brand.api-us1.com");
        assert_eq!(checked.secrets["apiKey"], "key");
        assert!(!format!("{checked:?} {given:?}").contains("key\n"));
    }
}
