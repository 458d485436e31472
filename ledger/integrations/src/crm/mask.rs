//! Removes credentials from requests and answers before they are logged or shown.

use base64::{Engine, engine::general_purpose::STANDARD};
use connector::Account;

/// The replacement for a secret.
pub const MASK: &str = "\u{2022}\u{2022}\u{2022}";
/// Shorter values aren't secrets, and would match everywhere.
const SHORTEST: usize = 6;
/// Headers that always contain credentials.
const HIDDEN: [&str; 8] =
    ["authorization", "api-token", "api-key", "api-appid", "x-kit-api-key", "x-api-key", "cookie", "set-cookie"];

/// Body fields that always contain credentials.
const HIDDEN_FIELDS: [&str; 3] = ["auth_token", "tracking_api_key", "api_key"];

/// Every encoding of an account's secrets.
#[derive(Debug, Clone, Default)]
pub struct Mask(Vec<String>);

impl Mask {
    /// Builds the mask from the fields that the vendor's descriptor marks as secret.
    pub fn of(account: &Account, descriptor: &connector::Descriptor) -> Self {
        let secret =
            descriptor.fields.iter().filter(|field| field.secret).filter_map(|field| account.maybe(field.name));
        let mut spellings = Vec::new();
        for secret in secret.filter(|secret| secret.len() >= SHORTEST) {
            let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            let json = serde_json::Value::from(secret).to_string().trim_matches('"').to_owned();
            spellings.extend([
                json.replace('/', "\\/"),
                json,
                secret.to_owned(),
                STANDARD.encode(secret),
                encoded,
                connector::encode::segment(secret),
            ]);
        }
        // Longest first, so that a shorter match doesn't split a longer one.
        spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
        spellings.dedup();
        Self(spellings)
    }

    pub fn text(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), MASK))
    }

    /// Masks a request's body, including short values of fields that are named like credentials.
    pub fn body(&self, body: &str) -> String {
        let masked = self.text(body);
        let Ok(serde_json::Value::Object(mut fields)) = serde_json::from_str(&masked) else { return masked };
        if !HIDDEN_FIELDS.iter().any(|name| fields.contains_key(*name)) {
            return masked;
        }
        for name in HIDDEN_FIELDS {
            if let Some(value) = fields.get_mut(name) {
                *value = MASK.into();
            }
        }
        serde_json::Value::Object(fields).to_string()
    }

    /// Masks a header's value.
    pub fn header(&self, name: &str, value: &str) -> String {
        if HIDDEN.contains(&name.to_lowercase().as_str()) { MASK.to_owned() } else { self.text(value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_of_a_secret_is_left() {
        let connector = connector::providers::named("activecampaign").unwrap();
        let secret = "s3cret+key/=1";
        let credentials = [("apiKey", secret), ("apiUrl", "https://brand.api-us1.com")];
        let credentials = credentials.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let account = Account { credentials, ..Account::default() };
        let mask = Mask::of(&account, connector.descriptor());
        let text = format!("{secret} {} s3cret%2Bkey%2F%3D1 https://brand.api-us1.com", STANDARD.encode(secret));
        assert_eq!(mask.text(&text), format!("{MASK} {MASK} {MASK} https://brand.api-us1.com"));
        assert_eq!(mask.header("Api-Token", "anything"), MASK);
        assert_eq!(mask.body(r#"{"auth_token":"abc","id":"1"}"#), format!(r#"{{"auth_token":"{MASK}","id":"1"}}"#));
        assert_eq!(mask.header("revision", "2026-07-15"), "2026-07-15");
    }
}
