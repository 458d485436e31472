//! Checks an event's origin: test or live mode, and the account. Stripe's events contain both; Shopify's and Creem's
//! contain the mode. The other gateways' test modes have accounts and secrets of their own, so the mode is that of the
//! connection's credentials.
//!
//! A signature proves which endpoint an event is from, but someone may have connected a sandbox, or pasted an
//! endpoint's secret, in the wrong organization: test money must not earn in a live one.

use serde::Deserialize;
use serde_json::Value;
use shared::event::Gateway;

use crate::fact::{Source, Unreadable};

/// What is known about the connection that received an event.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Whether its organization is the test mode of another one.
    pub test_mode: bool,
    /// The gateway's id of the account, if known.
    pub account: Option<&'a str>,
    /// Of the connection's credentials, if known: `live`, `production`, `test` or `sandbox`.
    pub environment: Option<&'a str>,
    /// In development a live organization accepts test events, too.
    pub development: bool,
}

/// The fields of all gateways. One gateway's field may be another's, with another type: Stripe's events have
/// `"object": "event"`.
#[derive(Debug, Default, Deserialize)]
struct Origin {
    /// Stripe.
    livemode: Option<bool>,
    /// Stripe, for an endpoint for connected accounts: the account of the event.
    account: Option<String>,
    /// Shopify's orders: paid in the shop's test mode.
    #[serde(default)]
    test: Value,
    /// Shopify's refunds, each transaction with its own `test`.
    #[serde(default)]
    transactions: Value,
    /// Creem, with `mode`: `prod`, `test` or `sandbox` (the official library's types); `local` in the documentation's
    /// examples.
    #[serde(default)]
    object: Value,
}

impl Origin {
    fn is_live(&self, gateway: Gateway) -> Option<bool> {
        match gateway {
            Gateway::Stripe => self.livemode,
            Gateway::Shopify => {
                let is_test = self.test.as_bool().or_else(|| self.transactions[0]["test"].as_bool());
                is_test.map(|is_test| !is_test)
            }
            Gateway::Creem => self.object["mode"].as_str().map(|mode| mode == "prod"),
            Gateway::Paddle | Gateway::Braintree | Gateway::Dodo => None,
        }
    }
}

/// Whether credentials of this environment are for real money.
fn is_real(environment: &str) -> bool {
    !matches!(environment, "test" | "sandbox")
}

/// Checks an event's origin.
///
/// # Errors
/// `test_event`, `live_event` or `other_account`.
pub fn check(gateway: Gateway, body: &str, expected: Expected<'_>) -> Result<(), Unreadable> {
    // Braintree's body is XML. Any other that isn't JSON is refused when it is parsed.
    let origin: Origin = serde_json::from_str(body).unwrap_or_default();
    let name = Source::Gateway(gateway).as_str();
    match (origin.is_live(gateway).or_else(|| expected.environment.map(is_real)), expected.test_mode) {
        (Some(false), false) if !expected.development => {
            let detail = format!("this is a test event: to receive it, connect {name} in the organization's test mode");
            return Err(Unreadable::new("test_event", detail));
        }
        (Some(true), true) => {
            let detail = format!("this is a live event: to receive it, connect {name} in the live organization");
            return Err(Unreadable::new("live_event", detail));
        }
        _ => {}
    }
    match (origin.account.as_deref().filter(|_| gateway == Gateway::Stripe), expected.account) {
        (Some(account), Some(known)) if account != known => {
            Err(Unreadable::new("other_account", "this event is from a different Stripe account"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_event_of_its_own_mode_and_account_counts() {
        let code = |body: &str, test_mode, account, development| {
            let expected = Expected { test_mode, account, environment: None, development };
            let checked = check(Gateway::Stripe, body, expected);
            checked.err().map_or("fine", |refused| refused.code)
        };
        let (test, live) = (r#"{"object":"event","livemode":false}"#, r#"{"object":"event","livemode":true}"#);
        assert_eq!(code(test, false, None, false), "test_event");
        assert_eq!((code(test, true, None, false), code(test, false, None, true)), ("fine", "fine"));
        assert_eq!((code(live, true, None, false), code(live, true, None, true)), ("live_event", "live_event"));
        assert_eq!(code(live, false, None, false), "fine");
        let connected = r#"{"livemode":true,"account":"acct_2","data":{"object":{"livemode":false}}}"#;
        assert_eq!(code(connected, false, Some("acct_1"), false), "other_account");
        assert_eq!(
            (code(connected, false, Some("acct_2"), false), code(connected, false, None, false)),
            ("fine", "fine")
        );
        assert_eq!(code(live, false, Some("acct_1"), false), "fine");
        for silent in ["{}", "no json", r#"{"livemode":null}"#] {
            assert_eq!(code(silent, false, None, false), "fine", "{silent}");
        }
        let braintree = Expected { test_mode: false, account: None, environment: None, development: false };
        assert!(check(Gateway::Braintree, test, braintree).is_ok());
    }

    #[test]
    fn where_no_event_names_the_mode_the_credentials_do() {
        for (gateway, live, test, body) in [
            (Gateway::Paddle, "live", "sandbox", r#"{"event_type":"transaction.completed"}"#),
            (Gateway::Braintree, "production", "sandbox", "<notification></notification>"),
            (Gateway::Dodo, "live", "test", r#"{"type":"payment.succeeded"}"#),
        ] {
            let code = |environment, test_mode, development| {
                let checked = check(gateway, body, Expected { test_mode, account: None, environment, development });
                checked.err().map_or("fine", |refused| refused.code)
            };
            assert_eq!((code(Some(test), false, false), code(Some(test), true, false)), ("test_event", "fine"));
            assert_eq!((code(Some(live), false, false), code(Some(live), true, false)), ("fine", "live_event"));
            assert_eq!(code(Some(test), false, true), "fine", "in development");
            assert_eq!((code(None, false, false), code(None, true, false)), ("fine", "fine"), "only a secret is known");
        }
        // What an event says counts.
        let test_key = Expected { test_mode: false, account: None, environment: Some("test"), development: false };
        assert!(check(Gateway::Creem, r#"{"object":{"mode":"prod"}}"#, test_key).is_ok());
    }

    #[test]
    fn each_gateway_has_its_own_words_for_the_mode() {
        let code = |gateway, body: &str, test_mode| {
            let expected = Expected { test_mode, account: Some("shop"), environment: None, development: false };
            let checked = check(gateway, body, expected);
            checked.err().map_or("fine", |refused| refused.code)
        };
        for (gateway, test, live) in [
            (Gateway::Shopify, r#"{"test":true}"#, r#"{"test":false,"account":"other"}"#),
            (Gateway::Shopify, r#"{"transactions":[{"test":true}]}"#, r#"{"transactions":[{"test":false}]}"#),
            (Gateway::Creem, r#"{"object":{"mode":"test"}}"#, r#"{"object":{"mode":"prod"}}"#),
            (Gateway::Creem, r#"{"object":{"mode":"sandbox"}}"#, r#"{"object":{"mode":"prod"}}"#),
        ] {
            assert_eq!((code(gateway, test, false), code(gateway, test, true)), ("test_event", "fine"), "{test}");
            assert_eq!((code(gateway, live, false), code(gateway, live, true)), ("fine", "live_event"), "{live}");
        }
        for silent in ["{}", r#"{"livemode":false}"#, r#"{"transactions":[]}"#, r#"{"object":{"mode":null}}"#] {
            for gateway in [Gateway::Shopify, Gateway::Creem, Gateway::Dodo, Gateway::Paddle] {
                assert_eq!(code(gateway, silent, false), "fine", "{gateway:?} {silent}");
            }
        }
    }
}
