//! Checks an event's origin: test or live mode, and the account. Only Stripe's events contain these.
//!
//! A signature proves which endpoint an event is from, but someone may have pasted an endpoint's secret into the wrong
//! organization: test money must not earn in a live one.

use serde::Deserialize;
use shared::event::Gateway;

use crate::fact::Unreadable;

/// What is known about the connection that received an event.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Whether its organization is the test mode of another one.
    pub test_mode: bool,
    /// The gateway's id of the account, if known.
    pub account: Option<&'a str>,
    /// In development a live organization accepts test events, too.
    pub development: bool,
}

#[derive(Debug, Deserialize)]
struct Origin {
    livemode: Option<bool>,
    /// For an endpoint for connected accounts: the account of the event.
    account: Option<String>,
}

/// Checks an event's origin.
///
/// # Errors
/// `test_event`, `live_event` or `other_account`.
pub fn check(gateway: Gateway, body: &str, expected: Expected<'_>) -> Result<(), Unreadable> {
    if gateway != Gateway::Stripe {
        return Ok(());
    }
    // A body that isn't JSON is refused when it is parsed.
    let Ok(origin) = serde_json::from_str::<Origin>(body) else { return Ok(()) };
    match (origin.livemode, expected.test_mode) {
        (Some(false), false) if !expected.development => {
            let detail = "this is a test event: to receive it, connect Stripe in the organization's test mode";
            return Err(Unreadable::new("test_event", detail));
        }
        (Some(true), true) => {
            let detail = "this is a live event: to receive it, connect Stripe in the live organization";
            return Err(Unreadable::new("live_event", detail));
        }
        _ => {}
    }
    match (origin.account.as_deref(), expected.account) {
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
            let checked = check(Gateway::Stripe, body, Expected { test_mode, account, development });
            checked.err().map_or("fine", |refused| refused.code)
        };
        let (test, live) = (r#"{"livemode":false}"#, r#"{"livemode":true}"#);
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
        let braintree = Expected { test_mode: false, account: None, development: false };
        assert!(check(Gateway::Braintree, test, braintree).is_ok());
    }
}
