//! Stripe's webhooks: verified, and used as a notification to read an object again, never as a fact.
//!
//! Events come late, twice, and in any order (<https://docs.stripe.com/webhooks>), so only the identity of the object
//! is taken from them.

use serde::Deserialize;
use shared::{
    seal::Secret,
    sign::{self, SignatureError, Window},
    timestamp::Timestamp,
};

pub const SIGNATURE_HEADER: &str = "Stripe-Signature";

/// Says that something happened, and to which object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripeNotification {
    /// `evt_…`; the same if the event is delivered twice.
    pub event: String,
    /// Such as `account.updated`.
    pub kind: String,
    /// `acct_…` of the affiliate, if the event is about their account.
    pub account: Option<String>,
    /// `tr_…`, `po_…`: the object's id, if it has one.
    pub object: Option<String>,
    pub livemode: bool,
}

/// Checks whether Stripe signed this body with one of the secrets, at most 300 seconds before `now`.
///
/// `now` must be the real time, even if the ledger's own clock was moved: Stripe signs by the real one.
pub fn verify(secrets: &[Secret], header: Option<&str>, body: &[u8], now: Timestamp) -> Result<(), SignatureError> {
    let secrets =
        secrets.iter().map(|secret| secret.expose().as_bytes()).filter(|secret| !secret.trim_ascii().is_empty());
    sign::verify(secrets, None, header, body, now, Window::PastOnly)
}

/// A body that can't be read as an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no event of Stripe\u{2019}s: {0}")]
pub struct Unreadable(String);

/// Parses a verified body.
pub fn read(body: &[u8]) -> Result<StripeNotification, Unreadable> {
    #[derive(Deserialize)]
    struct Body {
        id: String,
        #[serde(default)]
        object: String,
        #[serde(rename = "type")]
        kind: String,
        #[serde(default)]
        account: Option<String>,
        #[serde(default)]
        livemode: bool,
        data: Data,
    }
    #[derive(Deserialize)]
    struct Data {
        object: Object,
    }
    #[derive(Deserialize)]
    struct Object {
        #[serde(default)]
        id: Option<String>,
        #[serde(default)]
        object: String,
        /// Set for a capability.
        #[serde(default)]
        account: Option<String>,
    }
    let body: Body = serde_json::from_slice(body).map_err(|error| Unreadable(error.to_string()))?;
    if body.object != "event" || !body.id.starts_with("evt_") {
        return Err(Unreadable("it isn\u{2019}t an event object".to_owned()));
    }
    let Object { id, object, account } = body.data.object;
    let of_object = match object.as_str() {
        "account" => id.clone(),
        "capability" => account,
        _ => None,
    };
    let is_named = id.as_deref().is_some_and(|id| ["tr_", "po_", "trr_"].iter().any(|start| id.starts_with(start)));
    let known = |id: &String| id.starts_with("acct_");
    Ok(StripeNotification {
        event: body.id,
        kind: body.kind,
        account: body.account.or(of_object).filter(known),
        object: id.filter(|_| is_named),
        livemode: body.livemode,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that can't go on stops where it is")]

    use super::*;

    #[test]
    fn events_are_hints() {
        for (body, account, object) in [
            (
                r#"{"type":"account.updated","account":"acct_1","data":{"object":{"id":"acct_1","object":"account"}}"#,
                Some("acct_1"),
                None,
            ),
            (r#"{"type":"account.updated","data":{"object":{"id":"acct_1","object":"account"}}"#, Some("acct_1"), None),
            (
                r#"{"type":"capability.updated","data":{"object":{"id":"transfers","object":"capability","account":"acct_2"}}"#,
                Some("acct_2"),
                None,
            ),
            (
                r#"{"type":"payout.failed","account":"acct_3","data":{"object":{"id":"po_1","object":"payout"}}"#,
                Some("acct_3"),
                Some("po_1"),
            ),
            (
                r#"{"type":"account.application.deauthorized","account":"acct_4","data":{"object":{"id":"ca_1","object":"application"}}"#,
                Some("acct_4"),
                None,
            ),
            (r#"{"type":"transfer.reversed","data":{"object":{"id":"tr_1","object":"transfer"}}"#, None, Some("tr_1")),
            (r#"{"type":"balance.available","data":{"object":{"object":"balance"}}"#, None, None),
        ] {
            let notification =
                read(format!("{body},\"id\":\"evt_1\",\"object\":\"event\",\"livemode\":false}}").as_bytes()).unwrap();
            assert_eq!((notification.account.as_deref(), notification.object.as_deref()), (account, object), "{body}");
        }
        for body in
            ["", "null", "[]", "{}", r#"{"id":"evt_1","object":"v2.core.event","type":"a","data":{"object":{}}}"#]
        {
            assert!(read(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn blank_secrets_verify_nothing() {
        let now = Timestamp::from_seconds(1_790_000_000).unwrap();
        let header = sign::sign(b" ", now, b"{}");
        let secrets = [Secret::new(" "), Secret::new("")];
        assert_eq!(verify(&secrets, Some(&header), b"{}", now), Err(SignatureError::Mismatch));
        let header = sign::sign(b"whsec_2", now, b"{}");
        let secrets = [Secret::new("whsec_1"), Secret::new("whsec_2")];
        assert_eq!(verify(&secrets, Some(&header), b"{}", now), Ok(()));
        assert_eq!(verify(&secrets, Some(&header), b"{}", now.plus_millis(300_000)), Ok(()));
        assert_eq!(verify(&secrets, Some(&header), b"{}", now.plus_millis(301_000)), Err(SignatureError::Stale));
    }
}
