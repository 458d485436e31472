//! Validates the credentials that a brand entered: no error message repeats a secret, and checks what can be checked
//! without a call.

use std::{collections::BTreeMap, fmt::Display};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;
use shared::{event::Gateway, seal::Secret, sign::WEBHOOK_SECRET_PREFIX};

use super::catalogue;
use kit::error::{Checks, Error, Result};

const LENGTH_MAX: usize = 500;
/// Shorter than any gateway's signing secret.
const SECRET_MIN: usize = 16;
/// The longest name of a shop: one label of a domain.
const SHOP_MAX: usize = 63;
const STRIPE_KEYS: [(&str, &str); 4] =
    [("sk_live_", "live"), ("rk_live_", "live"), ("sk_test_", "test"), ("rk_test_", "test")];
/// Test keys first: live keys have no more than the common prefix. Source: the README of Creem's command line tool.
const CREEM_KEYS: [(&str, &str); 2] = [("creem_test_", "test"), ("creem_", "live")];
const PADDLE_KEYS: [(&str, &str); 2] = [("pdl_live_apikey_", "live"), ("pdl_sdbx_apikey_", "sandbox")];
/// Prefixes that identify the type of a secret and may be shown.
const PREFIXES: [&str; 11] = [
    "shpss_",
    "creem_test_",
    "creem_",
    "sk_live_",
    "rk_live_",
    "sk_test_",
    "rk_test_",
    "whsec_",
    "pdl_live_apikey_",
    "pdl_sdbx_apikey_",
    "pdl_ntfset_",
];

/// The credentials by name, as sent.
#[derive(Debug, Default)]
pub struct Credentials(BTreeMap<String, Given>);

#[derive(Debug)]
enum Given {
    Text(Secret),
    /// A number or a list, which is never repeated in the answer.
    Other,
}

/// Credentials that passed validation, in the same form for all gateways.
#[derive(Debug, Default)]
pub struct Checked {
    pub environment: Option<&'static str>,
    /// The account, where the brand itself names it.
    pub account: Option<String>,
    /// The key for calls to the gateway.
    pub api_key: Option<Secret>,
    /// The secret that the gateway signs with; Braintree's is `public key|private key`, and is also used for calls.
    pub secret: Option<Secret>,
    pub hints: BTreeMap<String, String>,
}

impl<'de> Deserialize<'de> for Credentials {
    /// Written manually, because serde's own messages would repeat a secret that is in the wrong field.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Object(fields) => Ok(Self(
                fields
                    .into_iter()
                    .filter_map(|(name, value)| match value {
                        Value::Null => None,
                        Value::String(text) => Some((name, Given::Text(Secret::new(text)))),
                        _ => Some((name, Given::Other)),
                    })
                    .collect(),
            )),
            _ => Err(D::Error::custom("must be an object with the gateway's credentials")),
        }
    }
}

impl Credentials {
    /// Takes the credentials from a form; empty fields count as missing.
    pub fn of_form(fields: impl Iterator<Item = (String, String)>) -> Self {
        Self(fields.map(|(name, text)| (name, Given::Text(Secret::new(text)))).collect())
    }

    fn refuse(name: &str, why: impl Display) -> Error {
        Error::field(&format!("credentials.{name}"), why.to_string())
    }

    /// Returns the trimmed text; `None` where it is missing or empty.
    fn text(&self, name: &str) -> Result<Option<&str>> {
        let text = match self.0.get(name) {
            None => return Ok(None),
            Some(Given::Other) => return Err(Self::refuse(name, format!("{name} must be a string"))),
            Some(Given::Text(secret)) => secret.expose().trim(),
        };
        if text.len() > LENGTH_MAX || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            let why = format!("{name} must not contain spaces. Copy it from the gateway again.");
            return Err(Self::refuse(name, why));
        }
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// Whether anything was given for it, wrong or not.
    fn has(&self, name: &str) -> bool {
        match self.0.get(name) {
            None => false,
            Some(Given::Other) => true,
            Some(Given::Text(secret)) => !secret.expose().trim().is_empty(),
        }
    }

    fn needed(&self, gateway: Gateway, name: &str) -> Result<&str> {
        self.text(name)?.ok_or_else(|| missing(gateway, name))
    }

    fn only_known(&self, gateway: Gateway) -> Result<()> {
        let known: Vec<&str> =
            catalogue::fields(gateway).iter().map(|field| field.name).chain(extra(gateway)).collect();
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => {
                let known = known.join(", ");
                Err(Self::refuse(
                    name,
                    format!("{} doesn't use this credential. It takes {known}", catalogue::name(gateway)),
                ))
            }
        }
    }
}

/// Paddle's oldest keys don't show their environment, so it is asked for.
fn extra(gateway: Gateway) -> Option<&'static str> {
    (gateway == Gateway::Paddle).then_some("environment")
}

fn missing(gateway: Gateway, name: &str) -> Error {
    let hint = catalogue::fields(gateway).iter().find(|field| field.name == name).map_or("", |field| field.hint);
    Credentials::refuse(name, format!("{name} is required. {hint}"))
}

/// Validates a gateway's credentials.
///
/// # Errors
/// 400 naming the credential and where to find it.
pub fn check(gateway: Gateway, given: &Credentials) -> Result<Checked> {
    given.only_known(gateway)?;
    let mut checked = match gateway {
        Gateway::Stripe => stripe(given)?,
        Gateway::Paddle => paddle(given)?,
        Gateway::Braintree => braintree(given)?,
        Gateway::Shopify => shopify(given)?,
        Gateway::Dodo => dodo(given)?,
        Gateway::Creem => creem(given)?,
    };
    for (name, secret) in [("apiKey", &checked.api_key), ("webhookSecret", &checked.secret)] {
        if let (Some(secret), true) = (secret, gateway != Gateway::Braintree) {
            // What comes before the key is no secret: Shopify's shop.
            let key = secret.expose().rsplit('|').next().unwrap_or_default();
            checked.hints.insert(name.to_owned(), hint(key));
        }
    }
    Ok(checked)
}

/// An API key and a webhook's secret, of which one is needed.
fn either<'t>(given: &'t Credentials, gateway: Gateway, checks: &mut Checks) -> (Option<&'t str>, Option<&'t str>) {
    if !given.has("apiKey") && !given.has("webhookSecret") {
        checks.add(missing(gateway, "apiKey"));
    }
    (checks.value(given.text("apiKey")), checks.value(given.text("webhookSecret")))
}

fn stripe(given: &Credentials) -> Result<Checked> {
    let mut checks = Checks::default();
    let (key, secret) = either(given, Gateway::Stripe, &mut checks);
    let environment = key.map(|key| environment_of(key, &STRIPE_KEYS).ok_or_else(|| not_a_stripe_key(key))).transpose();
    let environment = checks.value(environment);
    let is_secret = |secret: &str| secret.strip_prefix("whsec_").is_some_and(|rest| rest.len() >= 16);
    if secret.is_some_and(|secret| !is_secret(secret)) {
        let why = "webhookSecret must be the endpoint's signing secret, which starts with whsec_";
        checks.add(Credentials::refuse("webhookSecret", why));
    }
    checks.end()?;
    Ok(Checked { environment, api_key: key.map(Secret::new), secret: secret.map(Secret::new), ..Checked::default() })
}

fn not_a_stripe_key(key: &str) -> Error {
    let why = if key.starts_with("pk_") {
        "This is a publishable key. Use a restricted or secret key, which starts with rk_ or sk_"
    } else if key.starts_with("whsec_") {
        "This is a signing secret. Enter it as webhookSecret, or use an API key, which starts with rk_ or sk_"
    } else {
        "apiKey must be a Stripe key, which starts with rk_live_, sk_live_, rk_test_ or sk_test_"
    };
    Credentials::refuse("apiKey", why)
}

fn paddle(given: &Credentials) -> Result<Checked> {
    let mut checks = Checks::default();
    let (key, secret) = either(given, Gateway::Paddle, &mut checks);
    let named = given.text("environment").and_then(|text| one_of("environment", text, &["live", "sandbox"]));
    let named = checks.value(named);
    let environment = match key {
        None => named,
        Some(key) => environment_of(key, &PADDLE_KEYS).or(named.filter(|_| !key.contains('_'))),
    };
    if key.is_some() && environment.is_none() {
        let why = "apiKey must be a Paddle API key, which starts with pdl_live_apikey_ or pdl_sdbx_apikey_. \
                   For an older key, also set environment to live or sandbox";
        checks.add(Credentials::refuse("apiKey", why));
    }
    if secret.is_some_and(|secret| secret.len() < 16 || environment_of(secret, &PADDLE_KEYS).is_some()) {
        let why = "webhookSecret must be the destination's secret key, which starts with pdl_ntfset_";
        checks.add(Credentials::refuse("webhookSecret", why));
    }
    checks.end()?;
    Ok(Checked { environment, api_key: key.map(Secret::new), secret: secret.map(Secret::new), ..Checked::default() })
}

fn braintree(given: &Credentials) -> Result<Checked> {
    let mut checks = Checks::default();
    let needed = |name| given.needed(Gateway::Braintree, name);
    let environment =
        needed("environment").and_then(|text| one_of("environment", Some(text), &["sandbox", "production"]));
    let environment = checks.value(environment);
    let account = checks.value(needed("merchantId")).to_owned();
    // `|` separates the two keys in the stored secret.
    let is_key = |key: &str| key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    let mut key_of = |name| {
        let why = || Credentials::refuse(name, format!("{name} must contain only letters and digits"));
        checks.value(needed(name).and_then(|key| if is_key(key) { Ok(key) } else { Err(why()) }))
    };
    let (public, private) = (key_of("publicKey"), key_of("privateKey"));
    checks.end()?;
    let hints = [("publicKey", public), ("privateKey", private)].map(|(name, key)| (name.to_owned(), hint(key)));
    let secret = Some(Secret::new(format!("{public}|{private}")));
    Ok(Checked { environment, account: Some(account), secret, api_key: None, hints: hints.into() })
}

/// The shop is stored with its key, so that the edge accepts the key only for this shop.
fn shopify(given: &Credentials) -> Result<Checked> {
    let mut checks = Checks::default();
    let shop = checks.value(given.needed(Gateway::Shopify, "shop").and_then(shop));
    let key = given.needed(Gateway::Shopify, "webhookSecret").and_then(|key| {
        long_enough("webhookSecret", Some(key))?;
        match key.contains('|') {
            true => Err(Credentials::refuse("webhookSecret", "webhookSecret must contain only letters, digits and _")),
            false => Ok(key),
        }
    });
    let key = checks.end_with(key)?;
    let secret = Some(Secret::new(format!("{shop}|{key}")));
    Ok(Checked { account: Some(shop), secret, ..Checked::default() })
}

/// The store's domain at Shopify.
fn shop(typed: &str) -> Result<String> {
    let shop = typed.to_ascii_lowercase();
    let shop = shop.strip_prefix("https://").unwrap_or(&shop).trim_end_matches('/');
    let is_name = |name: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !name.is_empty() && name.len() <= SHOP_MAX && name.bytes().all(fits)
    };
    if !shop.strip_suffix(".myshopify.com").is_some_and(is_name) {
        let why = "shop must be the domain that Shopify gave your store, such as brand.myshopify.com";
        return Err(Credentials::refuse("shop", why));
    }
    Ok(shop.to_owned())
}

/// A key doesn't show its environment. The secret is as in Standard Webhooks: `whsec_` and Base64.
fn dodo(given: &Credentials) -> Result<Checked> {
    let mut checks = Checks::default();
    let (key, secret) = either(given, Gateway::Dodo, &mut checks);
    let environment = given.text("environment").and_then(|text| one_of("environment", text, &["live", "test"]));
    let environment = checks.value(environment);
    if key.is_some_and(|key| key.starts_with(WEBHOOK_SECRET_PREFIX)) {
        checks.add(Credentials::refuse("apiKey", "This is a signing secret. Enter it as webhookSecret"));
    }
    checks.value(long_enough("apiKey", key));
    if key.is_some() && !given.has("environment") {
        checks.add(missing(Gateway::Dodo, "environment"));
    }
    let is_secret = |secret: &str| {
        let key = BASE64_STANDARD.decode(secret.strip_prefix(WEBHOOK_SECRET_PREFIX).unwrap_or_default());
        key.is_ok_and(|key| key.len() >= SECRET_MIN)
    };
    checks.value(long_enough("webhookSecret", secret));
    if secret.is_some_and(|secret| !is_secret(secret)) {
        let why = "webhookSecret must be the endpoint's signing secret, which starts with whsec_";
        checks.add(Credentials::refuse("webhookSecret", why));
    }
    checks.end()?;
    Ok(Checked { environment, api_key: key.map(Secret::new), secret: secret.map(Secret::new), ..Checked::default() })
}

fn creem(given: &Credentials) -> Result<Checked> {
    let mut checks = Checks::default();
    let (key, secret) = either(given, Gateway::Creem, &mut checks);
    let not_a_key = || Credentials::refuse("apiKey", "apiKey must be a Creem API key, which starts with creem_");
    let environment = key.map(|key| environment_of(key, &CREEM_KEYS).ok_or_else(not_a_key)).transpose();
    let environment = checks.value(environment);
    if secret.is_some_and(|secret| secret.starts_with("creem_")) {
        let why = "This is an API key. Enter it as apiKey, or enter the secret of the webhook";
        checks.add(Credentials::refuse("webhookSecret", why));
    }
    let secret = checks.end_with(long_enough("webhookSecret", secret))?;
    Ok(Checked { environment, api_key: key.map(Secret::new), secret: secret.map(Secret::new), ..Checked::default() })
}

/// A secret that is long enough to be one, if there is one.
fn long_enough<'t>(name: &str, secret: Option<&'t str>) -> Result<Option<&'t str>> {
    match secret {
        Some(secret) if secret.len() < SECRET_MIN => {
            Err(Credentials::refuse(name, format!("{name} is too short. Copy all of it")))
        }
        other => Ok(other),
    }
}

fn one_of(name: &str, text: Option<&str>, choices: &[&'static str]) -> Result<Option<&'static str>> {
    text.map(|text| {
        let found = choices.iter().copied().find(|choice| *choice == text);
        found.ok_or_else(|| Credentials::refuse(name, format!("{name} must be {}", choices.join(" or "))))
    })
    .transpose()
}

fn environment_of(key: &str, prefixes: &[(&str, &'static str)]) -> Option<&'static str> {
    let known = prefixes.iter().find(|(prefix, _)| key.strip_prefix(prefix).is_some_and(|rest| rest.len() >= 8));
    known.map(|(_, environment)| *environment)
}

/// Returns a hint such as `rk_live_…a1b2`: enough to recognize a secret, but useless on its own.
pub fn hint(secret: &str) -> String {
    let prefix = PREFIXES.iter().find(|prefix| secret.starts_with(**prefix)).map_or("", |prefix| *prefix);
    let rest = &secret[prefix.len()..];
    let shown = if rest.len() >= 12 { rest.get(rest.len() - 4..).unwrap_or_default() } else { "" };
    format!("{prefix}\u{2026}{shown}")
}

#[cfg(test)]
#[path = "credentials_test.rs"]
mod tests;
