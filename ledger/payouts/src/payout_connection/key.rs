//! The API key that a brand enters: read so that no error message repeats it, and checked against the organization's
//! mode.

use axum::http::StatusCode;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use shared::seal::Secret;

use kit::error::{Code, Error, Result};

const LENGTH_MAX: usize = 500;
const HINT: usize = 4;
/// <https://docs.stripe.com/keys>: secret and restricted keys, live and test.
const PREFIXES: [(&str, bool); 4] = [("rk_live_", true), ("sk_live_", true), ("rk_test_", false), ("sk_test_", false)];

/// A key from a request body: it is never shown again, not even if it is wrong.
#[derive(Debug)]
pub struct Pasted(Option<Secret>);

impl Pasted {
    pub fn of_form(text: &str) -> Self {
        Self(Some(Secret::new(text)))
    }
}

impl<'de> Deserialize<'de> for Pasted {
    /// Implemented manually: serde's own messages would repeat a secret in the wrong place.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::String(text) => Some(Secret::new(text)),
            _ => None,
        }))
    }
}

/// A key with a valid format.
#[derive(Debug)]
pub struct Key {
    pub secret: Secret,
    pub livemode: bool,
    /// Its last four characters.
    pub hint: String,
}

/// # Errors
/// 400 naming `apiKey`, with a hint where to find the right one.
pub fn read(pasted: &Pasted) -> Result<Key> {
    let Some(secret) = &pasted.0 else { return Err(Error::field("apiKey", "apiKey must be a string")) };
    let text = secret.expose().trim();
    if text.is_empty() {
        let message = "apiKey is missing. Create one in Stripe under Developers, API keys, Create restricted key.";
        return Err(Error::field("apiKey", message));
    }
    if text.len() > LENGTH_MAX || !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        let message = "apiKey must be copied exactly as Stripe shows it, without spaces";
        return Err(Error::field("apiKey", message));
    }
    let known = PREFIXES.iter().find(|(prefix, _)| text.strip_prefix(prefix).is_some_and(|rest| rest.len() >= 8));
    let Some((_, livemode)) = known else { return Err(Error::field("apiKey", not_a_key(text))) };
    let hint = text.get(text.len() - HINT..).unwrap_or_default().to_owned();
    Ok(Key { secret: Secret::new(text), livemode: *livemode, hint })
}

fn not_a_key(text: &str) -> &'static str {
    if text.starts_with("pk_") {
        "This is a publishable key. Paste a restricted or secret key, which starts with rk_ or sk_."
    } else if text.starts_with("whsec_") {
        "This is a webhook signing secret. Paste an API key, which starts with rk_ or sk_."
    } else {
        "apiKey must be a Stripe key that starts with rk_live_, sk_live_, rk_test_ or sk_test_"
    }
}

/// Checks that a live key goes into a live organization and a test key into its test mode. In development a live
/// organization accepts a test key too, so that everything can be tried; a live key in test mode never passes.
///
/// # Errors
/// 422 `wrong_mode`.
pub fn check_mode(livemode: bool, organization_is_test: bool, development: bool) -> Result<()> {
    let message = match (livemode, organization_is_test) {
        (true, true) => {
            "This is a live key, but you\u{2019}re in test mode, where no real money moves. Paste a key that starts \
             with rk_test_, or connect the live key in your live organization."
        }
        (false, false) if !development => {
            "This is a test key, which can\u{2019}t move real money. Paste a key that starts with rk_live_, or switch \
             to test mode above and connect it there."
        }
        _ => return Ok(()),
    };
    Err(Error::new(StatusCode::UNPROCESSABLE_ENTITY, Code::WrongMode, message).with_field("apiKey"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(value: Value) -> String {
        let pasted: Pasted = serde_json::from_value(value).unwrap();
        let body = read(&pasted).unwrap_err().body().clone();
        assert_eq!(body.field.as_deref(), Some("apiKey"));
        body.message
    }

    #[test]
    fn a_key_tells_its_mode_and_shows_four_characters() {
        for (text, livemode) in [("rk_live_51Habcdefa1b2", true), (" sk_test_51Habcdefa1b2\n", false)] {
            let key = read(&Pasted::of_form(text)).unwrap();
            assert_eq!((key.livemode, key.hint.as_str()), (livemode, "a1b2"));
            assert_eq!(key.secret.expose(), text.trim());
        }
    }

    #[test]
    fn no_mistake_repeats_a_secret() {
        for value in [json!("canary"), json!(["canary"]), json!("rk_live_ canary canary"), json!("rk_live_can")] {
            assert!(!refusal(value).contains("can"), "a part of the key");
        }
        assert!(refusal(json!("pk_live_0123456789")).contains("publishable"));
        assert!(refusal(json!("whsec_0123456789")).contains("signing secret"));
        assert!(refusal(json!(" ")).contains("Developers"));
    }

    #[test]
    fn real_and_play_money_stay_apart() {
        let passes = |live, test, development| check_mode(live, test, development).is_ok();
        assert!(passes(true, false, false) && passes(false, true, false), "each where it belongs");
        assert!(!passes(false, false, false), "a test key for real");
        assert!(passes(false, false, true), "in development everything is tried");
        assert!(!passes(true, true, false) && !passes(true, true, true), "real money in a test mode");
    }
}
